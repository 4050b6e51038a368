import Addresses
import FlowSets
import Ruleset

/// What a question is about, in one sentence.
enum UniverseText {
  static func sentence(_ universes: [Universe]) -> String {
    let all = universes.map(subject).joined(separator: ", and ")
    guard let one = universes.first else { return "Nothing." }
    let families = one.families.map { $0 == .ipv4 ? "IPv4" : "IPv6" }.joined(separator: " and ")
    return ([all, families] + restrictions(one)).joined(separator: ", ").capitalizedFirst + "."
  }

  private static func subject(_ universe: Universe) -> String {
    switch (universe.direction, universe.sender) {
    case (.inbound, _): "traffic arriving at the pod"
    case (.outbound, .app): "app traffic sent in the pod"
    case (.outbound, .proxy): "the proxy's own traffic"
    case (.outbound, .anyone): "all traffic sent in the pod"
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
    return ["only " + RegionText(in: universe).line(region)]
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
