/// A socket with what else the kernel knows of its connection.
public struct Connection: Hashable, Sendable {
  public var socket: Socket
  /// Absent where conntrack does not follow it, or nobody could look.
  public var entry: ConntrackEntry?
  /// The connection's other end, where that is in the same namespace: what accepted it.
  public var acceptor: Socket?

  public init(_ socket: Socket, entry: ConntrackEntry? = nil, acceptor: Socket? = nil) {
    self.socket = socket
    self.entry = entry
    self.acceptor = acceptor
  }

  /// Where a connection's packets go.
  public enum Way: Hashable, Sendable {
    /// To one of the ports the rules redirect to.
    case captured
    /// Where they were sent.
    case direct
    case unknown
  }

  /// Which way it goes, where the rules redirect to `ports`.
  ///
  /// Conntrack knows the connections whose first packet it saw. It starts with the first NAT rule, so
  /// of those opened before it there may be no entry; but what is redirected ends in this very
  /// namespace, and one that is established without an end here has its end elsewhere.
  public func way(capturedTo ports: some Collection<UInt16>) -> Way {
    if entry?.isRedirected(to: ports) == true { return .captured }
    if let acceptor, ports.contains(acceptor.local.port) { return .captured }
    return entry != nil || socket.state == .established ? .direct : .unknown
  }

  /// Each socket with its entry: the one that begins where the socket sends from, or, for a socket
  /// that accepted, the one that is answered from there; and with the one among `all` that accepted
  /// it. O(n).
  public static func joining(
    _ sockets: [Socket], with entries: [ConntrackEntry], among all: [Socket] = []
  ) -> [Connection] {
    var acceptors: [Socket.Address: Socket] = [:]
    for socket in all
    where socket.transport == .tcp && socket.state != .listen && socket.local.address.isLoopback {
      acceptors[socket.remote] = socket
    }
    var byTuple: [Key: ConntrackEntry] = [:]
    for entry in entries {
      byTuple[Key(entry.transport, entry.reply), default: entry] = entry
    }
    for entry in entries { byTuple[Key(entry.transport, entry.original)] = entry }
    return sockets.map { socket in
      let tuple = ConntrackEntry.Tuple(from: socket.local, to: socket.remote)
      return Connection(
        socket, entry: byTuple[Key(socket.transport, tuple)],
        acceptor: socket.transport == .tcp ? acceptors[socket.local] : nil)
    }
  }

  private struct Key: Hashable {
    var transport: TransportProtocol
    var tuple: ConntrackEntry.Tuple

    init(_ transport: TransportProtocol, _ tuple: ConntrackEntry.Tuple) {
      self.transport = transport
      self.tuple = tuple
    }
  }
}

/// An application's connection that the sidecar took, with the sidecar's own to the same server.
public struct ProxiedConnection: Hashable, Sendable {
  /// The kernel keeps no link between the two.
  public enum Confidence: String, Hashable, Sendable {
    /// One connection on each side: there is no other to mistake it for.
    case certain
    /// Several on a side, and these two alone have carried the same bytes.
    case likely
  }

  public var application: Connection
  public var proxy: Connection?
  public var confidence: Confidence?

  public init(
    application: Connection, proxy: Connection? = nil, confidence: Confidence? = nil
  ) {
    self.application = application
    self.proxy = proxy
    self.confidence = confidence
  }

  /// Pairs the connections that were redirected to `ports` with those of the proxy, which runs as
  /// `proxyUID`, destination by destination; in order of destination and the application's port.
  public static func pairs(
    in connections: [Connection], redirectedTo ports: [UInt16], proxyUID: UInt32
  ) -> [ProxiedConnection] {
    let live = connections.filter { $0.socket.transport == .tcp && $0.socket.state != .listen }
    let opened = live.filter { connection in
      !ports.contains(connection.socket.local.port)
        && connection.entry.map { $0.original.source == connection.socket.local } ?? true
    }
    let taken = opened.filter {
      $0.socket.uid != proxyUID && $0.way(capturedTo: ports) == .captured
    }
    // What the proxy opened itself is not redirected.
    let upstream = opened.filter {
      $0.socket.uid == proxyUID && $0.way(capturedTo: ports) != .captured
    }
    let applications = Dictionary(grouping: taken, by: \.socket.remote)
    let proxies = Dictionary(grouping: upstream, by: \.socket.remote)
    return applications.keys.sorted().flatMap { destination in
      pair(
        (applications[destination] ?? []).sorted { $0.socket.local < $1.socket.local },
        proxies[destination] ?? [])
    }
  }

  private static func pair(
    _ applications: [Connection], _ proxies: [Connection]
  ) -> [ProxiedConnection] {
    if applications.count == 1, proxies.count == 1 {
      return [
        ProxiedConnection(
          application: applications[0], proxy: proxies[0], confidence: .certain)
      ]
    }
    return applications.map { application in
      guard let bytes = application.socket.carried else {
        return ProxiedConnection(application: application)
      }
      let others = proxies.filter { $0.socket.carried == bytes }
      let rivals = applications.filter { $0.socket.carried == bytes }
      guard others.count == 1, rivals.count == 1 else {
        return ProxiedConnection(application: application)
      }
      return ProxiedConnection(
        application: application, proxy: others[0], confidence: .likely)
    }
  }
}

extension Socket {
  /// Bytes sent and received; both ends of a proxied connection opened theirs, so the SYN counts in
  /// both.
  fileprivate var carried: [UInt64]? {
    traffic.map { [$0.bytesAcknowledged, $0.bytesReceived] }
  }
}
