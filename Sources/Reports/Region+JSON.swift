import Addresses
import Documents
import FlowSets
import Ruleset

extension Region {
  /// An item of every `cover`. A key that is left out stands for any value.
  var json: JSONValue {
    .object([
      "families": family.map { [.string("\($0)")] },
      "protocol": protocols.map { .string(Self.protocols($0)) },
      "ports": ports.map { .string(Self.numbers($0)) },
      "destinations": destinations.map(Self.list),
      "sources": sources.map(Self.list),
      "sourcePorts": sourcePorts.map { .string(Self.numbers($0)) },
      "icmp": icmp.map { .string(Self.numbers($0)) },
      "uids": uids.map { .string(Self.owners($0)) },
      "gids": gids.map { .string(Self.owners($0)) },
      "interfaces": (outputInterfaces ?? inputInterfaces).map(Self.list),
    ])
  }

  private static func list(_ items: [some CustomStringConvertible]) -> JSONValue {
    .array(items.map { .string("\($0)") })
  }

  /// `3307,8000-8010`.
  static func numbers(_ set: IntervalSet) -> String {
    set.intervals.map {
      $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }.joined(separator: ",")
  }

  /// `tcp`, `0-5,7-255`.
  private static func protocols(_ set: IntervalSet) -> String {
    set.intervals.map { interval in
      interval.lowerBound == interval.upperBound
        ? "\(TransportProtocol(rawValue: UInt8(truncatingIfNeeded: interval.lowerBound)))"
        : "\(interval.lowerBound)-\(interval.upperBound)"
    }.joined(separator: ",")
  }

  /// Numbers, and `none` where packets without a socket belong to it.
  private static func owners(_ set: IntervalSet) -> String {
    let ids = set.intersection(IntervalSet([0...Owner.none - 1]))
    let words = [ids.isEmpty ? nil : numbers(ids), set.contains(Owner.none) ? "none" : nil]
    return words.compactMap(\.self).joined(separator: ",")
  }
}
