import Addresses
import Documents
import FlowSets
import Ruleset

extension Region {
  /// An item of every `cover`. A key that is left out stands for any value.
  var json: JSONValue {
    .object([
      "families": family.map { [.string("\($0)")] },
      "protocol": protocols.map {
        .string($0.intervals.map(TransportProtocol.words).joined(separator: ","))
      },
      "ports": ports.map { .string($0.words(separator: ",")) },
      "destinations": destinations.map(Self.list),
      "sources": sources.map(Self.list),
      "sourcePorts": sourcePorts.map { .string($0.words(separator: ",")) },
      "icmp": icmp.map { .string($0.words(separator: ",")) },
      "uids": uids.map { .string(Self.owners($0)) },
      "gids": gids.map { .string(Self.owners($0)) },
      "interfaces": (outputInterfaces ?? inputInterfaces).map(Self.list),
    ])
  }

  private static func list(_ items: [some CustomStringConvertible]) -> JSONValue {
    .array(items.map { .string("\($0)") })
  }

  /// Numbers, and `none` where packets without a socket belong to it.
  private static func owners(_ set: IntervalSet) -> String {
    let ids = set.intersection(IntervalSet([0...Owner.none - 1]))
    let words = [
      ids.isEmpty ? nil : ids.words(separator: ","), set.contains(Owner.none) ? "none" : nil,
    ]
    return words.compactMap(\.self).joined(separator: ",")
  }
}
