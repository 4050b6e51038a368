import Addresses
import FlowSets
import Ruleset

extension Region {
  /// `tcp and udp`; nil for any protocol.
  var protocolWords: String? {
    protocols?.intervals.map(TransportProtocol.words).joined(separator: " and ")
  }

  /// ` over IPv6`; empty for both families.
  var familyWords: String { family.map { " over \($0.title)" } ?? "" }

  /// ` for gid 7`; empty for every group.
  var groupWords: String { gids.map { " for gid \($0.words())" } ?? "" }
}

extension TransportProtocol {
  /// `tcp`; `0-5` for several.
  static func words(for numbers: IntervalSet.Interval) -> String {
    numbers.isSingle
      ? "\(Self(rawValue: UInt8(truncatingIfNeeded: numbers.lowerBound)))" : numbers.words
  }
}
