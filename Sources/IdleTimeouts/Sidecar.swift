public import Planning

/// Envoy beside the application, as far as a TCP connection's life depends on it.
public struct Sidecar: Hashable, Sendable {
  /// `idle_timeout` of the TCP proxy filter. Keepalive probes, of either side, do not reset it.
  public enum IdleTimeout: Hashable, Sendable {
    /// Absent, or null: Envoy's hour.
    case unset
    /// `0s`.
    case off
    case after(Span)

    public var span: Span {
      switch self {
      case .unset: Sidecar.defaultIdleTimeout.value
      case .off: .never
      case .after(let span): span
      }
    }
  }

  public var idleTimeout: IdleTimeout
  /// `upstream_connection_options.tcp_keepalive`, on the socket towards the server.
  public var upstreamKeepalive: Keepalive
  /// `max_downstream_connection_duration`; `never` unless set.
  public var maxConnectionDuration: Span
  /// How long replaced filter chains live on after a configuration push.
  public var drain: Span
  /// Absent where the port's protocol is declared, so that nobody need guess it.
  public var detection: Detection?
  /// The circuit breaker's `max_connections` to a server; absent for Envoy's own 1024 or more.
  public var maxConnections: Int?
  public var connectTimeout: Span

  public init(
    idleTimeout: IdleTimeout = .unset,
    upstreamKeepalive: Keepalive = Self.defaultUpstreamKeepalive.value,
    maxConnectionDuration: Span = .never, drain: Span = Self.istioDrain.value,
    detection: Detection? = nil, maxConnections: Int? = nil,
    connectTimeout: Span = Self.connectTimeout.value
  ) {
    self.idleTimeout = idleTimeout
    self.upstreamKeepalive = upstreamKeepalive
    self.maxConnectionDuration = maxConnectionDuration.orNever
    self.drain = drain
    self.detection = detection
    self.maxConnections = maxConnections
    self.connectTimeout = connectTimeout
  }

  /// When Envoy has closed an idle connection: none idles longer than it may live.
  public var closes: Span { min(idleTimeout.span, maxConnectionDuration) }

  public static let defaultIdleTimeout = Known<Span>.measured(
    .seconds(3600),
    "closed after 3604.7 s of Envoy's clock, unset and null alike; Envoy FAQ timeouts")
  public static let defaultUpstreamKeepalive = Known<Keepalive>.measured(
    .off, "ss on Envoy's upstream socket; istio setKeepAliveSettings")
  public static let istioDrain = Known<Span>.documented(
    .seconds(45), "istio pkg/config/mesh DrainDuration; Envoy's own default is 600 s")
  /// The first Istio whose source hands a DestinationRule's `tcp.idleTimeout` to the TCP proxy.
  public static let destinationRuleIdleTimeout = Known<String>.documented(
    "1.21", "istio networkfilter.go, absent in 1.19 and 1.20; users report otherwise on 1.27")
}

/// Why a text is no `--envoy-idle-timeout`.
public struct IdleTimeoutError: Error, Hashable, Sendable, CustomStringConvertible {
  public var text: String
  public var reason: SpanError

  public var description: String {
    "\(reason); or 0 for off, or unset for Envoy's own \(Sidecar.defaultIdleTimeout.value)"
  }
}

extension Sidecar.IdleTimeout {
  /// `unset`, `0` (off), or a span.
  public init(argument text: String) throws(IdleTimeoutError) {
    if text == "unset" {
      self = .unset
      return
    }
    do {
      let span = try Span(text)
      self = span.orNever == .never ? .off : .after(span)
    } catch {
      throw IdleTimeoutError(text: text, reason: error)
    }
  }
}
