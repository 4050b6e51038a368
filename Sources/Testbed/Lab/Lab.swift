internal import Addresses
internal import CKernel
internal import Glibc
internal import IdleTimeouts
internal import LiveKernel
internal import PacketPath
internal import Planning
public import Ruleset

/// What brings the pod's traffic to Envoy.
public struct LabRules: Sendable {
  public var ruleset: Ruleset
  public var text: LoadableText
  public var proxy: Owner
  public var outboundPort: UInt16

  public init(
    _ ruleset: Ruleset, text: LoadableText, proxy: Owner = Owner(uid: 1337, gid: 1337),
    outboundPort: UInt16 = 15001
  ) {
    self.ruleset = ruleset
    self.text = text
    self.proxy = proxy
    self.outboundPort = outboundPort
  }
}

/// Runs scenarios with a real Envoy and real servers, each in three namespaces of its own.
public struct Lab {
  /// What it is doing, and for how much longer.
  public typealias Progress = (_ what: String) -> Void

  /// Where `tools/lab-setup` puts the Envoy that it installs.
  public static var installedEnvoy: String { "\(cache)/envoy-1.40.0/envoy" }

  /// The folder of all that `tools/lab-setup` installs for the lab alone.
  static var cache: String {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let cache = variable("XDG_CACHE_HOME") ?? (variable("HOME") ?? "") + "/.cache"
    return "\(cache)/bypass-plan"
  }

  private let rules: LabRules
  private let envoy: String
  private let isKept: Bool
  private let progress: Progress

  /// - Parameters:
  ///   - envoy: the path of an Envoy binary.
  ///   - isKept: namespaces, servers and Envoy stay; `clean` removes them.
  ///
  /// Needs CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SETUID and CAP_SETGID.
  public init(
    _ rules: LabRules, envoy: String, isKept: Bool = false, progress: @escaping Progress = { _ in }
  ) {
    self.rules = rules
    self.envoy = envoy
    self.isKept = isKept
    self.progress = progress
  }

  /// From now on Ctrl-C ends a running scenario in order: it throws `interrupted`, and what was made
  /// is removed.
  public static func noteInterruptions() { ck_note_interruptions() }

  /// Removes what labs that nobody runs any more have left; their names.
  public static func clean() throws(TestbedError) -> [String] {
    let leftovers = try LabClaim.leftovers()
    for claim in leftovers { try claim.removeEverything() }
    return leftovers.map(\.name)
  }

  public func run(_ scenario: LabScenario) throws(TestbedError) -> LabResult {
    // What is missing is said before anything is made.
    for server in scenario.servers { _ = try server.kind.program.find() }
    guard access(envoy, X_OK) == 0 else { throw .noEnvoy(envoy) }
    try scenario.client?.require()
    try Self.requireCapabilities()
    let claim = try LabClaim()
    do {
      let result = try run(scenario, in: claim)
      if !isKept { try claim.removeEverything() }
      return result
    } catch {
      if !isKept { try? claim.removeEverything() }
      throw error
    }
  }

  /// Throws where the caller lacks one of those that are needed on the way: the kernel's numbers of
  /// them, from linux/capability.h.
  private static func requireCapabilities() throws(TestbedError) {
    let needed: [(bit: UInt64, name: LiveError.Capability)] = [
      (21, .sysAdmin), (12, .netAdmin), (7, .setID), (6, .setID),
    ]
    let status = String(decoding: try Folder.read("/proc/self/status"), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let held = line?.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) }
    for (bit, name) in needed where (held ?? 0) & 1 << bit == 0 {
      throw .kernel(LiveError(.permission(name), "make a lab", errno: EPERM))
    }
  }

  private func run(
    _ scenario: LabScenario, in claim: LabClaim
  ) throws(TestbedError) -> LabResult {
    let simulator: Simulator
    do {
      simulator = try Simulator(rules.ruleset, in: LabNetwork.podNetwork)
    } catch {
      throw .failed("these rules cannot be walked: \(error)")
    }
    progress("\(scenario.name): starting Envoy and \(scenario.servers.count) servers")
    let network = try LabNetwork(claim)
    let loader = Loader(for: rules.ruleset)
    try network.pod.load(rules.text, by: loader)
    if let device = scenario.device {
      let resetting = scenario.routes.indices.filter { scenario.routes[$0].expiry == .reset }
      try network.setDevice(
        timeout: device.wholeSeconds, resetting: resetting.map(LabNetwork.serverAddress))
    }
    let keepalive = "\(scenario.serverKernelKeepalive.wholeSeconds)"
    try network.outside.inside { () throws(TestbedError) in
      try Sysctl.write(keepalive, to: "ipv4/tcp_keepalive_time")
    }
    var servers: [ChildProcess] = []
    for server in scenario.servers { servers.append(try server.start(in: claim, isKept: isKept)) }
    let envoy = try Envoy(
      envoy,
      EnvoyConfig(
        outboundPort: rules.outboundPort,
        routes: scenario.routes.enumerated().map {
          EnvoyConfig.Route(address: LabNetwork.serverAddress($0), sidecar: $1.sidecar)
        }),
      drain: scenario.drain, as: rules.proxy, in: network, of: claim, isKept: isKept)
    for (server, process) in zip(scenario.servers, servers) {
      try waitFor(server, process, in: network)
    }
    try envoy.waitUntilReady()
    let stage = LabStage(envoy: envoy, servers: servers, progress: progress) { connection in
      let packet = Packet(
        .tcp, from: LabNetwork.podAddress, port: 40_000,
        to: LabNetwork.serverAddress(connection.route), port: connection.server.port,
        owner: LabConnection.owner, out: LabNetwork.podNetwork.uplink)
      return simulator.path(of: packet).outcome.fate == .captured
    }
    let result: LabResult
    if let client = scenario.client {
      result = try LabClientWatch(scenario, client, network: network, stage: stage)
        .run(in: claim, isKept: isKept)
    } else {
      result = try LabWatch(scenario, network: network, rules: rules, stage: stage)
        .run(keptAs: isKept ? claim.name : nil)
    }
    if !result.agrees {
      // What a dying Envoy closes looks as if it had meant to; its death is seen a little later.
      usleep(500_000)
      try stage.requireAll()
    }
    return result
  }

  /// Until the server answers, from beside it.
  private func waitFor(
    _ server: LabServer, _ process: ChildProcess, in network: LabNetwork
  ) throws(TestbedError) {
    let address = SocketAddress(IPAddress(.ipv4, 0x7F00_0001), server.port)
    let end = Moment.now + 30
    while Moment.now < end {
      if ck_interruption() != 0 { throw .interrupted(signal: ck_interruption()) }
      try process.requireRunning()
      let connection = try LabConnection.open(
        to: address, server.kind, from: network.outside, patience: 1)
      if connection?.begin(patience: 1) == .answer { return }
      usleep(50_000)
    }
    throw .failed("\(server.kind.program.name) does not answer on port \(server.port) after 30 s")
  }
}
