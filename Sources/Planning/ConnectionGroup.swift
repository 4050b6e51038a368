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
  /// Those of which the kernel does not tell.
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
    let all = Connection.joining(open, with: conntrack, among: sockets)
    let opened = all.filter {
      !listening.contains($0.socket.local.port) && $0.isOpenedHere
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
        direct: apps.filter { $0.way(capturedTo: ports) == .direct },
        unknown: apps.filter { $0.way(capturedTo: ports) == .unknown },
        upstream: here.filter { $0.socket.uid == proxyUID })
    }
  }
}

extension Connection {
  /// Whether this end opened it, if nobody listens there.
  ///
  /// An entry tells who sent the first packet that conntrack saw, and that of a connection older than
  /// conntrack may be the server's. The kernel takes the port of an opening socket from
  /// `net.ipv4.ip_local_port_range`, 32768 and up unless set; a server that listened there and has
  /// stopped is the rarer.
  fileprivate var isOpenedHere: Bool {
    guard let entry else { return true }
    return entry.original.source == socket.local || socket.local.port >= 32768
  }
}

extension Socket {
  /// Whether a process has it open, and an end of it.
  ///
  /// What is left of a socket that its process has closed, such as one in FIN-WAIT-2, has no inode
  /// and may show root as its owner.
  fileprivate var isOpen: Bool {
    guard inode != 0 else { return false }
    return switch state {
    case .established, .synSent, .closeWait, .finWait1, .finWait2, .lastAck, .closing: true
    case .synReceived, .newSynReceived, .timeWait, .closed, .listen: false
    }
  }
}
