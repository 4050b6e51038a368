public import Addresses
public import Ruleset

/// The simulator's answers in volume, without their reasons: about a tenth of a microsecond a packet.
///
/// Chains are compiled to one flat row of fixed-size tests (`ChainCompiler`); the hooks, conntrack, NAT
/// and routing between them are those of `Walk`, for packets of which everything that matters is
/// known. Whatever else comes by is handed to the readable evaluator, so the answers are always its
/// own; a property test holds the two against each other.
public struct CompiledRuleset: Sendable {
  /// What becomes of a packet, and which rule decided.
  public struct Verdict: Hashable, Sendable {
    public var outcome: Outcome
    /// The deciding rule's place in `rules`; absent where no rule decided.
    public var rule: Int?
  }

  public let simulator: Simulator
  /// Every rule of the ruleset, table by table and chain by chain.
  public let rules: [RuleReference]
  private let ipv4: CompiledHooks
  private let ipv6: CompiledHooks

  public init(_ simulator: Simulator) {
    self.simulator = simulator
    ipv4 = CompiledHooks(simulator, for: .ipv4)
    ipv6 = CompiledHooks(simulator, for: .ipv6)
    var rules: [RuleReference] = []
    for (t, table) in simulator.ruleset.tables.enumerated() {
      for (c, chain) in table.chains.enumerated() {
        let place = ChainIndex(table: t, chain: c)
        rules += chain.rules.indices.map { simulator.ruleset.reference(to: $0 + 1, in: place) }
      }
    }
    self.rules = rules
  }

  /// The same as the outcome and the deciding rule of `Simulator.path`.
  public func verdict(for packet: Packet, mapping: SocketAddress? = nil) -> Verdict {
    compiledVerdict(for: packet) ?? readableVerdict(for: packet, mapping: mapping)
  }

  /// Nil where only the readable evaluator can tell.
  func compiledVerdict(for packet: Packet) -> Verdict? {
    let hooks = packet.family == .ipv4 ? ipv4 : ipv6
    var walk = FlatWalk(packet, simulator.network)
    guard let outcome = walk.run(hooks, simulator.network) else { return nil }
    return Verdict(outcome: outcome, rule: walk.decidedBy == 0 ? nil : Int(walk.decidedBy) - 1)
  }

  private func readableVerdict(for packet: Packet, mapping: SocketAddress?) -> Verdict {
    let answer = simulator.answer(for: packet, mapping: mapping, tracing: false)
    return Verdict(
      outcome: answer.outcome, rule: answer.decidedBy.map { simulator.number(of: $0) - 1 })
  }
}

/// What each hook runs for one family, as entries into one program.
struct CompiledHooks: Sendable {
  struct Stage: Sendable {
    var priority: Int32
    var entry: UInt32
    var isNAT: Bool
    /// A change of the mark here routes the packet anew.
    var isRoute: Bool
    /// Whether its order among the chains of its priority cannot be read from a dump.
    var isOrderKnown: Bool
    /// Whether a connection that passed here when it was new may have been mapped.
    var canMap: Bool
  }

  let program: Program
  private(set) var stages: [Stage] = []
  private(set) var ranges: [Range<Int>] = []
  /// Hooks whose rules test what may be known only of some packets.
  private(set) var testsFlags: [Bool] = []
  private(set) var testsDestination: [Bool] = []
  private(set) var testsOwner: [Bool] = []

  init(_ simulator: Simulator, for family: Family) {
    program = ChainCompiler.compile(simulator, for: family)
    for hook in Hook.allCases {
      let start = stages.count
      for stage in simulator.order(at: hook, for: family).stages {
        switch stage {
        case .chains(let tier): append(tier, isNAT: false, at: tier.priority, simulator)
        case .nat(let tiers):
          let priority: Int32 = hook == .prerouting || hook == .output ? -100 : 100
          for tier in tiers { append(tier, isNAT: true, at: priority, simulator) }
        }
      }
      ranges.append(start..<stages.count)
    }
    let fields = simulator.ruleset.fieldsTested
    for _ in Hook.allCases {
      testsFlags.append(fields.contains(.flags))
      testsDestination.append(fields.contains(.destination))
      testsOwner.append(fields.contains(.owner))
    }
  }

  private mutating func append(
    _ tier: HookOrder.Tier, isNAT: Bool, at priority: Int32, _ simulator: Simulator
  ) {
    for chain in tier.legacy + tier.native {
      stages.append(
        Stage(
          priority: priority, entry: program.entries[chain] ?? 0, isNAT: isNAT,
          isRoute: simulator.ruleset.base(chain).kind == .route,
          isOrderKnown: tier.legacy.isEmpty || tier.native.isEmpty,
          canMap: simulator.reach[chain.table][chain.chain].contains(.captures)))
    }
  }
}
