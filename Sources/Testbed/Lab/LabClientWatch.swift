internal import CKernel
internal import Glibc
internal import LiveKernel
internal import PacketPath
internal import Planning
internal import Ruleset

/// Lets real clients ask, idle and ask again, and notes what their applications are told.
struct LabClientWatch {
  private let scenario: LabScenario
  private let client: LabClient
  private let network: LabNetwork
  private let stage: LabStage

  init(_ scenario: LabScenario, _ client: LabClient, network: LabNetwork, stage: LabStage) {
    self.scenario = scenario
    self.client = client
    self.network = network
    self.stage = stage
  }

  /// A client, and how far it has come.
  private struct Subject {
    var plan: LabScenario.Connection
    var process: ChildProcess
    /// When it had its first answer.
    var ready: Double?
    var forgotten: Double?
    var outcome: LabOutcome?
  }

  func run(in claim: LabClaim, isKept: Bool) throws(TestbedError) -> LabResult {
    var result = LabResult(scenario)
    result.keptAs = isKept ? claim.name : nil
    var subjects: [Subject] = []
    for (index, plan) in scenario.connections.enumerated() {
      let process = try client.start(
        to: SocketAddress(LabNetwork.serverAddress(plan.route), plan.server.port),
        as: "client-\(index)", idle: plan.idle, in: claim, isKept: isKept)
      subjects.append(Subject(plan: plan, process: process))
    }
    try watch(&subjects)
    for subject in subjects {
      result.note(
        subject.plan, isProxied: stage.isProxied(subject.plan),
        subject.outcome ?? LabOutcome(.fails(.hang)))
    }
    return result
  }

  private func watch(_ subjects: inout [Subject]) throws(TestbedError) {
    let longest = Span.longest(of: subjects.map(\.plan.idle))
    // The library may try again; and an interpreter takes its time to start.
    let end = Moment.now + longest + 4 * Span.longest(of: [LabScenario.readTimeout]) + 10
    while subjects.contains(where: { $0.outcome == nil }), Moment.now < end {
      try stage.requireAll()
      let known = scenario.device == nil ? nil : try network.trackedDestinations()
      for index in subjects.indices where subjects[index].outcome == nil {
        try step(&subjects[index], known)
      }
      let left = Span(seconds: max(0, end - Moment.now))
      stage.progress("\(scenario.name), \(client.rawValue): \(left.inTenths) left at most")
      usleep(50_000)
    }
  }

  private func step(
    _ subject: inout Subject, _ known: Set<Socket.Address>?
  ) throws(TestbedError) {
    let said = subject.process.output.filter { $0.hasPrefix("lab: ") }.map { $0.dropFirst(5) }
    let now = Moment.now
    let asks = (subject.ready ?? now) + Span.longest(of: [subject.plan.idle])
    let isReady = said.first == "ready"
    if isReady, subject.ready == nil { subject.ready = now }
    if let ready = subject.ready, subject.forgotten == nil, now < asks, let known {
      let server = Socket.Address(
        LabNetwork.serverAddress(subject.plan.route), port: subject.plan.server.port)
      if now > ready + 0.5, !known.contains(server) { subject.forgotten = now }
    }
    guard let last = said.last, !isReady || said.count > 1 else {
      return try subject.process.requireRunning()
    }
    let forgotten = subject.forgotten.map { Span(seconds: $0 - (subject.ready ?? $0)) }
    if last == "answers" {
      subject.outcome = LabOutcome(.answers, forgotten: forgotten)
    } else {
      let text = String(last.hasPrefix("fails ") ? last.dropFirst(6) : last)
      subject.outcome = LabOutcome(
        .told(text, after: Span(seconds: max(0, now - asks))), forgotten: forgotten)
    }
  }
}

/// What stands while connections are watched.
struct LabStage {
  let envoy: Envoy
  let servers: [ChildProcess]
  let progress: Lab.Progress
  /// What the rules do with it.
  let isProxied: (LabScenario.Connection) -> Bool

  /// Throws where something has ended by itself, or a signal asks to stop.
  func requireAll() throws(TestbedError) {
    if ck_interruption() != 0 { throw .interrupted(signal: ck_interruption()) }
    try envoy.requireRunning()
    for server in servers { try server.requireRunning() }
  }
}

extension Span {
  /// In seconds; 0 of none.
  static func longest(of spans: [Span]) -> Double {
    spans.map { Double($0.milliseconds ?? 0) / 1000 }.max() ?? 0
  }
}
