internal import IdleTimeouts
internal import Planning
public import Ruleset

/// The model and the real thing side by side, for one scenario.
public struct LabResult: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    public var name: String
    /// `Envoy` or `direct`: what the rules do with it.
    public var way: String
    public var expected: LabOutcome
    public var measured: LabOutcome
    public var agrees: Bool
  }

  /// A socket of the pod, as netstat shows it.
  public struct PodSocket: Hashable, Sendable {
    /// `app` or `envoy`.
    public var holder: String
    public var local: Socket.Address
    public var remote: Socket.Address
    public var timer: Socket.Timer
  }

  public var scenario: LabScenario
  public var rows: [Row] = []
  /// Those of the connections, just after they were opened.
  public var sockets: [PodSocket] = []
  /// The lab's name, where it stays.
  public var keptAs: String?

  init(_ scenario: LabScenario) { self.scenario = scenario }

  public var agrees: Bool { rows.allSatisfy(\.agrees) }

  mutating func note(
    _ connection: LabScenario.Connection, isProxied: Bool, _ measured: LabOutcome
  ) {
    note(
      connection.name, way: isProxied ? "Envoy" : "direct",
      scenario.expectation(of: connection, isProxied: isProxied), measured,
      lateness: connection.server.lateness)
  }

  mutating func note(
    _ name: String, way: String, _ expected: LabOutcome, _ measured: LabOutcome,
    lateness: Span = Span(milliseconds: 0)
  ) {
    rows.append(
      Row(
        name: name, way: way, expected: expected, measured: measured,
        agrees: expected.agrees(with: measured, lateness: lateness)))
  }
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
