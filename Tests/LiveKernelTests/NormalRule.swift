import Addresses
import Ruleset

/// A rule with what may differ between two ways to write the same thing taken out: the order of
/// tests between two effects, a range as one comparison or two.
struct NormalRule: Hashable, CustomStringConvertible {
  var steps: [String]

  init(_ rule: Rule) {
    steps = []
    var tests: [Constraint] = []
    func flush(_ steps: inout [String], _ tests: inout [Constraint]) {
      steps += tests.map { "\($0.field) in \($0.set.intervals)" }.sorted()
      tests = []
    }
    for step in rule.steps {
      switch step {
      case .test(let test) where test.arms.count == 1 && test.arms[0].result == .goOn:
        for var constraint in test.arms[0].box.constraints {
          if constraint.field == .destinationType || constraint.field == .sourceType {
            constraint.set = constraint.set.intersection(constraint.field.domain(in: .ipv4))
          }
          if let place = tests.firstIndex(where: { $0.field == constraint.field }) {
            tests[place].set = tests[place].set.intersection(constraint.set)
          } else {
            tests.append(constraint)
          }
        }
      case .test(let test):
        flush(&steps, &tests)
        steps.append("\(test)")
      case .effect(let effect):
        flush(&steps, &tests)
        steps.append("\(effect)")
      case .verdict(let verdict):
        flush(&steps, &tests)
        steps.append("\(verdict)")
      }
    }
    flush(&steps, &tests)
  }

  var description: String { steps.joined(separator: "; ") }

  /// A chain's rules by its name, for every table of the ruleset with rules in it.
  static func chains(_ ruleset: Ruleset) -> [String: [NormalRule]] {
    var chains: [String: [NormalRule]] = [:]
    for table in ruleset.tables {
      for chain in table.chains where !chain.rules.isEmpty {
        chains["\(table.family.rawValue) \(table.name) \(chain.name)"] = chain.rules.map(
          NormalRule.init)
      }
    }
    return chains
  }

  /// The same with the text of each rule.
  static func texts(_ ruleset: Ruleset) -> [String: [String]] {
    var chains: [String: [String]] = [:]
    for table in ruleset.tables {
      for chain in table.chains where !chain.rules.isEmpty {
        chains["\(table.family.rawValue) \(table.name) \(chain.name)"] = chain.rules.map(\.text)
      }
    }
    return chains
  }
}
