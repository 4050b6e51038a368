public import Planning

/// What becomes of a connection before anything can idle: up to its first answer.
public struct Opening: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable {
    /// The first answer comes, so much later than without a sidecar.
    case answers(after: Span)
    /// For as long as the application waits.
    case hangs
    /// Connecting succeeded, for it is Envoy who accepts.
    case closed(ServerKind.Close, after: Span)
    /// Connecting itself fails.
    case refused
  }

  public var outcome: Outcome
  /// Nil where it answers at once.
  public var cause: Cause?
}

extension Sidecar {
  /// Listener filters that wait for the client's first bytes to tell its protocol.
  public struct Detection: Hashable, Sendable {
    /// `listener_filters_timeout`; 0 waits for ever.
    public var timeout: Span
    /// Whether the connection goes on afterwards, or is closed.
    public var continues: Bool

    public init(timeout: Span, continues: Bool = true) {
      self.timeout = timeout
      self.continues = continues
    }

    /// `protocolDetectionTimeout 0s`, for a port whose protocol nobody declared.
    public static let istio = Known<Detection>.documented(
      Detection(timeout: Span(milliseconds: 0)), "istio pkg/config/mesh ProtocolDetectionTimeout")
    /// What Envoy does when nothing is said.
    public static let envoy = Known<Detection>.measured(
      Detection(timeout: .seconds(15), continues: false), "EOF in the handshake at 15.00 s")
  }

  /// What DestinationRules and the mesh config leave of it.
  public static let connectTimeout = Known<Span>.documented(
    .seconds(10), "istio pkg/config/mesh ConnectTimeout")
}

extension IdlePath.Server {
  /// How it meets a new connection.
  public enum Reach: String, Hashable, Sendable, CaseIterable {
    case accepts
    case refuses
    /// SYNs vanish.
    case silent
  }
}

extension IdlePath {
  /// How the connection begins, if `others` are open to the same server already. Times leave the
  /// round trips out.
  public func opening(beside others: Int = 0) -> Opening {
    guard let sidecar else {
      switch server.reach {
      case .accepts: return Opening(outcome: .answers(after: Span(milliseconds: 0)))
      case .refuses: return Opening(outcome: .refused, cause: .serverUnreachable)
      case .silent: return Opening(outcome: .hangs, cause: .serverUnreachable)
      }
    }
    var wait = Span(milliseconds: 0)
    if let detection = sidecar.detection, server.speaksFirst {
      // The filters wait for the client's first byte, and the client for the server's.
      guard detection.timeout.orNever < .never else {
        return Opening(outcome: .hangs, cause: .protocolDetection)
      }
      guard detection.continues else {
        return Opening(
          outcome: .closed(.fin, after: detection.timeout), cause: .protocolDetection)
      }
      wait = detection.timeout
    }
    if let limit = sidecar.maxConnections, others >= limit {
      return Opening(outcome: .closed(.fin, after: wait), cause: .connectionLimit)
    }
    switch server.reach {
    case .accepts:
      return Opening(
        outcome: .answers(after: wait), cause: wait.milliseconds == 0 ? nil : .protocolDetection)
    case .refuses: return Opening(outcome: .closed(.fin, after: wait), cause: .serverUnreachable)
    case .silent:
      return Opening(
        outcome: .closed(.reset, after: wait + sidecar.connectTimeout), cause: .serverUnreachable)
    }
  }
}

extension IdlePath {
  /// What a new connection does, to follow its subject.
  public var openingInWords: String {
    switch opening().outcome {
    case .answers(let after): after.milliseconds == 0 ? "answers" : "answers only after \(after)"
    case .hangs: "hangs"
    case .closed(let how, let after):
      "ends with \(how == .fin ? "EOF" : "a reset")"
        + (after.milliseconds == 0 ? " at once" : " after \(after)")
    case .refused: "is refused"
    }
  }
}
