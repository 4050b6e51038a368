import Addresses
import Ruleset

/// A rule by what it does, however it is written: the order of tests between two effects, and a range
/// as one comparison or two, make no difference. Equal meanings are equal rules; the converse need
/// not hold.
struct RuleMeaning: Hashable {
  private enum Part: Hashable {
    case constraints([Field: IntervalSet])
    case step(Rule.Step)
  }

  private var parts: [Part] = []

  init(_ rule: Rule) {
    var constraints: [Field: IntervalSet] = [:]
    for step in rule.steps {
      if case .test(let test) = step, test.arms.count == 1, test.arms[0].result == .goOn {
        for constraint in test.arms[0].box.constraints {
          constraints[constraint.field] =
            constraints[constraint.field]?.intersection(constraint.set) ?? constraint.set
        }
      } else {
        if !constraints.isEmpty { parts.append(.constraints(constraints)) }
        constraints = [:]
        parts.append(.step(step))
      }
    }
    if !constraints.isEmpty { parts.append(.constraints(constraints)) }
  }
}

/// Which rules stand in which chain: enough to tell whose rules they are.
struct RuleInventory {
  struct Place: Hashable {
    var family: TableFamily
    var table: String
    var chain: String

    init(_ table: Table, _ chain: Chain) {
      family = table.family
      self.table = table.name
      self.chain = chain.name
    }

    init(_ rule: RuleReference) {
      family = rule.family
      table = rule.table
      chain = rule.chain
    }
  }

  /// In their order.
  private(set) var chains: [Place: [RuleMeaning]] = [:]

  init(_ ruleset: Ruleset) {
    for table in ruleset.tables {
      for chain in table.chains where !chain.rules.isEmpty {
        chains[Place(table, chain), default: []] += chain.rules.map(RuleMeaning.init)
      }
    }
  }

  func contains(_ rule: Rule, at place: Place) -> Bool {
    chains[place]?.contains(RuleMeaning(rule)) ?? false
  }

  /// How many rules one has and the other has not, regardless of their order.
  func distance(to other: RuleInventory) -> Int {
    var shared = 0
    for (place, rules) in other.chains {
      var rest = chains[place] ?? []
      for rule in rules {
        guard let index = rest.firstIndex(of: rule) else { continue }
        rest.remove(at: index)
        shared += 1
      }
    }
    return count + other.count - 2 * shared
  }

  private var count: Int { chains.values.reduce(0) { $0 + $1.count } }
}
