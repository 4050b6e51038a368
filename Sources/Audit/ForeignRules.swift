import Istio
import Ruleset

extension Ruleset {
  /// The rules that are not Istio's: neither in a chain of its own, nor a jump to one, nor among what
  /// `candidate` writes into base chains.
  func foreignRules(beside candidate: Candidate) -> [RuleReference] {
    let known = RuleInventory(candidate.ruleset)
    return tables.indices.flatMap { t in
      tables[t].chains.indices.flatMap { c in
        let (table, chain) = (tables[t], tables[t].chains[c])
        let place = RuleInventory.Place(table, chain)
        return chain.rules.indices.filter {
          !table.isIstios(chain.rules[$0], in: chain) && !known.contains(chain.rules[$0], at: place)
        }.map { reference(to: $0 + 1, in: ChainIndex(table: t, chain: c)) }
      }
    }
  }

  /// The same rules without those, and with base chains that let pass what they do not decide.
  func without(_ foreign: [RuleReference]) -> Ruleset {
    let places = Dictionary(grouping: foreign, by: RuleInventory.Place.init)
    var rest = self
    for t in tables.indices {
      for c in tables[t].chains.indices {
        rest.tables[t].chains[c].base?.policy = .accept
        guard let rules = places[RuleInventory.Place(tables[t], tables[t].chains[c])] else {
          continue
        }
        // Tables of two back ends may share a name; the text and origin tell their rules apart.
        let kept = tables[t].chains[c].rules.enumerated().filter { index, rule in
          !rules.contains {
            $0.number == index + 1 && $0.origin == rule.origin && $0.text == rule.text
          }
        }
        rest.tables[t].chains[c].rules = kept.map(\.element)
      }
    }
    return rest
  }

  /// Chains that drop what no rule decides; Istio writes none.
  var droppingChains: [String] {
    tables.flatMap { table in
      table.chains.filter { $0.base?.policy == .drop }.map {
        "\(table.family.rawValue) \(table.name) \($0.name)"
      }
    }
  }
}

extension Table {
  fileprivate func isIstios(_ rule: Rule, in chain: Chain) -> Bool {
    if MeshChain.isIstio(chain.name, in: self) { return true }
    return rule.steps.contains { step in
      switch step {
      case .verdict(.jump(let target)), .verdict(.goto(let target)):
        MeshChain.isIstio(target, in: self)
      default: false
      }
    }
  }
}
