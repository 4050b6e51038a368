import ArgumentParser
import IdleTimeouts
import Planning

/// What is known of a connection's ends and way; each flag overrides the inventory.
struct IdleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A stateful device on the way (repeatable, in order): aws-nlb, fw=10m:drop.",
      valueName: "name[=time][:drop|reset]"))
  var device: [String] = []

  @Option(help: ArgumentHelp("How long the pool keeps an idle connection.", visibility: .hidden))
  var poolMaxIdle: String?

  @Option(help: ArgumentHelp("How long the pool keeps any connection.", visibility: .hidden))
  var poolLifetime: String?

  @Option(help: ArgumentHelp("The app's TCP keepalive.", valueName: "off|time[/interval/probes]"))
  var clientKeepalive: String?

  @Option(
    help: ArgumentHelp(
      "The server's TCP keepalive.", valueName: "off|time[/interval/probes]", visibility: .hidden))
  var serverKeepalive: String?

  @Option(help: ArgumentHelp("When the server closes an idle connection.", visibility: .hidden))
  var serverIdle: String?

  @Option(help: ArgumentHelp("How long the app waits for an answer.", visibility: .hidden))
  var readTimeout: String?

  @Option(help: ArgumentHelp("Envoy's idle timeout.", valueName: "time|0|unset"))
  var envoyIdleTimeout: String?

  @Option(
    help: ArgumentHelp(
      "Keepalive of Envoy's upstream socket.", valueName: "off|time[/interval/probes]"))
  var envoyKeepalive: String?

  @Option(
    help: ArgumentHelp(
      "How long Envoy waits to detect the protocol; 0 is for ever.", valueName: "off|time",
      visibility: .hidden))
  var protocolDetection: String?

  @Option(help: ArgumentHelp("The client library, such as go-sql-driver.", visibility: .hidden))
  var client: String?

  /// The endpoint with what the flags say of it.
  func applied(to endpoint: Endpoint) throws -> Endpoint {
    var endpoint = endpoint
    if !device.isEmpty {
      endpoint.idle.path = try device.map { text in
        try named("--device") { try IdleFacts.Device(argument: text) }
      }
    }
    try set(&endpoint.idle.client.poolMaxIdle, poolMaxIdle, "--pool-max-idle") { try Span($0) }
    try set(&endpoint.idle.client.poolMaxLifetime, poolLifetime, "--pool-lifetime") { try Span($0) }
    try set(&endpoint.idle.client.readTimeout, readTimeout, "--read-timeout") { try Span($0) }
    try set(&endpoint.idle.server.idleTimeout, serverIdle, "--server-idle") { try Span($0) }
    try set(&endpoint.idle.client.keepalive, clientKeepalive, "--client-keepalive") {
      try Keepalive(argument: $0)
    }
    try set(&endpoint.idle.server.keepalive, serverKeepalive, "--server-keepalive") {
      try Keepalive(argument: $0)
    }
    return endpoint
  }

  func sidecar() throws -> IdleTimeouts.Sidecar {
    var sidecar = IdleTimeouts.Sidecar()
    if let text = envoyIdleTimeout {
      sidecar.idleTimeout = try named("--envoy-idle-timeout") { try .init(argument: text) }
    }
    if let text = envoyKeepalive {
      sidecar.upstreamKeepalive = try named("--envoy-keepalive") { try Keepalive(argument: text) }
    }
    if let text = protocolDetection, text != "off" {
      sidecar.detection = try named("--protocol-detection") { .init(timeout: try Span(text)) }
    }
    return sidecar
  }

  func library() throws -> ClientLibrary? {
    guard let client else { return nil }
    guard let known = ClientLibrary.named(client) else {
      let names = ClientLibrary.table.map(\.name).joined(separator: ", ")
      throw UnusableInput("--client: '\(client)' is not known; expected one of \(names)")
    }
    return known
  }

  private func set<Value>(
    _ place: inout Value?, _ text: String?, _ flag: String, _ read: (String) throws -> Value
  ) throws {
    if let text { place = try named(flag) { try read(text) } }
  }

  private func named<Value>(_ flag: String, _ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch {
      throw UnusableInput("\(flag): \(error)")
    }
  }
}
