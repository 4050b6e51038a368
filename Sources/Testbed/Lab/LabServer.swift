internal import Glibc
public import IdleTimeouts
internal import LiveKernel
public import Planning
internal import Ruleset

/// A real server of the lab, as a scenario wants it.
public struct LabServer: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case redis
    case memcached
    case mysql

    var program: Tool {
      switch self {
      case .redis: Tool(name: "redis-server", package: "redis-server")
      case .memcached: Tool(name: "memcached", package: "memcached")
      case .mysql: Tool(name: "mariadbd", package: "mariadb-server")
      }
    }

    public var usualPort: UInt16 {
      switch self {
      case .redis: 6379
      case .memcached: 11211
      case .mysql: 3306
      }
    }
  }

  public var kind: Kind
  public var port: UInt16
  /// When it closes a connection that nobody uses.
  public var idleTimeout: Span
  /// Redis has it set; the others use the kernel's, which the outside namespace has.
  public var keepalive: Keepalive

  public init(
    _ kind: Kind, port: UInt16? = nil, idleTimeout: Span = .never, keepalive: Keepalive = .kernel
  ) {
    self.kind = kind
    self.port = port ?? kind.usualPort
    self.idleTimeout = idleTimeout
    self.keepalive = keepalive
  }

  /// As a file is named.
  var name: String { "\(kind.rawValue)-\(port)" }

  /// nobody's, on Debian.
  static let owner = Owner(uid: 65534, gid: 65534)

  func arguments(folder: String) -> [String] {
    let idle = idleTimeout.wholeSeconds
    switch kind {
    case .redis:
      var probing: Int64 = 0
      if case .on(let time, _, _) = keepalive { probing = time.wholeSeconds }
      return [
        "--bind", "0.0.0.0", "--port", "\(port)", "--protected-mode", "no", "--save", "",
        "--appendonly", "no", "--dir", "\(folder)/\(name)", "--tcp-keepalive", "\(probing)",
        "--timeout", "\(idle)",
      ]
    case .memcached:
      return ["-l", "0.0.0.0", "-p", "\(port)", "-U", "0", "-m", "16", "-t", "1"]
        + (idle > 0 ? ["-o", "idle_timeout=\(idle)"] : [])
    case .mysql:
      // An empty folder is enough: no user is asked for, and no table needed.
      return [
        "--no-defaults", "--datadir=\(folder)/\(name)", "--socket=\(folder)/\(name)/socket",
        "--pid-file=\(folder)/\(name)/pid", "--port=\(port)", "--bind-address=0.0.0.0",
        "--skip-grant-tables", "--skip-networking=0", "--skip-name-resolve", "--innodb=OFF",
        "--default-storage-engine=Aria", "--wait-timeout=\(idle > 0 ? idle : 28800)",
      ]
    }
  }

  /// Starts it in the outside namespace. It may not be listening yet.
  func start(
    in claim: LabClaim, isKept: Bool
  ) throws(TestbedError) -> ChildProcess {
    let folder = claim.folder
    if mkdir("\(folder)/\(name)", 0o700) == 0 {
      chown("\(folder)/\(name)", Self.owner.uid, Self.owner.gid)
    }
    return try ChildProcess(
      name, path: kind.program.find(), arguments(folder: folder),
      in: claim.namespaceName("out"), as: Self.owner, folder: folder, isKept: isKept)
  }
}

// MARK: - Its protocol

extension LabServer.Kind {
  /// What a client says before its first query.
  var login: [UInt8]? {
    guard self == .mysql else { return nil }
    // HandshakeResponse41: PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, LONG_PASSWORD; at most
    // 16 MiB; utf8; a user without a password.
    let body: [UInt8] =
      [0x01, 0x82, 0x08, 0x00, 0, 0, 0, 1, 33] + [UInt8](repeating: 0, count: 23)
      + Array("lab\0\0mysql_native_password\0".utf8)
    return [UInt8(body.count), 0, 0, 1] + body
  }

  /// The smallest question that every server answers.
  var query: [UInt8] {
    switch self {
    case .redis: Array("PING\r\n".utf8)
    case .memcached: Array("version\r\n".utf8)
    // COM_PING.
    case .mysql: [1, 0, 0, 0, 0x0E]
    }
  }

  /// Whether `bytes` are a whole answer.
  func isAnswer(_ bytes: [UInt8]) -> Bool {
    switch self {
    case .redis, .memcached: return bytes.suffix(2) == [0x0D, 0x0A]
    case .mysql:
      guard bytes.count > 4 else { return false }
      return bytes.count == 4 + Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
    }
  }

  /// Whether a whole answer is a good one.
  func isGood(_ answer: [UInt8]) -> Bool {
    switch self {
    case .redis: answer == Array("+PONG\r\n".utf8)
    case .memcached: answer.starts(with: Array("VERSION ".utf8))
    // An OK packet.
    case .mysql: answer.count > 4 && answer[4] == 0
    }
  }
}
