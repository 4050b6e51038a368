public import Planning

/// A connection that nobody uses: its ends, the sidecar if it goes through one, and every device
/// on the way. Nothing is left open; what an inventory did not say was taken from the tables.
public struct IdlePath: Hashable, Sendable {
  public struct Client: Hashable, Sendable {
    /// `never` where the pool keeps idle connections.
    public var poolMaxIdle: Span
    public var poolMaxLifetime: Span
    public var keepalive: Keepalive
    public var reuse: ClientLibrary.Reuse
    /// `never` where a read waits until the kernel gives the socket up.
    public var readTimeout: Span
    public var awaitsReply: Bool

    public init(
      poolMaxIdle: Span = .never, poolMaxLifetime: Span = .never, keepalive: Keepalive = .off,
      reuse: ClientLibrary.Reuse = .asIs, readTimeout: Span = .never, awaitsReply: Bool = true
    ) {
      self.poolMaxIdle = poolMaxIdle.orNever
      self.poolMaxLifetime = poolMaxLifetime.orNever
      self.keepalive = keepalive
      self.reuse = reuse
      self.readTimeout = readTimeout.orNever
      self.awaitsReply = awaitsReply
    }

    /// After so long unused, the pool has closed it: no connection idles longer than it lives.
    public var retires: Span { min(poolMaxIdle, poolMaxLifetime) }
  }

  public struct Server: Hashable, Sendable {
    public var idleTimeout: Span
    public var close: ServerKind.Close
    public var keepalive: Keepalive
    /// Whether it greets before the client has said anything.
    public var speaksFirst: Bool
    public var reach: Reach

    public init(
      idleTimeout: Span = .never, close: ServerKind.Close = .fin, keepalive: Keepalive = .off,
      speaksFirst: Bool = false, reach: Reach = .accepts
    ) {
      self.idleTimeout = idleTimeout.orNever
      self.close = close
      self.keepalive = keepalive
      self.speaksFirst = speaksFirst
      self.reach = reach
    }
  }

  public var client: Client
  /// Absent where the connection bypasses it and is one connection, not two.
  public var sidecar: Sidecar?
  /// From the pod to the server. All of them lie between the pod and the server, so on the second
  /// connection of a captured one.
  public var devices: [StatefulDevice]
  public var server: Server
  /// Something is said this often however idle the application is.
  public var heartbeat: Span?
  /// `net.ipv4.tcp_retries2` of the pod.
  public var retries: Int

  public init(
    client: Client = Client(), sidecar: Sidecar? = nil, devices: [StatefulDevice] = [],
    server: Server = Server(), heartbeat: Span? = nil, retries: Int = Kernel.retries.value
  ) {
    self.client = client
    self.sidecar = sidecar
    self.devices = devices
    self.server = server
    self.heartbeat = heartbeat
    self.retries = retries
  }

  public var isProxied: Bool { sidecar != nil }
}

/// Why an endpoint's idle connections cannot be judged.
public struct IdleError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case notTCP(String)
    case device(DeviceError)
    case keepalive(KeepaliveError)
  }

  public var endpoint: String
  public var reason: Reason

  public var description: String {
    switch reason {
    case .notTCP(let transport):
      "endpoint \(endpoint): \(transport) has no connections that could idle; expected tcp"
    case .device(let error): "endpoint \(endpoint): \(error)"
    case .keepalive(let error): "endpoint \(endpoint): \(error)"
    }
  }
}

extension IdlePath {
  /// An endpoint's path: what the inventory says, else the client library's and the server's
  /// tables, else the kernel's (keepalive off, nothing retried, nothing closed).
  ///
  /// `library` is the client library meant; without one, the first in the table for this kind of
  /// server. Throws where the facts contradict TCP or name a device whose timer nobody knows.
  public init(
    _ endpoint: Endpoint, sidecar: Sidecar?, library named: ClientLibrary? = nil
  ) throws(IdleError) {
    guard endpoint.transport == .tcp else {
      throw IdleError(endpoint: endpoint.name, reason: .notTCP("\(endpoint.transport)"))
    }
    let library = named ?? .assumed(for: endpoint.assumedMiddleware?.name)
    let kind = ServerKind.of(endpoint.assumedMiddleware?.name)
    let facts = endpoint.idle
    var devices: [StatefulDevice] = []
    for device in facts.path {
      do {
        devices.append(try StatefulDevice(device))
      } catch {
        let error = DeviceError(text: device.name, reason: error)
        throw IdleError(endpoint: endpoint.name, reason: .device(error))
      }
    }
    self.init(
      client: Client(facts.client, library),
      sidecar: sidecar,
      devices: devices,
      server: Server(
        idleTimeout: facts.server.idleTimeout ?? kind?.idleTimeout.value ?? .never,
        close: kind?.close ?? .fin,
        keepalive: facts.server.keepalive ?? kind?.keepalive.value ?? .off,
        speaksFirst: kind?.speaksFirst ?? false),
      heartbeat: kind?.heartbeat?.value)
    for keepalive in [client.keepalive, server.keepalive, sidecar?.upstreamKeepalive ?? .off] {
      do {
        try ProbeSchedule(keepalive)?.validate(keepalive.text)
      } catch {
        throw IdleError(endpoint: endpoint.name, reason: .keepalive(error))
      }
    }
  }
}

extension IdlePath.Client {
  /// What the facts say, else the library's table, else nothing at all.
  init(_ facts: IdleFacts.Client, _ library: ClientLibrary?) {
    let usual = library?.reuse.value ?? .asIs
    let reuse: ClientLibrary.Reuse =
      switch facts.checksLiveness {
      case true?: usual == .asIs ? .peek : usual
      case false?: .asIs
      case nil: usual
      }
    self.init(
      poolMaxIdle: facts.poolMaxIdle ?? library?.poolMaxIdle.value ?? .never,
      poolMaxLifetime: facts.poolMaxLifetime ?? library?.poolMaxLifetime.value ?? .never,
      keepalive: facts.keepalive ?? library?.keepalive.value ?? .off, reuse: reuse,
      readTimeout: facts.readTimeout ?? library?.readTimeout.value ?? .never,
      awaitsReply: library?.awaitsReply ?? true)
  }
}

extension Keepalive {
  /// `off`, or the three numbers as they would be written.
  var text: String {
    guard case .on(let time, let interval, let probes) = self else { return "off" }
    return "\(time)"
      + (interval == nil && probes == nil
        ? ""
        : "/\(interval ?? ProbeSchedule.kernel.interval)/\(probes ?? ProbeSchedule.kernel.probes)")
  }
}

extension Endpoint {
  /// What listens there: what the inventory says, else whoever's port it is.
  var assumedMiddleware: Middleware? { middleware ?? .listening(on: port, transport) }
}
