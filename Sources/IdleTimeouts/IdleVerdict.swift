public import Findings
public import Planning

/// Everything `timeouts` says of one endpoint.
public struct IdleVerdict: Hashable, Sendable {
  public var endpoint: Endpoint
  public var path: IdlePath
  public var judgement: Judgement
  /// The client library whose tables were used; absent where none is known.
  public var library: ClientLibrary?
  public var isLibraryAssumed: Bool
  /// What a live namespace shows of it; nil where nobody looked or nothing is open.
  public var evidence: IdleEvidence?

  /// - Parameters:
  ///   - sidecar: absent where the plan says that the endpoint bypasses it.
  ///   - live: the connections of a live namespace.
  public init(
    _ endpoint: Endpoint, sidecar: Sidecar?, library: ClientLibrary? = nil,
    live: [ConnectionGroup] = []
  ) throws(IdleError) {
    self.endpoint = endpoint
    self.library = library ?? .assumed(for: endpoint.assumedMiddleware?.name)
    isLibraryAssumed = library == nil
    path = try IdlePath(endpoint, sidecar: sidecar, library: library)
    judgement = path.judgement
    evidence = IdleEvidence(of: endpoint, on: path, in: live)
  }

  /// Those that hold come first. Judged anew each time: a table of many endpoints needs none.
  public var remedies: [Remedy] { path.remedies(for: endpoint, library: library) }

  public var name: String { endpoint.name }
  public var proxied: Bool { path.isProxied }
  /// `envoy`, `server`, `pool`, `nobody`, or `device NAME`.
  public var firstToClose: String {
    switch judgement.closer {
    case .nobody: "nobody"
    case .pool: "pool"
    case .envoy: "envoy"
    case .server: "server"
    case .device(let index): "device \(path.devices[index].name)"
    }
  }
  public var after: Span { judgement.after }
  public var symptom: Judgement.Symptom { judgement.symptom }
  public var verdict: Judgement.Verdict { judgement.verdict }
  /// The row of the decision table.
  public var cause: Cause? { path.cause(of: judgement) }

  /// In a sentence.
  public var summary: String {
    switch judgement.closer {
    case .device(let index):
      "\(path.devices[index].name) forgets it after \(after); the ends do not know"
        + (verdict == .recovers ? ", and the library replaces it on its next use" : "")
    default: path.outcome(judgement)
    }
  }

  // MARK: - Devices nobody named

  /// Where the path names no device: those of the table that would forget this flow before anybody
  /// closes it, the quickest first.
  public var forgetfulDevices: [DeviceKind] {
    guard path.devices.isEmpty else { return [] }
    let forgetting = DeviceKind.table.filter { kind in
      var path = path
      path.devices = [StatefulDevice(kind)]
      return path.judgement.kind == .hidden
    }
    return forgetting.sorted { ($0.idleTimeout.value, $0.name) < ($1.idleTimeout.value, $1.name) }
  }

  // MARK: - What the application is told

  /// The same path with one client library at its end.
  public struct Client: Hashable, Sendable {
    public var library: ClientLibrary
    public var judgement: Judgement
    /// What the application is told on its next use; absent where it notices nothing.
    public var text: String?
  }

  /// The library named, or else every one known for this kind of server: with its own pool,
  /// keepalive and manners, except where the endpoint's facts say otherwise.
  public var clients: [Client] {
    let libraries =
      isLibraryAssumed
      ? ClientLibrary.of(endpoint.assumedMiddleware?.name) : library.map { [$0] } ?? []
    return libraries.map { library in
      var path = path
      path.client = IdlePath.Client(endpoint.idle.client, library)
      let judgement = path.judgement
      return Client(
        library: library, judgement: judgement, text: library.text(of: judgement))
    }
  }

  // MARK: - Assumptions

  /// A value that the inventory did not give.
  public struct Assumption: Hashable, Sendable {
    public var what: String
    public var value: String
    public var standing: Standing
    public var source: String
  }

  /// What was taken from the tables, so that the user can put it right.
  public var assumptions: [Assumption] {
    let facts = endpoint.idle
    var found: [Assumption] = []
    if endpoint.middleware == nil, let middleware = endpoint.assumedMiddleware {
      found.append(
        Assumption(
          what: "kind of server", value: middleware.name, standing: .memory,
          source: "its usual port is \(middleware.port)"))
    }
    func assume<Value: CustomStringConvertible>(_ what: String, _ known: Known<Value>?) {
      guard let known else { return }
      found.append(
        Assumption(
          what: what, value: "\(known.value)", standing: known.standing, source: known.source))
    }
    let client = library?.name ?? "client"
    if facts.client.poolMaxIdle == nil { assume("\(client) pool max idle", library?.poolMaxIdle) }
    if facts.client.keepalive == nil {
      assume("\(client) keepalive", library?.keepalive.map(IdlePath.words))
    }
    if facts.client.checksLiveness == nil {
      assume("\(client) reuse", library?.reuse.map(\.rawValue))
    }
    if facts.client.readTimeout == nil { assume("\(client) read timeout", library?.readTimeout) }
    func assumeNothing(_ what: String, _ value: String, of whom: String) {
      found.append(
        Assumption(
          what: what, value: value, standing: .memory, source: "no table knows this \(whom)"))
    }
    if library == nil {
      if facts.client.poolMaxIdle == nil {
        assumeNothing("client pool max idle", "never", of: "client")
      }
      if facts.client.keepalive == nil { assumeNothing("client keepalive", "off", of: "client") }
    }
    if let kind = ServerKind.of(endpoint.assumedMiddleware?.name) {
      if facts.server.idleTimeout == nil { assume("server idle close", kind.idleTimeout) }
      if facts.server.keepalive == nil {
        assume("server keepalive", kind.keepalive.map(IdlePath.words))
      }
      assume("heartbeat every", kind.heartbeat)
    } else {
      if facts.server.idleTimeout == nil {
        assumeNothing("server idle close", "never", of: "server")
      }
      if facts.server.keepalive == nil { assumeNothing("server keepalive", "off", of: "server") }
    }
    for device in facts.path {
      guard let kind = DeviceKind.named(device.name) else { continue }
      if device.idleTimeout == nil { assume("\(kind.name) timer", kind.idleTimeout) }
      if device.onExpiry == nil { assume("\(kind.name) expiry", kind.onExpiry.map(\.rawValue)) }
    }
    return found
  }
}

extension Known {
  fileprivate func map<Other>(_ transform: (Value) -> Other) -> Known<Other> {
    Known<Other>(value: transform(value), standing: standing, source: source)
  }
}

extension ClientLibrary {
  /// What the application is told; nil where it notices nothing.
  public func text(of judgement: Judgement) -> String? {
    let texts = texts.value
    return switch judgement.symptom {
    case .nothing: nil
    case .eof: texts.eof
    case .reset: judgement.kind == .clean ? texts.gone ?? texts.reset : texts.reset
    case .hang: texts.timeout
    case .silentLoss: "no error at all: the write is lost"
    }
  }
}

/// The answer of `timeouts`.
public struct Timeouts: Hashable, Sendable {
  public var endpoints: [IdleVerdict]

  public init(endpoints: [IdleVerdict]) { self.endpoints = endpoints }

  /// Endpoints in their order, each with what the plan says of it: captured or not. The sidecar's
  /// settings are those of the pod; `live` are the connections of a live one.
  public init(
    _ endpoints: some Sequence<(endpoint: Endpoint, proxied: Bool)>, sidecar: Sidecar = Sidecar(),
    library: ClientLibrary? = nil, live: [ConnectionGroup] = []
  ) throws(IdleError) {
    self.endpoints = []
    for (endpoint, proxied) in endpoints {
      self.endpoints.append(
        try IdleVerdict(endpoint, sidecar: proxied ? sidecar : nil, library: library, live: live))
    }
  }

  /// What the findings of all endpoints are, in their order.
  public var findings: [Finding] { endpoints.flatMap(\.findings) }

  /// Whether anything was found that is as bad as `threshold`, or worse.
  public func fails(at threshold: Finding.Severity) -> Bool {
    endpoints.contains { $0.findings.contains { $0.severity >= threshold } }
  }
}
