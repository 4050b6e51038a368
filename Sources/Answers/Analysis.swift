public import Addresses
public import FlowSets
public import PacketPath
public import Ruleset

/// What becomes of all packets of a universe: which are captured, which bypass, and so on.
public struct Analysis: Sendable {
  /// The packets that share a fate.
  public struct Part: Sendable {
    public let fate: Fate
    public let traffic: Traffic
    /// The witness's way through the rules, every rule looked at.
    public let path: Path
  }

  public let universe: Universe
  /// A partition of the universe in the order of `Fate.allCases`, without empty parts.
  public let parts: [Part]
  /// Rules that decide about no packet at all, be it of the universe or not; absent where telling them
  /// takes more room than there is.
  public let deadRules: [DeadRule]?
  /// Families that the universe leaves out because no rule decides about them: they pass.
  public let undecided: [Family]

  public init(
    of ruleset: Ruleset, in network: PodNetwork, _ universe: Universe
  ) throws(FlowError) {
    let space = FlowSpace(for: [ruleset], in: network)
    let simulator = try Simulator.valid(ruleset, in: network)
    let all = space.packets(in: universe)
    let fates = try space.flows(of: ruleset, universe.direction).fates(in: all)
    self.universe = universe
    undecided = Family.allCases.filter {
      !universe.families.contains($0) && !ruleset.decides($0)
    }
    parts = fates.compactMap { part in
      guard let traffic = Traffic(part.set, in: all, of: universe) else { return nil }
      return Part(
        fate: part.fate, traffic: traffic,
        path: simulator.path(of: traffic.witness, tracing: true))
    }
    try space.checkBudget("the list of which packets have which fate")
    // By which rules packets come is much more to keep apart than what becomes of them.
    deadRules = try? FlowSpace(for: [ruleset], in: network)
      .deadRules(of: ruleset, in: universe.widened)
  }
}

extension Universe {
  /// Everything that pods with these interfaces send and receive.
  fileprivate var widened: [Universe] {
    Direction.allCases.map {
      var everything = Universe(
        $0, families: Family.allCases, sender: .anyone, proxy: proxy, interfaces: interfaces)
      everything.holdsAnyLoopback = true
      return everything
    }
  }
}
