extension EndpointJudge {
  /// Rules divide an endpoint's traffic by so many fields at once that trying a packet of each
  /// combination would take no end.
  public struct TooManyCombinations: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its name.
    public var endpoint: String

    public var description: String { "\(endpoint): \(Self.reason)" }

    /// Why a part is unknown, and who knows.
    static let reason =
      "its fate hangs on more combinations of sender, way out and address than are tried here; "
      + "'analyze --to ADDRESS --port PORT' tells them exactly"
  }
}
