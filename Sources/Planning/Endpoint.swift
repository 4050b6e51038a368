public import Addresses
public import Ruleset

/// A server that the application talks to, and what the user wants of that traffic.
public struct Endpoint: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    /// Any address outside the pod.
    case anywhere
    /// Never empty.
    case prefixes([Prefix])
    /// A name that is not looked up, so any address outside the pod.
    case host(String)
  }

  public enum Want: String, Hashable, Sendable, CaseIterable {
    case bypass
    case captured
    case either
  }

  public var name: String
  public var middleware: Middleware?
  public var place: Place
  public var port: UInt16
  public var transport: TransportProtocol
  public var want: Want
  /// What is known of the way the connection lives and dies, for `timeouts`.
  public var idle: IdleFacts

  public init(
    name: String, middleware: Middleware? = nil, place: Place, port: UInt16,
    transport: TransportProtocol = .tcp, want: Want = .either, idle: IdleFacts = IdleFacts()
  ) {
    self.name = name
    self.middleware = middleware
    self.place = place
    self.port = port
    self.transport = transport
    self.want = want
    self.idle = idle
  }

  /// A catalogue entry, wherever its servers are.
  public init(_ middleware: Middleware) {
    self.init(
      name: middleware.name, middleware: middleware, place: .anywhere, port: middleware.port,
      transport: middleware.transport)
  }

  /// The addresses meant; empty where any address is.
  public var prefixes: [Prefix] {
    if case .prefixes(let prefixes) = place { prefixes } else { [] }
  }
}

/// What an inventory may say of an idle connection's ends and way. Absent values are taken from
/// tables by `timeouts`.
public struct IdleFacts: Hashable, Sendable {
  /// The application's side.
  public struct Client: Hashable, Sendable {
    public var poolMaxIdle: Span?
    public var poolMaxLifetime: Span?
    public var keepalive: Keepalive?
    public var checksLiveness: Bool?
    public var readTimeout: Span?

    public init() {}
  }

  public struct Server: Hashable, Sendable {
    public var idleTimeout: Span?
    public var keepalive: Keepalive?

    public init() {}
  }

  /// A stateful device that forgets a flow it has not seen for a while.
  public struct Device: Hashable, Sendable {
    public enum Expiry: String, Hashable, Sendable, CaseIterable {
      /// Later packets vanish.
      case drop
      /// Later packets are answered by RST.
      case reset
    }

    public var name: String
    public var idleTimeout: Span?
    public var onExpiry: Expiry?

    public init(name: String, idleTimeout: Span? = nil, onExpiry: Expiry? = nil) {
      self.name = name
      self.idleTimeout = idleTimeout
      self.onExpiry = onExpiry
    }
  }

  public var client = Client()
  public var server = Server()
  /// In order from the pod to the server.
  public var path: [Device] = []

  public init() {}
}

/// TCP keepalive of one end.
public enum Keepalive: Hashable, Sendable {
  case off
  /// First probe after `time` of silence; then every `interval`, `probes` times. What is absent is
  /// the operating system's.
  case on(time: Span, interval: Span?, probes: Int?)
}
