import Ruleset

extension IPTables {
  /// A table while lines or commands change it, with the rules of the tool about what may be done.
  struct TableDraft {
    private struct DraftChain {
      var chain: Chain
      var rules: [DraftRule] = []
    }

    let family: Family
    let name: String
    private var chains: [DraftChain] = []
    private var indices: [String: Int] = [:]

    /// A table with its built-in chains, in the order of the hooks; nil where the tool has none of
    /// that name.
    init?(_ name: String, _ family: Family) {
      guard BuiltInChains.tables.contains(name) else { return nil }
      self.name = name
      self.family = family
      for (chain, _) in BuiltInChains.names {
        if let base = BuiltInChains.base(chain, in: name) {
          add(DraftChain(chain: Chain(chain, base: base)))
        }
      }
    }

    private mutating func add(_ chain: DraftChain) {
      indices[chain.chain.name] = chains.count
      chains.append(chain)
    }
  }
}

// MARK: - Chains

extension IPTables.TableDraft {
  typealias Word = IPTables.Word

  func contains(_ chain: String) -> Bool { indices[chain] != nil }

  private func index(_ word: Word) throws(ReadError) -> Int {
    guard let index = indices[word.text] else {
      throw word.error("table '\(name)' has no chain '\(word.text)'")
    }
    return index
  }

  /// Names that the tool could not tell from its own.
  private static let reserved: Set<String> = ["ACCEPT", "DROP", "RETURN", "QUEUE", "CONTINUE"]

  private func checkName(_ word: Word) throws(ReadError) {
    guard (1...28).contains(word.text.utf8.count), word.text.first != "-", word.text.first != "!"
    else {
      throw word.expected("a chain's name of 1 to 28 bytes that starts with neither '-' nor '!'")
    }
    if Self.reserved.contains(word.text) {
      throw word.error("a chain cannot be called '\(word.text)': that is a target")
    }
    if word.text.utf8.contains(where: { $0 <= 0x20 }) {
      throw word.expected("a chain's name without white space")
    }
  }

  mutating func create(_ word: Word) throws(ReadError) {
    try checkName(word)
    if contains(word.text) {
      throw word.error("table '\(name)' has a chain '\(word.text)' already")
    }
    add(DraftChain(chain: Chain(word.text)))
  }

  /// A line `:CHAIN POLICY [PACKETS:BYTES]`, which creates a chain that is not there.
  mutating func declare(_ word: Word, policy: Word, counter: Counter?) throws(ReadError) {
    if !contains(word.text) { try create(word) }
    let index = try index(word)
    guard chains[index].chain.base != nil else { return }
    if policy.text != "-" { try setPolicy(index, policy) }
    chains[index].chain.base?.counter = counter
  }

  mutating func setPolicy(of word: Word, to policy: Word) throws(ReadError) {
    let index = try index(word)
    guard chains[index].chain.base != nil else {
      throw word.error("'\(word.text)' is no built-in chain and has no policy")
    }
    try setPolicy(index, policy)
  }

  private mutating func setPolicy(_ index: Int, _ policy: Word) throws(ReadError) {
    switch policy.text {
    case "ACCEPT": chains[index].chain.base?.policy = .accept
    case "DROP": chains[index].chain.base?.policy = .drop
    default: throw policy.expected("ACCEPT or DROP as policy")
    }
  }

  mutating func flush(_ word: Word?) throws(ReadError) {
    if let word {
      chains[try index(word)].rules = []
    } else {
      for index in chains.indices { chains[index].rules = [] }
    }
  }

  /// One chain, or all that are not built in.
  mutating func remove(_ word: Word?, for command: Word) throws(ReadError) {
    guard let word else {
      for chain in chains where chain.chain.base == nil {
        try checkRemoval(chain, command)
      }
      chains.removeAll { $0.chain.base == nil }
      return reindex()
    }
    let index = try index(word)
    if chains[index].chain.base != nil { throw word.error("'\(word.text)' is built in") }
    try checkRemoval(chains[index], word)
    chains.remove(at: index)
    reindex()
  }

  private func checkRemoval(_ chain: DraftChain, _ word: Word) throws(ReadError) {
    let name = chain.chain.name
    if !chain.rules.isEmpty { throw word.error("chain '\(name)' still has rules") }
    for other in chains where other.rules.contains(where: { $0.target?.word.text == name }) {
      throw word.error("chain '\(name)' is still jumped to from '\(other.chain.name)'")
    }
  }

  mutating func rename(_ word: Word, to new: Word) throws(ReadError) {
    let index = try index(word)
    if chains[index].chain.base != nil { throw word.error("'\(word.text)' is built in") }
    try checkName(new)
    if contains(new.text) { throw new.error("table '\(name)' has a chain '\(new.text)' already") }
    for other in chains where other.rules.contains(where: { $0.target?.word.text == word.text }) {
      throw word.error(
        "chain '\(word.text)' is jumped to from '\(other.chain.name)', and the rule's text would no longer hold"
      )
    }
    chains[index].chain.name = new.text
    reindex()
  }

  private mutating func reindex() {
    indices = [:]
    for (index, chain) in chains.enumerated() { indices[chain.chain.name] = index }
  }
}

// MARK: - Rules

extension IPTables.TableDraft {
  mutating func append(_ rules: [IPTables.DraftRule], to word: Word) throws(ReadError) {
    let index = try index(word)
    chains[index].rules += rules
  }

  /// Each rule in front of the one that has the number now, so that several end up reversed.
  mutating func insert(_ rules: [IPTables.DraftRule], into word: Word, at number: Int)
    throws(ReadError)
  {
    let index = try index(word)
    guard number <= chains[index].rules.count + 1 else {
      throw word.error(
        "chain '\(word.text)' has \(chains[index].rules.count) rules, too few to insert rule \(number)"
      )
    }
    chains[index].rules.insert(contentsOf: rules.reversed(), at: number - 1)
  }

  mutating func replace(_ number: Int, in word: Word, with rule: IPTables.DraftRule)
    throws(ReadError)
  {
    let index = try existing(number, word)
    chains[index].rules[number - 1] = rule
  }

  mutating func delete(_ number: Int, from word: Word) throws(ReadError) {
    let index = try existing(number, word)
    chains[index].rules.remove(at: number - 1)
  }

  private func existing(_ number: Int, _ word: Word) throws(ReadError) -> Int {
    let index = try index(word)
    guard number <= chains[index].rules.count else {
      throw word.error("chain '\(word.text)' has no rule \(number)")
    }
    return index
  }

  /// The first rule of the same meaning and comment.
  mutating func delete(_ rule: IPTables.DraftRule, from word: Word) throws(ReadError) {
    let (index, number) = try find(rule, in: word)
    chains[index].rules.remove(at: number)
  }

  func find(_ rule: IPTables.DraftRule, in word: Word) throws(ReadError) -> (chain: Int, rule: Int)
  {
    let index = try index(word)
    let number = chains[index].rules.firstIndex {
      $0.rule.steps == rule.rule.steps && $0.rule.comment == rule.rule.comment
    }
    guard let number else { throw word.error("chain '\(word.text)' has no such rule") }
    return (index, number)
  }

  /// Refuses what only the built-in chains refuse.
  func check(_ syntax: IPTables.RuleSyntax, in word: Word) throws(ReadError) {
    guard let base = chains[try index(word)].chain.base else { return }
    let option =
      switch base.hook {
      case .prerouting, .input: "out-interface"
      case .output, .postrouting: "in-interface"
      default: ""
      }
    if let given = syntax.general(option) {
      throw given.word.error("'\(given.word.text)' cannot stand in chain '\(word.text)'")
    }
  }

  /// The table, when nothing more changes it.
  consuming func finished() throws(ReadError) -> Table {
    var table = Table(family.table, name, backend: .iptables)
    table.chains.reserveCapacity(chains.count)
    let hooks = hooksOfChains()
    for (index, draft) in chains.enumerated() {
      for rule in draft.rules {
        for claim in rule.claims { try claim.check(in: name, reachedFrom: hooks[index]) }
      }
      var chain = draft.chain
      chain.rules.reserveCapacity(draft.rules.count)
      for rule in draft.rules { try chain.rules.append(finished(rule)) }
      table.chains.append(chain)
    }
    return table
  }

  /// Of each chain, the hooks whose packets can come to it.
  private func hooksOfChains() -> [[Hook]] {
    var hooks = [[Hook]](repeating: [], count: chains.count)
    for start in chains.indices {
      guard let hook = chains[start].chain.base?.hook else { continue }
      var waiting = [start]
      while let next = waiting.popLast() {
        if hooks[next].contains(hook) { continue }
        hooks[next].append(hook)
        for rule in chains[next].rules {
          if let target = rule.target, let index = indices[target.word.text] {
            waiting.append(index)
          }
        }
      }
    }
    return hooks
  }

  private func finished(_ draft: IPTables.DraftRule) throws(ReadError) -> Rule {
    var rule = draft.rule
    guard let target = draft.target else { return rule }
    let word = target.word
    if let index = indices[word.text] {
      if chains[index].chain.base != nil {
        throw word.error("expected a chain of the user's, found the built-in '\(word.text)'")
      }
      if let extra = target.rest.first {
        throw extra.error("unknown option '\(extra.text)' after chain '\(word.text)'")
      }
    } else if target.rest.isEmpty || target.isGoto || !IPTables.isTargetName(word.text) {
      throw word.error("table '\(name)' has no chain '\(word.text)', and there is no such target")
    } else {
      rule.steps[rule.steps.count - 1] = .verdict(.opaque(([word] + target.rest).printed))
    }
    return rule
  }
}
