public import FlowSets
public import PacketPath
public import Ruleset

/// Exactly the packets that two rulesets treat differently.
public struct Comparison: Sendable {
  public struct Change: Sendable {
    public let universe: Universe
    /// Equal to `to` where the fate is the same and the outcome is not: another port, another reply.
    /// `unknown` on a side whose outcome hangs on a match that is not understood.
    public let from: Fate
    public let to: Fate
    public let traffic: Traffic
    /// The witness's way through either side's rules.
    public let old: Path
    public let new: Path

    /// Whether it is known that something changes.
    public var isCertain: Bool { from != .unknown && to != .unknown }
  }

  public let universes: [Universe]
  /// By universe, then by fates in the order of `Fate.allCases`; none where the rulesets are equal.
  public let changes: [Change]

  /// Both rulesets are asked in the same pod: the same addresses, the same route for marked packets.
  public init(
    from old: Ruleset, to new: Ruleset, in network: PodNetwork, _ universes: [Universe]
  ) throws(FlowError) {
    let space = FlowSpace(for: [old, new], in: network)
    let before = try Simulator.valid(old, in: network)
    let after = try Simulator.valid(new, in: network)
    var flows: [Direction: (old: FlowMap, new: FlowMap)] = [:]
    for direction in Direction.allCases
    where universes.contains(where: { $0.direction == direction }) {
      flows[direction] = (
        try space.flows(of: old, direction), try space.flows(of: new, direction)
      )
    }
    var changes: [Change] = []
    for universe in universes {
      guard let (old, new) = flows[universe.direction] else { continue }
      let all = space.packets(in: universe)
      for change in old.changes(to: new, in: all) {
        guard let traffic = Traffic(change.set, in: all, of: universe) else { continue }
        changes.append(
          Change(
            universe: universe, from: change.from, to: change.to, traffic: traffic,
            old: before.path(of: traffic.witness, tracing: true),
            new: after.path(of: traffic.witness, tracing: true)))
      }
    }
    try space.checkBudget("the comparison")
    self.universes = universes
    self.changes = changes
  }
}
