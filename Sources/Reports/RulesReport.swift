public import Documents
public import Ruleset

/// A ruleset for people and for scripts: what is there, in order of evaluation, and what each rule
/// is there for where that is known.
public struct RulesReport {
  public var ruleset: Ruleset
  /// One sentence: whose rules these are.
  public var headline: String
  /// What the rule at a place is for.
  public var purpose: (RuleReference) -> String?

  public init(
    _ ruleset: Ruleset, headline: String,
    purpose: @escaping (RuleReference) -> String? = { _ in nil }
  ) {
    self.ruleset = ruleset
    self.headline = headline
    self.purpose = purpose
  }
}

// MARK: - Text

extension RulesReport {
  public var text: String {
    var lines = headline.wrapped(to: 80)
    for index in ruleset.chainsInOrderOfEvaluation {
      let table = ruleset.tables[index.table]
      let chain = ruleset[index]
      if chain.rules.isEmpty, chain.base?.policy != .drop { continue }
      lines += ["", title(of: chain, in: table)]
      for number in chain.rules.indices.map({ $0 + 1 }) {
        let rule = ruleset.reference(to: number, in: index)
        lines.append("\("\(number)".leftPadded(to: 4))  \(rule.text)")
        lines += (purpose(rule)?.wrapped(to: 72) ?? []).map { "        \($0)" }
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func title(of chain: Chain, in table: Table) -> String {
    let family = table.family == .ip ? "" : "\(table.family.rawValue) "
    guard let base = chain.base else { return "\(family)\(table.name) \(chain.name)" }
    return "\(family)\(table.name) \(chain.name)"
      + "  (\(base.kind.rawValue), hook \(base.hook), priority \(base.priority),"
      + " policy \(base.policy.rawValue))"
  }
}

// MARK: - JSON

extension RulesReport {
  public var json: JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Rules",
      "tables": .array(ruleset.tables.indices.map(table)),
    ])
  }

  private func table(_ index: Int) -> JSONValue {
    let table = ruleset.tables[index]
    return .object([
      "family": .string(table.family.rawValue),
      "name": .string(table.name),
      "backend": .string(table.backend.rawValue),
      "chains": .array(
        table.chains.indices.map { chain(ChainIndex(table: index, chain: $0)) }),
      "sets": .array(
        table.sets.map {
          .object(["name": .string($0.name), "body": .array($0.body.map { .string($0) })])
        }),
    ])
  }

  private func chain(_ index: ChainIndex) -> JSONValue {
    let chain = ruleset[index]
    return .object([
      "name": .string(chain.name),
      "type": chain.base.map { .string($0.kind.rawValue) },
      "hook": chain.base.map { .string("\($0.hook)") },
      "priority": chain.base.map { .integer($0.priority) },
      "policy": chain.base.map { .string($0.policy.rawValue) },
      "rules": .array(
        chain.rules.indices.map { rule(chain.rules[$0], ruleset.reference(to: $0 + 1, in: index)) }),
    ])
  }

  private func rule(_ rule: Rule, _ reference: RuleReference) -> JSONValue {
    var handle: JSONValue?
    if case .handle(let number)? = rule.origin { handle = .integer(number) }
    return .object([
      "number": .integer(reference.number),
      "handle": handle,
      "text": .string(rule.text),
      "purpose": purpose(reference).map { .string($0) },
      "packets": rule.counter.map { .integer($0.packets) },
    ])
  }
}
