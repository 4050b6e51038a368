public import IdleTimeouts
public import Planning

/// One demonstration: servers, a sidecar, perhaps a device on the way, and connections that idle.
public struct LabScenario: Hashable, Sendable {
  public var name: String
  /// What it shows, in a sentence.
  public var shows: String
  /// How its seconds stand for the ones of real life.
  public var scale: String
  public var servers: [LabServer]
  /// How each server address is treated on the way, in order of the addresses.
  public var routes: [Route]
  /// When the device on the way forgets a connection; absent where there is none.
  public var device: Span?
  /// `net.ipv4.tcp_keepalive_time` where the servers are.
  public var serverKernelKeepalive: Span
  /// When changed filter chains are pushed to Envoy.
  public var push: Span?
  public var drain: Span
  public var connections: [Connection]
  /// The real library that makes them; absent where the lab's own small clients do.
  public var client: LabClient?

  public struct Route: Hashable, Sendable {
    public var sidecar: Sidecar
    public var expiry: IdleFacts.Device.Expiry
    /// What a connection on it shows, where real clients are to take it.
    public var title: String?

    init(
      _ sidecar: Sidecar, _ expiry: IdleFacts.Device.Expiry = .drop, title: String? = nil
    ) {
      self.sidecar = sidecar
      self.expiry = expiry
      self.title = title
    }
  }

  /// An application's connection. No two of a scenario go to the same address and port.
  public struct Connection: Hashable, Sendable {
    public var name: String
    public var server: LabServer
    /// The index of the server's address.
    public var route: Int
    public var keepalive: Keepalive
    /// It is used again after so long; if it is busy, all the while.
    public var idle: Span
    public var isBusy: Bool

    init(
      _ name: String, _ server: LabServer, route: Int, keepalive: Keepalive = .off, idle: Span,
      isBusy: Bool = false
    ) {
      self.name = name
      self.server = server
      self.route = route
      self.keepalive = keepalive
      self.idle = idle
      self.isBusy = isBusy
    }
  }

  /// How long the applications wait for an answer.
  public static let readTimeout = Span.seconds(2)

  init(
    _ name: String, shows: String, scale: String, servers: [LabServer], routes: [Route],
    device: Span? = nil, serverKernelKeepalive: Span = Kernel.keepaliveTime.value,
    push: Span? = nil, drain: Span = Sidecar.istioDrain.value,
    connections: [Connection]
  ) {
    self.name = name
    self.shows = shows
    self.scale = scale
    self.servers = servers
    self.routes = routes
    self.device = device
    self.serverKernelKeepalive = serverKernelKeepalive
    self.push = push
    self.drain = drain
    self.connections = connections
  }
}

// MARK: - What the model says

extension LabScenario {
  /// The connection as the model of idle connections sees it.
  func path(of connection: Connection, isProxied: Bool) -> IdlePath {
    let route = routes[connection.route]
    var server = connection.server
    if server.keepalive == .kernel {
      server.keepalive = .on(time: serverKernelKeepalive, interval: nil, probes: nil)
    }
    let library = client?.library
    return IdlePath(
      client: IdlePath.Client(
        keepalive: connection.keepalive, reuse: library?.reuse.value ?? .asIs,
        readTimeout: Self.readTimeout, awaitsReply: library?.awaitsReply ?? true),
      sidecar: isProxied ? route.sidecar : nil,
      devices: device.map {
        [StatefulDevice(name: "middlebox", idleTimeout: $0, onExpiry: route.expiry)]
      } ?? [],
      server: IdlePath.Server(
        idleTimeout: server.idleTimeout, close: server.kind.close, keepalive: server.keepalive,
        speaksFirst: server.kind.speaksFirst))
  }

  /// What becomes of the connection.
  func expectation(of connection: Connection, isProxied: Bool) -> LabOutcome {
    let path = path(of: connection, isProxied: isProxied)
    let opening = path.opening()
    if opening.cause != nil {
      guard case .answers(let after) = opening.outcome, after < Self.readTimeout else {
        return LabOutcome(.begins(after: .never))
      }
      return LabOutcome(.begins(after: after))
    }
    var judgement = path.judgement
    if let client { return told(client, judgement, of: connection) }
    if connection.isBusy, judgement.closer != .nobody {
      var busy = path
      busy.heartbeat = Span(milliseconds: LabOutcome.busyInterval)
      judgement = busy.judgement
    }
    if isProxied, let push, drain < judgement.after, push < connection.idle {
      return LabOutcome(.closed(.fin, after: drain))
    }
    guard judgement.after < connection.idle else { return LabOutcome(.answers) }
    switch judgement.closer {
    case .nobody, .pool: return LabOutcome(.answers)
    case .envoy: return LabOutcome(.closed(.fin, after: judgement.after))
    case .server:
      return LabOutcome(
        .closed(path.server.close, after: judgement.after), lateness: connection.server.lateness)
    case .device:
      let failure: LabOutcome.Failure = judgement.symptom == .reset ? .reset : .hang
      return LabOutcome(.fails(failure), forgotten: judgement.after)
    }
  }
}

extension LabServer.Kind {
  /// How it ends a connection that nobody uses, as the table of servers has it.
  var close: ServerKind.Close { ServerKind.of(rawValue)?.close ?? .fin }
  /// MySQL's server greets first; what it says must come before anything is sent.
  var speaksFirst: Bool { ServerKind.of(rawValue)?.speaksFirst ?? false }
}

extension LabServer {
  /// How much later than its timer says the server may look for idle connections: redis looks at
  /// each once a second and counts whole seconds; memcached's own thread sleeps for up to its
  /// timeout between two looks.
  var lateness: Span {
    guard idleTimeout != .never else { return Span(milliseconds: 0) }
    return switch kind {
    case .redis: .seconds(2)
    case .memcached: Span.seconds(idleTimeout.wholeSeconds + 1)
    case .mysql: Span(milliseconds: 0)
    }
  }
}
