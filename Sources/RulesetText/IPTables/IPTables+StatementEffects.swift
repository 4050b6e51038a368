import Ruleset

extension IPTables.TableDraft {
  /// Does what one line or command says.
  mutating func apply(_ statement: IPTables.Statement, owners: Owners) throws(ReadError) {
    guard let verb = statement.verb, let command = statement.verbWord else { return }
    switch verb {
    case .create: try create(chain(statement))
    case .remove: try remove(statement.chain, for: command)
    case .flush: try flush(statement.chain)
    case .policy:
      if let policy = statement.argument { try setPolicy(of: chain(statement), to: policy) }
    case .rename:
      if let new = statement.argument { try rename(chain(statement), to: new) }
    case .show: break
    case .deleteNumber(let number): try delete(number, from: chain(statement))
    case .append, .insert, .replace, .delete, .check:
      try apply(verb, try rules(of: statement, owners), to: chain(statement))
      return
    }
    if let extra = statement.rule.words.first {
      throw extra.error("'\(command.text)' expects no rule, found '\(extra.text)'")
    }
  }

  private mutating func apply(
    _ verb: IPTables.Statement.Verb, _ rules: [IPTables.DraftRule], to chain: Word
  ) throws(ReadError) {
    switch verb {
    case .append: try append(rules, to: chain)
    case .insert(let number): try insert(rules, into: chain, at: number)
    case .replace(let number):
      guard rules.count == 1 else {
        throw chain.error("expected one rule in place of another, found \(rules.count)")
      }
      try replace(number, in: chain, with: rules[0])
    case .check: for rule in rules { _ = try find(rule, in: chain) }
    default: for rule in rules { try delete(rule, from: chain) }
    }
  }

  private func rules(of statement: IPTables.Statement, _ owners: Owners) throws(ReadError)
    -> [IPTables.DraftRule]
  {
    try check(statement.rule, in: chain(statement))
    var drafts: [IPTables.DraftRule] = []
    for syntax in try statement.rule.expanded() {
      drafts.append(try IPTables.Meaning.draft(statement, syntax, family, owners))
    }
    return drafts
  }

  private func chain(_ statement: IPTables.Statement) throws(ReadError) -> Word {
    guard let chain = statement.chain else {
      throw statement.verbWord?.error("expected a chain")
        ?? ReadError(line: 1, column: 1, message: "expected a command")
    }
    return chain
  }
}
