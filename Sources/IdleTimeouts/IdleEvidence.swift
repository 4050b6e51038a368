import Addresses
public import Planning
import Ruleset

/// An endpoint's connections as a live namespace shows them, matched to the decision table.
public struct IdleEvidence: Hashable, Sendable {
  /// Something to be seen on the node, and what it speaks for.
  public struct Observation: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// Bytes to the server are sent again and again.
      case unanswered
      /// Silent for longer than a device on the path remembers, with no probe.
      case forgotten
      /// Envoy's SYN is not answered.
      case unopened
      /// Connected to Envoy, nothing said by either side, and Envoy has no socket to the server.
      case mute
      /// The server's FIN has come, and the application has not closed.
      case halfClosed
      /// Envoy has closed, and the application has not looked.
      case closedByEnvoy
      /// The socket towards the server has no keepalive.
      case unprobed
      /// It has, and the path was judged without.
      case probed
    }

    public var kind: Kind
    /// The row of the decision table; nil where nothing is wrong.
    public var cause: Cause?
    /// Of how many connections.
    public var count: Int
    /// What follows for this path, in a sentence.
    public var meaning: String
    /// Whether the next use, or the present one, fails.
    public var isFault: Bool

    /// `3 connections`.
    public var connections: String { count == 1 ? "1 connection" : "\(count) connections" }
  }

  /// By destination.
  public var groups: [ConnectionGroup]
  /// The gravest first.
  public var observations: [Observation]

  /// nil where no connection to the endpoint is open.
  public init?(of endpoint: Endpoint, on path: IdlePath, in groups: [ConnectionGroup]) {
    let here = groups.filter { group in
      group.destination.port == endpoint.port
        && (endpoint.prefixes.isEmpty
          || endpoint.prefixes.contains { $0.contains(group.destination.address) })
    }
    guard !here.isEmpty else { return nil }
    self.groups = here
    observations = Observation.Kind.allCases.compactMap { kind in
      Observation(kind, in: here, on: path)
    }
  }
}

// MARK: - Looking

extension IdleEvidence.Observation {
  fileprivate init?(_ kind: Kind, in groups: [ConnectionGroup], on path: IdlePath) {
    let seen = groups.flatMap { $0.connections(showing: kind, on: path) }
    guard !seen.isEmpty else { return nil }
    self.kind = kind
    count = seen.count
    cause = Self.cause(of: kind, on: path)
    meaning = Self.meaning(of: kind, seen, on: path)
    isFault = [.unanswered, .forgotten, .unopened, .mute].contains(kind)
  }

  private static func cause(of kind: Kind, on path: IdlePath) -> Cause? {
    switch kind {
    case .unanswered: .deviceDrops
    case .forgotten, .unprobed:
      path.shortestDevice?.onExpiry == .drop ? .deviceDrops : .deviceResets
    case .unopened: .serverUnreachable
    case .mute: .protocolDetection
    case .halfClosed: .serverIdleClose
    case .closedByEnvoy: .envoyIdleTimeout
    case .probed: nil
    }
  }

  private static func meaning(
    of kind: Kind, _ seen: [Connection], on path: IdlePath
  ) -> String {
    let whose = path.isProxied ? "Envoy's socket" : "the app's socket"
    let longest = Span(milliseconds: Int64(seen.map(\.idle).max() ?? 0))
    switch kind {
    case .unanswered:
      return
        "\(whose) sends again and gets no answer: a device has dropped the flow, or the server is gone"
    case .forgotten:
      let device = path.shortestDevice
      return
        "silent for longer than \(device?.name ?? "a device") remembers "
        + "(\(device?.idleTimeout ?? .never)) and not probed: the next use fails"
    case .unopened: return "Envoy's SYN is not answered; the app believes that it is connected"
    case .mute:
      return
        "connected to Envoy, nothing said, and Envoy has no socket to this address: it waits for the "
        + "first byte of a client whose server speaks first"
    case .halfClosed:
      return "the server has closed; it stays half closed until the app closes too"
    case .closedByEnvoy:
      return
        "Envoy has closed (idle timeout, or the drain after a push) and the app has not looked: its "
        + "next use reads EOF"
    case .unprobed:
      return path.shortestDevice == nil
        ? "\(whose) is not probed: any device on the way "
          + (path.judgement.after == .never
            ? "forgets it sooner or later"
            : "that remembers for less than \(path.judgement.after) forgets it")
        : "\(whose) is not probed; the longest silence so far is \(longest.inWholeSeconds)"
    case .probed:
      return
        "\(whose) is probed, and this was judged without: say which schedule it has by "
        + (path.isProxied ? "--envoy-keepalive" : "--client-keepalive")
    }
  }
}

extension ConnectionGroup {
  /// Those at the pod's end of the way to the server.
  private func near(isProxied: Bool) -> [Connection] { isProxied ? upstream : direct }

  fileprivate func connections(
    showing kind: IdleEvidence.Observation.Kind, on path: IdlePath
  ) -> [Connection] {
    let near = near(isProxied: path.isProxied)
    let idle = near.filter { $0.socket.state == .established && !$0.socket.isResending }
    switch kind {
    case .unanswered:
      return near.filter { $0.socket.state != .synSent && $0.socket.isResending }
    case .forgotten:
      guard let device = path.shortestDevice, let limit = device.idleTimeout.milliseconds,
        !path.refresh(of: device).isInTime
      else { return [] }
      return idle.filter { $0.socket.timer == .off && $0.idle >= limit }
    case .unopened: return near.filter { $0.socket.state == .synSent }
    case .mute:
      guard path.isProxied, upstream.isEmpty else { return [] }
      return proxied.map(\.application).filter {
        $0.socket.state == .established && $0.socket.isMute
      }
    case .halfClosed: return near.filter { $0.socket.state == .closeWait }
    case .closedByEnvoy:
      guard path.isProxied else { return [] }
      return proxied.filter {
        $0.application.socket.state == .closeWait && $0.proxy?.socket.state != .closeWait
      }.map(\.application)
    case .unprobed: return idle.filter { $0.socket.timer == .off }
    case .probed:
      guard path.nearEnd.keepalive == .off else { return [] }
      return idle.filter { if case .keepalive = $0.socket.timer { true } else { false } }
    }
  }
}

extension Connection {
  fileprivate var idle: UInt32 { socket.traffic?.idle ?? 0 }
}

extension Socket {
  fileprivate var isResending: Bool {
    if case .retransmit = timer { retransmits > 0 && sendQueue > 0 } else { false }
  }

  /// Only the SYN, which counts as a byte, has been acknowledged.
  fileprivate var isMute: Bool {
    traffic.map { $0.bytesReceived == 0 && $0.bytesAcknowledged <= 1 } ?? false
  }
}

extension IdlePath {
  /// The device that would forget first.
  fileprivate var shortestDevice: StatefulDevice? {
    devices.min { $0.idleTimeout < $1.idleTimeout }
  }
}

extension Span {
  fileprivate var inWholeSeconds: Span { .seconds(wholeSeconds) }
}
