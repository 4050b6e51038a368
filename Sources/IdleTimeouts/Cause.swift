/// The decision table: what ends a connection, or keeps it from beginning, and what shows it.
///
/// Rows as measured with a real Envoy, real servers and real clients; `IdlePath.judgement` and
/// `IdlePath.opening` say which row a path is in.
public enum Cause: String, Hashable, Sendable, CaseIterable {
  case envoyIdleTimeout
  case deviceResets
  case deviceDrops
  case drain
  case serverIdleClose
  case protocolDetection
  case connectionLimit
  case fixedAge
  case serverUnreachable
  case unansweredWrite

  /// What the application meets.
  public var symptom: String {
    switch self {
    case .envoyIdleTimeout: "EOF after exactly the idle timeout, 1 h unless set"
    case .deviceResets: "reset on the first use after a long quiet spell; an excluded port is fine"
    case .deviceDrops: "a hang for the read timeout after a long quiet spell"
    case .drain: "all long connections cut together, busy or not, 45 s after a push"
    case .serverIdleClose: "EOF or reset at the server's own timeout, without a sidecar too"
    case .protocolDetection: "a hang at the handshake, where the server speaks first"
    case .connectionLimit: "EOF right after connecting, under load"
    case .fixedAge: "cut at a fixed age, busy or not"
    case .serverUnreachable: "connecting succeeds, then EOF at once or a reset"
    case .unansweredWrite: "no error at all, and the write is lost"
    }
  }

  /// Where the node, or Envoy, shows it. Envoy's counters need
  /// `sidecar.istio.io/statsInclusionPrefixes: tcp.,cluster.,listener.`.
  public func trace(isProxied: Bool = true) -> String {
    isProxied ? traceThroughEnvoy : tracePastEnvoy
  }

  private var tracePastEnvoy: String {
    switch self {
    case .deviceResets: "ss -tno: the app's socket has no timer, or one that fires too late"
    case .deviceDrops:
      "ss -tnoi while it hangs: the app's socket retransmits with bytes in Send-Q"
    case .serverIdleClose: "the server's configuration; ss: CLOSE-WAIT at the app"
    case .serverUnreachable: "connect() fails, or ss shows SYN-SENT"
    case .unansweredWrite: "as for a device; the library sends and reads no reply"
    // Envoy's alone.
    case .envoyIdleTimeout, .drain, .protocolDetection, .connectionLimit, .fixedAge:
      traceThroughEnvoy
    }
  }

  private var traceThroughEnvoy: String {
    switch self {
    case .envoyIdleTimeout:
      "Envoy's counter tcp.PREFIX.idle_timeout; access log %DOWNSTREAM_LOCAL_CLOSE_REASON% = "
        + "tcp_session_idle_timeout"
    case .deviceResets:
      "ss -tno: Envoy's socket to the server has no timer; access log flags UR with a remote reset"
    case .deviceDrops:
      "ss -tnoi while it hangs: Envoy's socket retransmits with bytes in Send-Q, the app's is "
        + "healthy; no counter of Envoy's moves"
    case .drain:
      "Envoy's listener_manager.listener_in_place_updated; access log filter_chain_is_being_removed"
    case .serverIdleClose:
      "the server's configuration; ss: CLOSE-WAIT at the app and at Envoy, FIN-WAIT-2 between them"
    case .protocolDetection:
      "ss: the app is connected and Envoy has no socket to the server; "
        + "listener.PREFIX.downstream_pre_cx_timeout where a timeout is set"
    case .connectionLimit: "Envoy's cluster.NAME.upstream_cx_overflow; access log flags UO"
    case .fixedAge: "Envoy's tcp.PREFIX.max_downstream_connection_duration; access log flags DT"
    case .serverUnreachable:
      "Envoy's cluster.NAME.upstream_cx_connect_fail or _timeout; access log flags UF,URX"
    case .unansweredWrite: "as for a device; the library sends and reads no reply"
    }
  }
}

extension IdlePath {
  /// The row of the decision table that a judgement of this path is in; nil where nothing closes it
  /// but the application.
  public func cause(of judgement: Judgement) -> Cause? {
    switch judgement.closer {
    case .nobody, .pool: return nil
    case .server: return judgement.symptom == .silentLoss ? .unansweredWrite : .serverIdleClose
    case .envoy:
      guard judgement.symptom != .silentLoss else { return .unansweredWrite }
      guard let sidecar else { return nil }
      return sidecar.idleTimeout.span <= sidecar.maxConnectionDuration
        ? .envoyIdleTimeout : .fixedAge
    case .device(let index):
      guard judgement.symptom != .silentLoss else { return .unansweredWrite }
      return devices[index].onExpiry == .reset ? .deviceResets : .deviceDrops
    }
  }
}
