import Addresses

/// The exclusion of least cost, with the proof that there is none of fewer entries.
///
/// The minimum cut of: source → each port, at the port's cost → each prefix wanted on it → the next
/// shorter prefix that may be excluded, at the prefix's own cost → … → sink. Each path from source to
/// sink is one endpoint with the entries that serve it, so a cut is an exclusion. What only a port can
/// serve, or only a range, is a path with one end open.
///
/// The flow is made in two steps: first of weights alone, where what flows through an endpoint is its
/// share of the weight, which proves that none weighs less; then what settles ties is added to the
/// capacities, and the flow goes on.
struct SmallestExclusion: Sendable {
  private(set) var exclusion = Exclusion()
  private(set) var cost = EntryCost.zero
  /// Needs and their share of the weight: what all those that an entry would serve have together is
  /// never more than the entry's weight. So where each weighs one, no two can be served by one.
  private(set) var packing: [(need: Wants.Need, share: Int128)] = []

  /// Every need of `wants` must be free on one side at least.
  init(
    _ wants: Wants, _ obstruction: Obstruction, _ preferences: SuggestionPreferences,
    families: Set<Family>
  ) {
    let costs = EntryCosts(wants.neutrals, families: families, preferences)
    let free = takeForcedPorts(wants, obstruction, costs)
    guard !free.isEmpty else { return }
    var network = ExclusionNetwork(free, obstruction, costs) { range in
      guard obstruction.isOpen(range) else { return false }
      if let shortest = preferences.aggregation[range.family], range.length >= shortest {
        return true
      }
      return wants.open[range.family]?.contains(range.range) ?? false
    }
    network.flowWeights()
    packing += network.packing
    network.flowTies()
    let cut = network.cut
    exclusion.ports = (exclusion.ports + cut.ports).sorted()
    exclusion.ranges = cut.ranges.sorted()
    for port in cut.ports { cost += costs.cost(of: port) }
    for range in cut.ranges { cost += costs.cost(of: range) }
  }

  /// Excludes each port that alone can serve some need; the needs left over on other ports.
  private mutating func takeForcedPorts(
    _ wants: Wants, _ obstruction: Obstruction, _ costs: EntryCosts
  ) -> [(prefix: Prefix, need: Wants.Need)] {
    var isForced = [Bool](repeating: false, count: 1 << 16)
    for need in wants.needs where !obstruction.canBeServedByRange(need) {
      guard !isForced[Int(need.port)] else { continue }
      isForced[Int(need.port)] = true
      let price = costs.cost(of: need.port)
      packing.append((need, price.weight))
      exclusion.ports.append(need.port)
      cost += price
    }
    return wants.needs.compactMap { need in
      guard let prefix = need.prefix, !(isForced[Int(need.port)] && need.isServedByPort) else {
        return nil
      }
      return (prefix, need)
    }
  }
}
