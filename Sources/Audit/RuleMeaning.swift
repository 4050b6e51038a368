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

  private struct Entry: Hashable {
    var place: Place
    var rule: RuleMeaning
  }

  private var counts: [Entry: Int] = [:]
  /// In their order; two inventories of the same rules may still differ here.
  private(set) var chains: [Place: [RuleMeaning]] = [:]

  init(_ ruleset: Ruleset) {
    for table in ruleset.tables {
      for chain in table.chains {
        let place = Place(table, chain)
        let meanings = chain.rules.map(RuleMeaning.init)
        for meaning in meanings { counts[Entry(place: place, rule: meaning), default: 0] += 1 }
        if !meanings.isEmpty { chains[place, default: []] += meanings }
      }
    }
  }

  func contains(_ rule: Rule, at place: Place) -> Bool {
    counts[Entry(place: place, rule: RuleMeaning(rule))] != nil
  }

  /// How many rules one has and the other has not, regardless of their order.
  func distance(to other: RuleInventory) -> Int {
    let missing = counts.reduce(0) { $0 + max(0, $1.value - (other.counts[$1.key] ?? 0)) }
    let added = other.counts.reduce(0) { $0 + max(0, $1.value - (counts[$1.key] ?? 0)) }
    return missing + added
  }
}
