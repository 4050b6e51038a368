public import Addresses

/// Ports excluded for every address, and ranges excluded on every port.
public struct Exclusion: Hashable, Sendable {
  /// In order, each once.
  public var ports: [UInt16]
  /// Without host bits, in order of family and address.
  public var ranges: [Prefix]

  public init(ports: [UInt16] = [], ranges: [Prefix] = []) {
    self.ports = ports
    self.ranges = ranges
  }

  /// Entries: what it takes to write it down.
  public var count: Int { ports.count + ranges.count }
  public var isEmpty: Bool { count == 0 }

  /// Both, each entry once.
  public func union(_ other: Exclusion) -> Exclusion {
    Exclusion(
      ports: Set(ports + other.ports).sorted(), ranges: Set(ranges + other.ranges).sorted())
  }
}

extension Exclusion {
  /// What the settings exclude already, by annotation, mesh-wide value or default. An item that is no
  /// port or range excludes nothing.
  init(of settings: PlanSettings) {
    self.init(
      ports: settings.excludedPortNumbers.sorted(),
      ranges: Set(settings.excludedRanges.compactMap { Prefix($0)?.network }).sorted())
  }
}
