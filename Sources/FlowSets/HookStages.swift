import Addresses
import Ruleset

/// What one hook runs for one family, in order.
struct HookStages {
  /// Base chains of equal priority; each side in the order the kernel runs it.
  struct Stage {
    var priority: Int32
    var isNAT: Bool
    var legacy: [ChainIndex] = []
    var native: [ChainIndex] = []
  }

  private(set) var beforeConntrack: [Stage] = []
  private(set) var afterConntrack: [Stage] = []

  /// Conntrack's own place (`NF_IP_PRI_CONNTRACK`), in the two hooks where packets come in.
  private static let conntrack: Int32 = -200

  init(of ruleset: Ruleset, at hook: Hook, for family: Family) {
    var filters: [ChainIndex] = []
    var nats: [ChainIndex] = []
    for chain in ruleset.baseChains(at: hook, for: family) {
      if ruleset[chain].base?.kind == .nat { nats.append(chain) } else { filters.append(chain) }
    }
    for chain in filters {
      let priority = ruleset[chain].base?.priority ?? 0
      if hook.mapsDestination, priority < Self.conntrack {
        Self.add(chain, of: ruleset, to: &beforeConntrack)
      } else {
        Self.add(chain, of: ruleset, to: &afterConntrack)
      }
    }
    insert(nats, of: ruleset, at: hook.natPriority)
  }

  /// All nat chains of a hook run where netfilter's one NAT hook does, at a priority of its own
  /// (`nf_nat_register_fn`), among themselves by theirs. That hook was registered with the first.
  private mutating func insert(_ nats: [ChainIndex], of ruleset: Ruleset, at priority: Int32) {
    guard let first = nats.min(by: { ($0.table, $0.chain) < ($1.table, $1.chain) }) else { return }
    var stages: [Stage] = []
    for chain in nats { Self.add(chain, of: ruleset, to: &stages) }
    let place = afterConntrack.firstIndex { stage in
      if stage.priority != priority { return stage.priority > priority }
      return (stage.legacy + stage.native).allSatisfy {
        ($0.table, $0.chain) < (first.table, first.chain)
      }
    }
    afterConntrack.insert(contentsOf: stages, at: place ?? afterConntrack.endIndex)
  }

  private static func add(_ chain: ChainIndex, of ruleset: Ruleset, to stages: inout [Stage]) {
    guard let base = ruleset[chain].base else { return }
    if stages.last?.priority != base.priority {
      stages.append(Stage(priority: base.priority, isNAT: base.kind == .nat))
    }
    if ruleset.tables[chain.table].backend.isLegacy {
      stages[stages.count - 1].legacy.append(chain)
    } else {
      stages[stages.count - 1].native.append(chain)
    }
  }
}
