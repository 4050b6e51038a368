import Addresses
import FlowSets
import Ruleset

/// What a question is about, in one sentence.
enum UniverseText {
  static func sentence(_ universes: [Universe]) -> String {
    guard let one = universes.first else { return "Nothing." }
    let families = one.families.map(\.title).joined(separator: " and ")
    let isCommon = universes.allSatisfy { restrictions($0) == restrictions(one) }
    let subjects = universes.map { universe in
      ([subject(universe)] + (isCommon ? [] : restrictions(universe))).joined(separator: ", ")
    }
    let start = "First packets of connections that \(subjects.joined(separator: ", or that "))"
    let sentence = ([start, families] + (isCommon ? restrictions(one) : []))
      .joined(separator: ", ")
    return sentence + "." + (one.interfaces.contains(.other) ? named : "")
  }

  private static let named = " 'other' is any interface that no rule names."

  private static func subject(_ universe: Universe) -> String {
    switch (universe.direction, universe.sender) {
    case (.inbound, _): "arrive at the pod"
    case (.outbound, .app): "apps in the pod open"
    case (.outbound, .proxy): "the proxy opens"
    case (.outbound, .anyone): "anyone in the pod opens"
    }
  }

  private static func restrictions(_ universe: Universe) -> [String] {
    var region = Region()
    region.protocols = universe.protocols
    region.ports = universe.ports
    region.destinations = universe.destinations
    region.uids = universe.uids
    region.gids = universe.gids
    if region == Region() { return [] }
    return ["only " + RegionText(in: universe).restriction(region)]
  }
}
