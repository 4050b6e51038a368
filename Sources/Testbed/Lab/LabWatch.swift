internal import Addresses
internal import CKernel
internal import Glibc
internal import IdleTimeouts
internal import LiveKernel
internal import PacketPath
internal import Planning
internal import Ruleset

/// Opens a scenario's connections, lets them idle, uses them again, and notes what happens.
struct LabWatch {
  private let scenario: LabScenario
  private let network: LabNetwork
  private let rules: LabRules
  private let stage: LabStage

  init(_ scenario: LabScenario, network: LabNetwork, rules: LabRules, stage: LabStage) {
    self.scenario = scenario
    self.network = network
    self.rules = rules
    self.stage = stage
  }

  /// A connection, and how far it has come.
  private struct Subject {
    var connection: LabConnection
    var plan: LabScenario.Connection
    /// When it was last used.
    var since: Double
    /// When it was used again, or is busy.
    var asked: Double?
    /// When a busy one asks next.
    var asksAt: Double = .infinity
    var forgotten: Double?
    var ending: LabOutcome.Ending?
  }

  func run(keptAs name: String?) throws(TestbedError) -> LabResult {
    var result = LabResult(scenario)
    result.keptAs = name
    var subjects: [Subject?] = []
    for plan in scenario.connections {
      subjects.append(try begin(plan, &result))
    }
    var live = subjects.compactMap(\.self)
    result.sockets = try watch(&live)
    var endings = live.makeIterator()
    for (plan, subject) in zip(scenario.connections, subjects) where subject != nil {
      guard let subject = endings.next() else { break }
      let measured = LabOutcome(
        subject.ending ?? .fails(.hang),
        forgotten: subject.forgotten.map { Span(seconds: $0 - subject.since) })
      result.note(plan, isProxied: stage.isProxied(plan), measured)
    }
    if scenario.name == LabScenario.defaultHour.name { try noteDumps(&result) }
    return result
  }

  // MARK: - Beginning

  /// nil where the beginning itself is what the scenario shows, and has been noted.
  private func begin(
    _ plan: LabScenario.Connection, _ result: inout LabResult
  ) throws(TestbedError) -> Subject? {
    try stage.requireAll()
    let address = SocketAddress(LabNetwork.serverAddress(plan.route), plan.server.port)
    let start = Moment.now
    let showsBeginning = scenario.expectation(of: plan, isProxied: stage.isProxied(plan))
      .isOfBeginning
    let patience = showsBeginning ? Double(LabScenario.readTimeout.milliseconds ?? 0) / 1000 : 5
    let opened = try LabConnection.open(
      to: address, plan.server.kind, from: network.pod, keepalive: plan.keepalive,
      patience: patience)
    let news = opened?.begin(patience: patience) ?? .reset
    let now = Moment.now
    if showsBeginning {
      let after = news == .answer ? Span(seconds: now - start) : .never
      result.note(plan, isProxied: stage.isProxied(plan), LabOutcome(.begins(after: after)))
      return nil
    }
    guard let opened, news == .answer else {
      try stage.requireAll()
      throw .failed(
        "\(plan.name): \(plan.server.kind.rawValue) at \(address.address):\(address.port) "
          + "gave no first answer (\(news))")
    }
    return Subject(
      connection: opened, plan: plan, since: now, asksAt: plan.isBusy ? now : .infinity)
  }

  // MARK: - Watching

  /// The pod's sockets after a second, when nothing is under way any more.
  private func watch(_ subjects: inout [Subject]) throws(TestbedError) -> [LabResult.PodSocket] {
    var sockets: [LabResult.PodSocket] = []
    let start = Moment.now
    let longest = subjects.map { Self.seconds($0.plan.idle) }.max() ?? 0
    let end = start + longest + Self.seconds(LabScenario.readTimeout)
    var pushAt = scenario.push.map { start + Self.seconds($0) } ?? .infinity
    var lookAt = start
    var listAt = start + 1
    while subjects.contains(where: { $0.ending == nil }), Moment.now < end + 1 {
      try stage.requireAll()
      let now = Moment.now
      if now >= pushAt {
        pushAt = .infinity
        try stage.envoy.pushFilterChains()
        // Times of this scenario count from here.
        for index in subjects.indices { subjects[index].since = now }
      }
      if now >= lookAt {
        lookAt = now + 0.1
        if scenario.device != nil { try noteForgotten(&subjects) }
        stage.progress("\(scenario.name): \(Span(seconds: max(0, end - now)).inTenths) left")
      }
      if now >= listAt {
        listAt = .infinity
        sockets = try LabSocketTable(network, scenario, rules).sockets
      }
      wait(for: subjects)
      for index in subjects.indices where subjects[index].ending == nil {
        step(&subjects[index], start: start)
      }
    }
    return sockets
  }

  private static func seconds(_ span: Span) -> Double { Span.longest(of: [span]) }

  /// Until something comes, at most 20 ms.
  private func wait(for subjects: [Subject]) {
    var requests = subjects.filter { $0.ending == nil }.map {
      pollfd(fd: $0.connection.descriptor, events: Int16(CK_POLLIN), revents: 0)
    }
    _ = poll(&requests, nfds_t(requests.count), 20)
  }

  private func step(_ subject: inout Subject, start: Double) {
    let news = subject.connection.hear()
    let now = Moment.now
    let isLast = subject.asked != nil
    switch news {
    case .answer, .nonsense:
      if isLast {
        subject.ending = subject.connection.hasGoodAnswer ? .answers : .fails(.wrongAnswer)
      }
    case .end:
      subject.ending =
        isLast ? .fails(.eof) : .closed(.fin, after: Span(seconds: now - subject.since))
    case .reset:
      subject.ending =
        isLast ? .fails(.reset) : .closed(.reset, after: Span(seconds: now - subject.since))
    case .nothing:
      if let asked = subject.asked, now >= asked + Self.seconds(LabScenario.readTimeout) {
        subject.ending = .fails(.hang)
      }
    }
    guard subject.ending == nil, !isLast else { return }
    if now >= start + Self.seconds(subject.plan.idle) {
      subject.asked = now
      subject.connection.ask()
    } else if now >= subject.asksAt {
      subject.asksAt = now + Double(LabOutcome.busyInterval) / 1000
      subject.connection.ask()
    }
  }

  /// Marks connections whose entry the device no longer has.
  private func noteForgotten(_ subjects: inout [Subject]) throws(TestbedError) {
    let known = try network.trackedDestinations()
    let now = Moment.now
    for index in subjects.indices where subjects[index].asked == nil {
      let plan = subjects[index].plan
      let destination = Socket.Address(
        LabNetwork.serverAddress(plan.route), port: plan.server.port)
      if subjects[index].forgotten == nil, subjects[index].ending == nil,
        !known.contains(destination)
      {
        subjects[index].forgotten = now
      }
    }
  }

  // MARK: - The dump

  /// What a dump of the listeners says of each route's idle_timeout.
  private func noteDumps(_ result: inout LabResult) throws(TestbedError) {
    let dump = try stage.envoy.ask("/config_dump?resource=dynamic_listeners")
    let chains = Array(dump.split(separator: "\"filter_chain_match\""))
    for plan in scenario.connections {
      let address = "\"\(LabNetwork.serverAddress(plan.route))\""
      let chain = chains.first { $0.contains(address) }
      let key = chain.flatMap { $0.firstRange(of: "\"idle_timeout\": \"") }
      let shown = key.flatMap { range in chain?[range.upperBound...].prefix { $0 != "\"" } }
      let expected: String =
        switch scenario.routes[plan.route].sidecar.idleTimeout {
        case .unset: "dump: none"
        case .off: "dump: 0s"
        case .after(let span): "dump: \(span.inSeconds)"
        }
      let measured = chain == nil ? "no such filter chain" : shown.map(String.init)
      result.note(
        plan.name, way: "Envoy", LabOutcome(.dumped(expected)),
        LabOutcome(.dumped("dump: \(measured ?? "none")")))
    }
  }
}

extension LabOutcome {
  fileprivate var isOfBeginning: Bool {
    if case .begins = ending { true } else { false }
  }
}
