import Addresses
public import Ruleset

/// All TCP connections of a pod's applications to one server, with the proxy's own to it.
public struct ConnectionGroup: Hashable, Sendable {
  public var destination: Socket.Address
  /// What usually listens on that port.
  public var middleware: Middleware?
  /// Through the proxy, each with the proxy's where the two can be paired.
  public var proxied: [ProxiedConnection]
  /// Past the proxy.
  public var direct: [Connection]
  /// Those conntrack says nothing of.
  public var unknown: [Connection]
  /// The proxy's own connections to this server, paired or not.
  public var upstream: [Connection]

  public init(
    to destination: Socket.Address, proxied: [ProxiedConnection] = [], direct: [Connection] = [],
    unknown: [Connection] = [], upstream: [Connection] = []
  ) {
    self.destination = destination
    middleware = .listening(on: destination.port, .tcp)
    self.proxied = proxied
    self.direct = direct
    self.unknown = unknown
    self.upstream = upstream
  }

  /// `mysql`, or `tcp 9080`.
  public var name: String { middleware?.name ?? "tcp \(destination.port)" }

  /// The proxy's idle connections that nothing probes.
  public var unprobed: [Connection] {
    upstream.filter { $0.socket.state == .established && $0.socket.timer == .off }
  }

  /// Those of `upstream` that are paired with no application's.
  public var unpairedUpstream: [Connection] {
    let paired = Set(proxied.compactMap(\.proxy))
    return upstream.filter { !paired.contains($0) }
  }

  /// The applications' ends.
  public var applicationSockets: [Socket] {
    (proxied.map(\.application) + direct + unknown).map(\.socket)
  }
}

extension ConnectionGroup {
  /// By destination; a connection counts that an application of the pod opened to another host.
  ///
  /// - Parameters:
  ///   - addresses: the pod's own.
  ///   - ports: where its rules send what they capture.
  public static func groups(
    of sockets: [Socket], conntrack: [ConntrackEntry], addresses: LocalAddresses,
    capturedTo ports: [UInt16], proxyUID: UInt32
  ) -> [ConnectionGroup] {
    let listening = Set(sockets.filter { $0.state == .listen }.map(\.local.port))
    let open = sockets.filter { socket in
      socket.transport == .tcp && socket.isOpen && !socket.remote.address.isLoopback
        && !addresses.contains(socket.remote.address)
    }
    let all = Connection.joining(open, with: conntrack)
    let opened = all.filter { connection in
      guard let entry = connection.entry else {
        return !listening.contains(connection.socket.local.port)
      }
      return entry.original.source == connection.socket.local
    }
    let pairs = ProxiedConnection.pairs(in: all, redirectedTo: ports, proxyUID: proxyUID)
    let proxied = Dictionary(grouping: pairs, by: \.application.socket.remote)
    let mine = Dictionary(grouping: opened, by: \.socket.remote)
    let destinations = Set(
      opened.filter { $0.socket.uid != proxyUID }.map(\.socket.remote)
    ).union(proxied.keys)
    return destinations.sorted().map { destination in
      let here = (mine[destination] ?? []).sorted { $0.socket.local < $1.socket.local }
      let apps = here.filter { $0.socket.uid != proxyUID }
      return ConnectionGroup(
        to: destination, proxied: proxied[destination] ?? [],
        direct: apps.filter { $0.entry.map { !$0.isRedirected(to: ports) } ?? false },
        unknown: apps.filter { $0.entry == nil },
        upstream: here.filter { $0.socket.uid == proxyUID })
    }
  }
}

extension Socket {
  fileprivate var isOpen: Bool {
    switch state {
    case .established, .synSent, .closeWait, .finWait1, .finWait2, .lastAck, .closing: true
    case .synReceived, .newSynReceived, .timeWait, .closed, .listen: false
    }
  }
}
