public import Addresses

/// What makes one exclusion better than another.
public struct SuggestionPreferences: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case ports, ranges
  }

  public enum Weight: String, Hashable, Sendable, CaseIterable {
    /// Each port and each range is one.
    case entries
    /// The destinations (address and port) an entry lets bypass: a port at every address, a range on
    /// every port. IPv6 is counted in networks of 64 bits.
    case space
  }

  public var weight = Weight.entries
  /// What wins where both weigh the same. Ports, since addresses move.
  public var preferred = Kind.ports
  /// The shortest range that may hold addresses nobody asked for, by family; without one, none may.
  public var aggregation: [Family: Int] = [:]
  /// Ports that may not be excluded.
  public var neverPorts: Set<UInt16> = []
  /// Whether what the settings exclude already stays.
  public var keepsExclusions = false

  public init() {}
}
