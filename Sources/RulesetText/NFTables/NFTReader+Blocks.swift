import Addresses
import Ruleset

/// The block form: `table … { chain … { … } }`.
extension NFTReader {
  mutating func tableBlock(_ table: Int) throws(ReadError) {
    try cursor.expect("{")
    while true {
      while cursor.token.kind == .newline || cursor.isAt(";") { try cursor.advance() }
      let start = cursor.token
      switch cursor.text {
      case "}" where cursor.isAt("}"): return try cursor.advance()
      case "chain":
        try cursor.advance()
        let name = try cursor.name("a chain's name")
        let chain = transaction[table].addChain(name)
        try chainBlock(table, chain, takesRules: true)
      case "set", "map":
        let kind: NamedSet.Kind = try cursor.word("a set") == "set" ? .set : .map
        let name = try cursor.name("a set's name")
        transaction[table].add(try setBody(kind, name))
      case "flags":
        try cursor.advance()
        repeat {
          if try cursor.word("a flag") == "dormant" { transaction[table].isDormant = true }
        } while try cursor.take(",")
      case "comment":
        try cursor.advance()
        _ = try cursor.name("a comment")
      case "define", "redefine": try definition()
      case _ where NamedSet.Kind.objects[cursor.text] != nil: try object(in: table)
      default:
        throw cursor.error(
          at: start,
          "expected 'chain', 'set', 'map', 'flags' or '}' in a table, found '\(cursor.text)'")
      }
    }
  }

  // MARK: - Chains

  /// `{ type … ; policy … ; rules }`.
  mutating func chainBlock(
    _ table: Int, _ chain: Int, takesRules: Bool
  ) throws(ReadError) {
    let family = transaction[table].key.family
    try cursor.expect("{")
    while true {
      while cursor.token.kind == .newline || cursor.isAt(";") { try cursor.advance() }
      if try cursor.take("}") { return }
      switch cursor.text {
      case "type":
        let policy = transaction[table].chains[chain].base?.policy
        transaction[table].chains[chain].base = try baseChain(family, policy ?? .accept)
      case "policy":
        try cursor.advance()
        guard let policy = BaseChain.Policy(rawValue: cursor.text) else {
          throw cursor.expected("'accept' or 'drop'")
        }
        guard transaction[table].chains[chain].base != nil else {
          throw cursor.expected("a chain with a hook before a policy")
        }
        transaction[table].chains[chain].base?.policy = policy
        try cursor.advance()
      case "flags", "device", "devices": while !cursor.isAtEnd { try skipPart() }
      case "comment":
        try cursor.advance()
        _ = try cursor.name("a comment")
      case "define", "redefine": try definition()
      default:
        guard takesRules else { throw cursor.expected("'type', 'policy' or '}' in a chain") }
        let rule = try rule(in: family)
        transaction.settleNotes(in: table)
        transaction[table].chains[chain].rules.append(rule)
      }
      guard cursor.isAtEnd else { throw cursor.expected("the end of the line") }
    }
  }

  mutating func skipPart() throws(ReadError) {
    if cursor.isAt("{") { try cursor.skipBraces() } else { try cursor.advance() }
  }

  /// `type nat hook output priority -100`, up to its `;`.
  mutating func baseChain(
    _ family: TableFamily, _ policy: BaseChain.Policy
  ) throws(ReadError) -> BaseChain {
    try cursor.expect("type")
    guard let kind = BaseChain.Kind(rawValue: cursor.text) else {
      throw cursor.expected("'filter', 'nat' or 'route'")
    }
    try cursor.advance()
    try cursor.expect("hook")
    guard let hook = Hook(keyword: cursor.text) else {
      throw cursor.expected("a hook, such as 'output'")
    }
    try cursor.advance()
    while cursor.isAt("device") || cursor.isAt("devices") {
      try cursor.advance()
      _ = try cursor.take("=")
      try skipPart()
    }
    try cursor.expect("priority")
    return BaseChain(kind, hook: hook, priority: try priority(family), policy: policy)
  }

  /// `-100`, `dstnat`, `filter + 10`.
  mutating func priority(_ family: TableFamily) throws(ReadError) -> Int32 {
    let isNegative = try cursor.take("-")
    if cursor.token.kind == .word, NFTNumber.parse(cursor.text) != nil {
      let size: Int32 = try cursor.number("a priority")
      return isNegative ? -size : size
    }
    let names = family == .bridge ? NFTNames.bridgePriorities : NFTNames.priorities
    guard let named = names.first(where: { $0.name == cursor.text }), !isNegative else {
      throw cursor.expected("a priority: a number or a name such as 'filter'")
    }
    try cursor.advance()
    let sign: Int32 = cursor.isAt("+") ? 1 : cursor.isAt("-") ? -1 : 0
    if sign == 0 { return named.value }
    try cursor.advance()
    let offset: UInt16 = try cursor.number("an offset from the priority")
    return named.value + sign * Int32(offset)
  }
}

extension Hook {
  /// nft's word for it.
  init?(keyword: String) {
    guard let hook = Hook.allCases.first(where: { "\($0)" == keyword }) else { return nil }
    self = hook
  }
}
