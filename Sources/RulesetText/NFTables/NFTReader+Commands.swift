import Addresses
import Ruleset

/// What a command is to do with what it names.
enum NFTAction: String {
  case add, create, insert, replace, delete, destroy, flush, rename, list, reset
}

extension NFTReader {
  /// The whole script.
  mutating func script() throws(ReadError) {
    while true {
      while cursor.token.kind == .newline || cursor.isAt(";") {
        noteWarning(cursor.text)
        try cursor.advance()
      }
      if cursor.token.kind == .end { return }
      try command()
      guard cursor.isAtEnd, !cursor.isAt("}") else {
        throw cursor.expected("the end of the command")
      }
    }
  }

  /// `# Warning: table ip nat is managed by iptables-nft, do not touch!`
  mutating func noteWarning(_ comment: String) {
    let words = comment.split(separator: " ")
    guard words.count > 8, words[1] == "Warning:", words[2] == "table", words[5] == "is",
      words[6] == "managed", let family = TableFamily(rawValue: String(words[3]))
    else { return }
    transaction.managed.insert(.init(family: family, name: String(words[4])))
  }

  mutating func command() throws(ReadError) {
    guard cursor.token.kind == .word else { throw cursor.expected("a command") }
    switch cursor.text {
    case "define", "redefine": return try definition()
    case "undefine":
      try cursor.advance()
      return cursor.undefine(try cursor.word("a variable's name"))
    case "include":
      throw cursor.expected("a script in one piece; nothing is included here")
    default: break
    }
    let start = cursor.token
    if let action = NFTAction(rawValue: cursor.text) {
      try cursor.advance()
      return try command(action, start)
    }
    try command(.add, start)
  }

  /// `define ports = { 80, 443 }`, up to the end of the line or of its braces.
  mutating func definition() throws(ReadError) {
    try cursor.advance()
    let name = try cursor.word("a variable's name")
    try cursor.expect("=")
    var value: [NFTToken] = []
    var depth = 0
    while cursor.token.kind != .end, depth > 0 || !cursor.isAtEnd {
      if cursor.isAt("{") { depth += 1 }
      if cursor.isAt("}") { depth -= 1 }
      if cursor.token.kind != .newline { value.append(cursor.token) }
      try cursor.advance()
    }
    if value.isEmpty || depth > 0 { throw cursor.expected("a value for '\(name)'") }
    try cursor.define(name, as: value)
  }

  mutating func command(_ action: NFTAction, _ start: NFTToken) throws(ReadError) {
    switch action {
    case .list, .reset:
      // Asks, and changes nothing this model keeps.
      while !cursor.isAtEnd { try cursor.advance() }
      return
    case .flush where cursor.isAt("ruleset"):
      try cursor.advance()
      let family = TableFamily(rawValue: cursor.text)
      if family != nil { try cursor.advance() }
      return transaction.flushRuleset(family)
    default: break
    }
    let object = cursor.text
    switch object {
    case "table", "chain", "set", "map", "element", "rule":
      try cursor.advance()
    case _ where NamedSet.Kind.objects[object] != nil: break
    case _ where TableFamily(rawValue: object) != nil && (action == .add || action == .insert):
      return try ruleCommand(action, start)
    case _ where action == .add && start.start == cursor.token.start:
      throw cursor.expected("a command, such as 'add' or 'table'")
    default:
      throw cursor.expected("what to \(action.rawValue): table, chain, rule, set, map or element")
    }
    switch object {
    case "table": try tableCommand(action)
    case "chain": try chainCommand(action)
    case "rule": try ruleCommand(action, start)
    case "set", "map": try setCommand(action, object == "set" ? .set : .map)
    case "element": try elementCommand(action)
    default: try objectCommand(action)
    }
  }

  // MARK: - Names

  mutating func family() throws(ReadError) -> TableFamily {
    guard let family = TableFamily(rawValue: cursor.text), cursor.token.kind == .word else {
      return .ip
    }
    try cursor.advance()
    return family
  }

  mutating func tableKey() throws(ReadError) -> NFTTransaction.TableKey {
    let family = try family()
    return .init(family: family, name: try cursor.name("a table's name"))
  }

  /// A table that must be there.
  mutating func table() throws(ReadError) -> Int {
    let start = cursor.token
    let key = try tableKey()
    guard let table = transaction.table(key) else {
      throw cursor.error(
        at: start,
        "expected a table this script has made, found '\(key.family.rawValue) \(key.name)'")
    }
    return table
  }

  /// A chain that must be there.
  mutating func chain(in table: Int) throws(ReadError) -> Int {
    let start = cursor.token
    let name = try cursor.name("a chain's name")
    guard let chain = transaction[table].chainIndex[name] else {
      let key = transaction[table].key
      throw cursor.error(
        at: start, "expected a chain of table \(key.family.rawValue) \(key.name), found '\(name)'")
    }
    return chain
  }

  // MARK: - Tables

  mutating func tableCommand(_ action: NFTAction) throws(ReadError) {
    let start = cursor.token
    switch action {
    case .add, .create:
      let key = try tableKey()
      if action == .create, transaction.table(key) != nil {
        throw cursor.error(at: start, "expected a new table, '\(key.name)' is there already")
      }
      let table = transaction.addTable(key)
      if cursor.isAt("{") { try tableBlock(table) }
    case .delete:
      if cursor.isAt("handle") { throw cursor.expected("a table's name") }
      let table = try table()
      transaction.deleteTable(transaction[table].key)
    case .destroy: transaction.deleteTable(try tableKey())
    case .flush:
      let table = try table()
      for chain in transaction[table].chains.indices {
        transaction[table].chains[chain].rules.removeAll()
      }
    default: throw cursor.error(at: start, "expected no '\(action.rawValue)' for a table")
    }
  }

  // MARK: - Chains

  mutating func chainCommand(_ action: NFTAction) throws(ReadError) {
    let start = cursor.token
    switch action {
    case .add, .create:
      let table = try table()
      let nameToken = cursor.token
      let name = try cursor.name("a chain's name")
      if action == .create, transaction[table].chainIndex[name] != nil {
        throw cursor.error(at: nameToken, "expected a new chain, '\(name)' is there already")
      }
      let chain = transaction[table].addChain(name)
      if cursor.isAt("{") { try chainBlock(table, chain, takesRules: false) }
    case .delete:
      let table = try table()
      transaction[table].deleteChain(try chain(in: table))
    case .destroy:
      let table = try table()
      if let chain = transaction[table].chainIndex[try cursor.name("a chain's name")] {
        transaction[table].deleteChain(chain)
      }
    case .flush:
      let table = try table()
      let chain = try chain(in: table)
      transaction[table].chains[chain].rules.removeAll()
    case .rename:
      let table = try table()
      let chain = try chain(in: table)
      transaction[table].renameChain(chain, to: try cursor.name("a chain's new name"))
    default: throw cursor.error(at: start, "expected no '\(action.rawValue)' for a chain")
    }
  }

  // MARK: - Rules

  mutating func ruleCommand(_ action: NFTAction, _ start: NFTToken) throws(ReadError) {
    let table = try table()
    let chain = try chain(in: table)
    let count = transaction[table].chains[chain].rules.count
    var place = action == .insert ? 0 : count
    let position = cursor.token
    if cursor.isAt("index") {
      try cursor.advance()
      let index: UInt32 = try cursor.number("a rule's index")
      guard index < count else {
        throw cursor.error(
          at: position, "expected an index below \(count), the number of rules in the chain")
      }
      place = action == .insert ? Int(index) : Int(index) + 1
    } else if cursor.isAt("handle") || cursor.isAt("position") {
      try cursor.advance()
      let handle: UInt64 = try cursor.number("a handle")
      let rules = transaction[table].chains[chain].rules
      guard let found = rules.firstIndex(where: { $0.origin == .handle(handle) }) else {
        throw cursor.error(at: position, "expected a handle this script shows, found \(handle)")
      }
      place = action == .add ? found + 1 : found
    } else if action != .add, action != .insert {
      throw cursor.expected("'handle'")
    }
    if action == .delete || action == .destroy || action == .replace {
      transaction[table].chains[chain].rules.remove(at: place)
      guard action == .replace else { return }
    }
    var rule = try rule(in: transaction[table].key.family)
    // A block shows its table whole; a command may add to one whose sets are made elsewhere.
    rule.sets = []
    transaction.settleNotes(in: table)
    transaction[table].chains[chain].rules.insert(rule, at: place)
  }
}
