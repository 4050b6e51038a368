public import Addresses
public import Documents
import Ruleset

/// The user's own servers, from a file of `kind: Inventory`.
public struct Inventory: Hashable, Sendable {
  public var endpoints: [Endpoint]

  public init(_ endpoints: [Endpoint]) {
    self.endpoints = endpoints
  }
}

extension Inventory {
  private static let keys = ["apiVersion", "kind", "endpoints"]
  private static let endpointKeys = [
    "name", "middleware", "address", "host", "port", "protocol", "want", "client", "server", "path",
  ]

  /// Reads the document; the first fault is thrown with its place.
  public init(_ document: Node) throws(DocumentError) {
    try document.refuseKeys(besides: Self.keys)
    let version = try document.required("apiVersion")
    guard try version.string() == "bypass-plan/v1" else { throw version.mismatch("bypass-plan/v1") }
    let kind = try document.required("kind")
    guard try kind.string() == "Inventory" else { throw kind.mismatch("Inventory") }
    let list = try document.required("endpoints")
    if try list.sequence().isEmpty {
      throw DocumentError(.expected("at least one endpoint", found: "an empty list"), at: list.mark)
    }
    var endpoints: [Endpoint] = []
    var names: [String: Mark] = [:]
    for node in try list.sequence() {
      let endpoint = try Self.endpoint(node)
      let mark = node["name"]?.mark ?? node.mark
      if let first = names.updateValue(mark, forKey: endpoint.name) {
        throw DocumentError(
          .expected("a name of its own", found: "'\(endpoint.name)', which stands at \(first)"),
          at: mark)
      }
      endpoints.append(endpoint)
    }
    self.init(endpoints)
  }

  private static func endpoint(_ node: Node) throws(DocumentError) -> Endpoint {
    try node.refuseKeys(besides: endpointKeys)
    let middleware = try node.optional("middleware").map(middleware)
    let port = try node.optional("port").map { node throws(DocumentError) in
      try node.integer(in: UInt16(1)...UInt16.max)
    }
    guard let port = port ?? middleware?.port else {
      throw DocumentError(.missingKey("port"), at: node.mark)
    }
    var endpoint = Endpoint(
      name: try node.required("name").text(), middleware: middleware, place: try place(node),
      port: port, transport: try transport(node) ?? middleware?.transport ?? .tcp)
    if let want = try node.optional("want") {
      endpoint.want = try choice(want, among: Endpoint.Want.self)
    }
    endpoint.idle = try idle(node)
    return endpoint
  }

  private static func middleware(_ node: Node) throws(DocumentError) -> Middleware {
    let name = try node.string()
    guard let known = Middleware.named(name) else {
      let near = name.nearest(among: Middleware.catalogue.map(\.name))
      throw node.mismatch(
        "a middleware of the catalogue" + (near.map { ", such as '\($0)'" } ?? ""))
    }
    return known
  }

  private static func place(_ node: Node) throws(DocumentError) -> Endpoint.Place {
    if let host = try node.optional("host") {
      if let address = try node.optional("address") {
        throw address.mismatch("either 'address' or 'host', not both")
      }
      return .host(try host.string())
    }
    guard let address = try node.optional("address") else { return .anywhere }
    guard case .sequence(let items) = address.value else {
      return .prefixes([try prefix(address)])
    }
    guard !items.isEmpty else { throw address.mismatch("at least one address") }
    return .prefixes(try items.map(prefix))
  }

  private static func prefix(_ node: Node) throws(DocumentError) -> Prefix {
    guard let prefix = Prefix(addressOrPrefix: try node.text()) else {
      throw node.mismatch("an IP address or a prefix such as 10.20.0.0/16")
    }
    return prefix
  }

  private static func transport(_ node: Node) throws(DocumentError) -> TransportProtocol? {
    guard let node = try node.optional("protocol") else { return nil }
    switch try node.string() {
    case "tcp": return .tcp
    case "udp": return .udp
    default: throw node.mismatch("tcp or udp")
    }
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ node: Node, among: Choice.Type
  ) throws(DocumentError) -> Choice {
    guard let choice = Choice(rawValue: try node.text()) else {
      throw node.mismatch(Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }
}

// MARK: - Idle facts

extension Inventory {
  private static func idle(_ node: Node) throws(DocumentError) -> IdleFacts {
    var facts = IdleFacts()
    if let client = try node.optional("client") {
      try client.refuseKeys(besides: [
        "poolMaxIdle", "poolMaxLifetime", "keepalive", "checksLiveness", "readTimeout",
      ])
      facts.client.poolMaxIdle = try span(client, "poolMaxIdle")
      facts.client.poolMaxLifetime = try span(client, "poolMaxLifetime")
      facts.client.readTimeout = try span(client, "readTimeout")
      facts.client.keepalive = try keepalive(client)
      facts.client.checksLiveness = try client.optional("checksLiveness").map {
        node throws(DocumentError) in try node.boolean()
      }
    }
    if let server = try node.optional("server") {
      try server.refuseKeys(besides: ["idleTimeout", "keepalive"])
      facts.server.idleTimeout = try span(server, "idleTimeout")
      facts.server.keepalive = try keepalive(server)
    }
    if let path = try node.optional("path") {
      facts.path = try path.sequence().map(device)
    }
    return facts
  }

  private static func device(_ node: Node) throws(DocumentError) -> IdleFacts.Device {
    try node.refuseKeys(besides: ["device", "idleTimeout", "onExpiry"])
    return IdleFacts.Device(
      name: try node.required("device").string(), idleTimeout: try span(node, "idleTimeout"),
      onExpiry: try node.optional("onExpiry").map { node throws(DocumentError) in
        try choice(node, among: IdleFacts.Device.Expiry.self)
      })
  }

  private static func span(_ node: Node, _ key: String) throws(DocumentError) -> Span? {
    guard let value = try node.optional(key) else { return nil }
    return try span(value)
  }

  private static func span(_ node: Node) throws(DocumentError) -> Span {
    let text = try node.text()
    do throws(SpanError) {
      return try Span(text)
    } catch {
      throw DocumentError(.syntax("\(error)"), at: node.mark)
    }
  }

  /// `off`, which YAML reads as a boolean, or the time of the first probe.
  private static func keepalive(_ node: Node) throws(DocumentError) -> Keepalive? {
    guard let value = try node.optional("keepalive") else { return nil }
    if value.scalar?.boolean == false || value.scalar?.text == "off" { return .off }
    return .on(time: try span(value), interval: nil, probes: nil)
  }
}

extension Prefix {
  /// `10.0.0.1` as well as `10.0.0.0/8`, as users name servers. Istio itself wants the length.
  public init?(addressOrPrefix text: some StringProtocol) {
    if let address = IPAddress(text) { self.init(address) } else { self.init(text) }
  }
}
