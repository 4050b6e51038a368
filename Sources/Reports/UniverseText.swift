import Addresses
import FlowSets
import Ruleset

/// What a question is about, in one sentence.
enum UniverseText {
  static func sentence(_ universes: [Universe]) -> String {
    guard let one = universes.first else { return "Nothing." }
    let subjects = universes.map(subject).joined(separator: ", or that ")
    let families = one.families.map { $0 == .ipv4 ? "IPv4" : "IPv6" }.joined(separator: " and ")
    let parts = ["First packets of connections that \(subjects)", families] + restrictions(one)
    return parts.joined(separator: ", ") + "."
  }

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
