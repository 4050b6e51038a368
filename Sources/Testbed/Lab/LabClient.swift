internal import Glibc
public import IdleTimeouts
internal import LiveKernel
internal import PacketPath
internal import Planning
internal import Ruleset

/// A real client library, in a program that `tools/lab-setup --clients` makes: it asks its server
/// once, idles, asks again, and says what its application is told.
public enum LabClient: String, Hashable, Sendable, CaseIterable {
  case goMySQL = "go-mysql"
  case gomemcache
  case redisPy = "redis-py"
  case pymysql

  /// What the model knows of it.
  public var library: ClientLibrary? {
    ClientLibrary.named(self == .goMySQL ? "go-sql-driver" : rawValue)
  }

  var server: LabServer.Kind {
    switch self {
    case .goMySQL, .pymysql: .mysql
    case .gomemcache: .memcached
    case .redisPy: .redis
    }
  }

  /// Where it was put.
  public var path: String { "\(Lab.cache)/clients/\(rawValue)" }

  private var isPython: Bool { self == .redisPy || self == .pymysql }

  /// Debian's own: another of root's may not be readable to the application's user.
  private static let python = Tool(name: "python3", package: "python3")
  private static let pythonPath = "/usr/bin/python3"

  /// Throws where the program is missing, or what runs it.
  func require() throws(TestbedError) {
    guard access(path, R_OK) == 0 else { throw .noClient(self) }
    if isPython, access(Self.pythonPath, X_OK) != 0 { throw .missing(Self.python) }
  }

  /// The library's keepalive at the lab's scale, 1:70; whole seconds, of which one is the least. Off
  /// where the library asks for none.
  var scaledKeepalive: Keepalive {
    guard case .on(let time, _, let probes)? = library?.keepalive.value else { return .off }
    let scaled = Span.seconds(max(1, (time.wholeSeconds + 35) / 70))
    return .on(time: scaled, interval: scaled, probes: probes)
  }

  /// Starts it in the pod, as the application.
  func start(
    to address: SocketAddress, as name: String, idle: Span, in claim: LabClaim, isKept: Bool
  ) throws(TestbedError) -> ChildProcess {
    var keepalive: Int64 = 0
    if case .on(let time, _, _) = scaledKeepalive { keepalive = time.wholeSeconds }
    let readTimeout = LabScenario.readTimeout
    let arguments = [
      "\(address.address):\(address.port)", "\(idle.wholeSeconds)", "\(readTimeout.wholeSeconds)",
      "\(keepalive)",
    ]
    var program = path
    var script: [String] = []
    if isPython {
      // Where the application's user can read it.
      let copy = "\(claim.folder)/\(rawValue).pyz"
      if access(copy, F_OK) != 0 { try Folder.write(Folder.read(path), to: copy) }
      (program, script) = (Self.pythonPath, [copy])
    }
    return try ChildProcess(
      name, path: program, script + arguments, in: claim.namespaceName("pod"),
      as: LabConnection.owner, folder: claim.folder, isKept: isKept)
  }
}

// MARK: - Scenarios with it

extension LabScenario {
  /// The same with real clients at the end: one connection for each of the ways that are worth a
  /// look, which have a title. nil where there is none.
  public func driven(by client: LabClient) -> LabScenario? {
    guard let server = servers.first(where: { $0.kind == client.server }) else { return nil }
    var scenario = self
    scenario.client = client
    scenario.servers = [server]
    scenario.connections = routes.indices.compactMap { index in
      routes[index].title.map {
        Connection(
          $0, server, route: index, keepalive: client.scaledKeepalive,
          idle: connections.map(\.idle).max() ?? .seconds(5))
      }
    }
    return scenario.connections.isEmpty ? nil : scenario
  }

  /// What the client's application is told, of a path as the model judges it.
  func told(
    _ client: LabClient, _ judgement: Judgement, of connection: Connection
  ) -> LabOutcome {
    guard judgement.after < connection.idle else { return LabOutcome(.answers) }
    var forgotten: Span?
    if case .device = judgement.closer { forgotten = judgement.after }
    guard let text = client.library?.text(of: judgement) else {
      return LabOutcome(.answers, forgotten: forgotten)
    }
    return LabOutcome(.told(text, after: judgement.stall), forgotten: forgotten)
  }
}
