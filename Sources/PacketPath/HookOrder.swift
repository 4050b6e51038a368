import Addresses
import Ruleset

/// What one hook runs for one family, in order.
struct HookOrder: Sendable {
  /// Base chains of equal priority, each side in the order the kernel runs it: last registered first.
  /// Which side goes first cannot be read from a dump.
  struct Tier: Sendable {
    var priority: Int32
    var legacy: [ChainIndex] = []
    var native: [ChainIndex] = []
  }

  enum Stage: Sendable {
    case chains(Tier)
    /// All nat chains of the hook: netfilter's one NAT hook runs them in order of their priorities,
    /// but at a priority of its own (`nf_nat_register_fn`), -100 or 100.
    case nat([Tier])
  }

  var stages: [Stage] = []

  init(_ ruleset: Ruleset, at hook: Hook, for family: Family) {
    let chains = ruleset.baseChains(at: hook, for: family)
    let nat = chains.filter { ruleset.base($0).kind == .nat }
    let first = nat.min { $0.isCreatedBefore($1) }
    var natIsPlaced = nat.isEmpty
    for chain in chains where ruleset.base(chain).kind != .nat {
      let priority = ruleset.base(chain).priority
      let natGoesFirst =
        priority > hook.natPriority
        || priority == hook.natPriority && first.map(chain.isCreatedBefore) ?? false
      if !natIsPlaced, natGoesFirst {
        stages.append(.nat(Self.tiers(nat, ruleset)))
        natIsPlaced = true
      }
      if case .chains(var tier) = stages.last, tier.priority == priority {
        tier.append(chain, ruleset)
        stages[stages.count - 1] = .chains(tier)
      } else {
        stages += Self.tiers([chain], ruleset).map(Stage.chains)
      }
    }
    if !natIsPlaced { stages.append(.nat(Self.tiers(nat, ruleset))) }
  }

  private static func tiers(_ chains: [ChainIndex], _ ruleset: Ruleset) -> [Tier] {
    chains.reduce(into: []) { tiers, chain in
      let priority = ruleset.base(chain).priority
      if tiers.last?.priority != priority { tiers.append(Tier(priority: priority)) }
      tiers[tiers.count - 1].append(chain, ruleset)
    }
  }
}

extension HookOrder.Tier {
  fileprivate mutating func append(_ chain: ChainIndex, _ ruleset: Ruleset) {
    switch ruleset.tables[chain.table].backend {
    case .iptables, .iptablesLegacy: legacy.append(chain)
    case .iptablesNFT, .nftables: native.append(chain)
    }
  }
}

extension ChainIndex {
  fileprivate func isCreatedBefore(_ other: ChainIndex) -> Bool {
    (table, chain) < (other.table, other.chain)
  }
}

extension Ruleset {
  /// `chain`'s base; only asked of chains found by `baseChains`.
  func base(_ chain: ChainIndex) -> BaseChain {
    self[chain].base ?? BaseChain(.filter, hook: .output, priority: 0)
  }
}
