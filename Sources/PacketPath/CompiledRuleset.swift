import Addresses
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
    (mapping == nil ? compiledVerdict(for: packet) : nil)
      ?? readableVerdict(for: packet, mapping: mapping)
  }

  /// Nil where only the readable evaluator can tell.
  func compiledVerdict(for packet: Packet) -> Verdict? {
    var walk = FlatWalk(packet, through: hooks(for: packet.family))
    guard let outcome = walk.run() else { return nil }
    return Verdict(outcome: outcome, rule: walk.decidedBy == 0 ? nil : Int(walk.decidedBy) - 1)
  }

  func hooks(for family: Family) -> CompiledHooks { family == .ipv4 ? ipv4 : ipv6 }

  private func readableVerdict(for packet: Packet, mapping: SocketAddress?) -> Verdict {
    let path = simulator.path(of: packet, mapping: mapping)
    return Verdict(outcome: path.outcome, rule: path.place.map { simulator.number(of: $0) - 1 })
  }
}
