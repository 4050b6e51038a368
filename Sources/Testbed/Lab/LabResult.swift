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
      scenario.expectation(of: connection, isProxied: isProxied), measured)
  }

  mutating func note(
    _ name: String, way: String, _ expected: LabOutcome, _ measured: LabOutcome
  ) {
    rows.append(
      Row(
        name: name, way: way, expected: expected, measured: measured,
        agrees: expected.agrees(with: measured)))
  }
}
