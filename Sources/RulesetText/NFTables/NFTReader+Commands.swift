import Addresses
import Ruleset

/// What a command is to do with what it names.
private enum Action: String {
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
  private mutating func noteWarning(_ comment: String) {
    let words = comment.split(separator: " ")
    guard words.count > 8, words[1] == "Warning:", words[2] == "table", words[5] == "is",
      words[6] == "managed", let family = TableFamily(rawValue: String(words[3]))
    else { return }
    transaction.managed.insert(.init(family: family, name: String(words[4])))
  }

  private mutating func command() throws(ReadError) {
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
    if let action = Action(rawValue: cursor.text) {
      try cursor.advance()
      return try command(action, start)
    }
    try command(.add, start)
  }

  /// `define ports = { 80, 443 }`, up to the end of the line or of its braces.
  private mutating func definition() throws(ReadError) {
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

  private mutating func command(_ action: Action, _ start: NFTToken) throws(ReadError) {
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

  private mutating func family() throws(ReadError) -> TableFamily {
    guard let family = TableFamily(rawValue: cursor.text), cursor.token.kind == .word else {
      return .ip
    }
    try cursor.advance()
    return family
  }

  private mutating func tableKey() throws(ReadError) -> NFTTransaction.TableKey {
    let family = try family()
    return .init(family: family, name: try cursor.name("a table's name"))
  }

  /// A table that must be there.
  private mutating func table() throws(ReadError) -> Int {
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
  private mutating func chain(in table: Int) throws(ReadError) -> Int {
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

  private mutating func tableCommand(_ action: Action) throws(ReadError) {
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

  private mutating func tableBlock(_ table: Int) throws(ReadError) {
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

  private mutating func chainCommand(_ action: Action) throws(ReadError) {
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

  /// `{ type … ; policy … ; rules }`.
  private mutating func chainBlock(
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
    }
  }

  private mutating func skipPart() throws(ReadError) {
    if cursor.isAt("{") { try cursor.skipBraces() } else { try cursor.advance() }
  }

  /// `type nat hook output priority -100`, up to its `;`.
  private mutating func baseChain(
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
  private mutating func priority(_ family: TableFamily) throws(ReadError) -> Int32 {
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

  // MARK: - Rules

  private mutating func ruleCommand(_ action: Action, _ start: NFTToken) throws(ReadError) {
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
    let rule = try rule(in: transaction[table].key.family)
    transaction.settleNotes(in: table)
    transaction[table].chains[chain].rules.insert(rule, at: place)
  }

  // MARK: - Sets and objects

  private mutating func setCommand(
    _ action: Action, _ kind: NamedSet.Kind
  ) throws(ReadError) {
    let table = try table()
    let start = cursor.token
    let name = try cursor.name("a set's name")
    switch action {
    case .add, .create:
      let known = transaction[table].sets[name]
      if action == .create, known != nil {
        throw cursor.error(at: start, "expected a new set, '\(name)' is there already")
      }
      var set = try setBody(kind, name)
      if let known {
        set.elements = known.elements + set.elements
        set.elementTexts = known.elementTexts + set.elementTexts
      }
      transaction[table].add(set)
    case .delete, .destroy: transaction[table].deleteSet(name)
    case .flush:
      transaction[table].sets[name]?.elements.removeAll()
      transaction[table].sets[name]?.elementTexts.removeAll()
    default: throw cursor.error(at: start, "expected no '\(action.rawValue)' for a set")
    }
  }

  private mutating func elementCommand(_ action: Action) throws(ReadError) {
    let table = try table()
    let start = cursor.token
    let name = try cursor.name("a set's name")
    guard var set = transaction[table].sets[name] else {
      throw cursor.error(at: start, "expected a set this script has made, found '\(name)'")
    }
    cursor.startRecord()
    switch action {
    case .add, .create: try add(try elements(set.keys, data: set.mapData), to: &set)
    case .delete, .destroy:
      for gone in try elements(set.keys, data: nil) {
        guard let place = set.elements.firstIndex(where: { $0.key == gone.element.key }) else {
          if action == .destroy { continue }
          throw cursor.error(at: start, "expected an element of '\(name)', found '\(gone.text)'")
        }
        set.elements.remove(at: place)
        set.elementTexts.remove(at: place)
      }
    default: throw cursor.error(at: start, "expected no '\(action.rawValue)' for elements")
    }
    transaction[table].add(set)
  }

  /// `add counter inet t c`, `delete flowtable …`: objects that rules name and this model keeps as
  /// text.
  private mutating func objectCommand(_ action: Action) throws(ReadError) {
    let kind = try objectKind()
    let table = try table()
    let name = try cursor.name("an object's name")
    switch action {
    case .add, .create: try object(kind, name, in: table)
    case .delete, .destroy: transaction[table].deleteSet(name)
    default: while !cursor.isAtEnd { try cursor.advance() }
    }
  }

  private mutating func object(in table: Int) throws(ReadError) {
    let kind = try objectKind()
    try object(kind, try cursor.name("an object's name"), in: table)
  }

  private mutating func objectKind() throws(ReadError) -> NamedSet.Kind {
    if try cursor.take("ct") {
      guard let kind = NamedSet.Kind.objects["ct \(cursor.text)"] else {
        throw cursor.expected("'helper', 'timeout' or 'expectation'")
      }
      try cursor.advance()
      return kind
    }
    guard let kind = NamedSet.Kind.objects[cursor.text] else { throw cursor.expected("an object") }
    try cursor.advance()
    return kind
  }

  private mutating func object(
    _ kind: NamedSet.Kind, _ name: String, in table: Int
  ) throws(ReadError) {
    var set = NFTSet(kind, name)
    if cursor.isAt("{") {
      try cursor.expect("{")
      while true {
        while cursor.token.kind == .newline || cursor.isAt(";") { try cursor.advance() }
        if try cursor.take("}") { break }
        cursor.startRecord()
        while !cursor.isAtEnd { try skipPart() }
        set.declaration.append(cursor.recorded)
        if cursor.token.kind == .end { throw cursor.expected("'}'") }
      }
    } else {
      cursor.startRecord()
      while !cursor.isAtEnd { try cursor.advance() }
      if !cursor.recorded.isEmpty { set.declaration.append(cursor.recorded) }
    }
    transaction[table].add(set)
  }
}

extension Hook {
  /// nft's word for it.
  init?(keyword: String) {
    guard let hook = Hook.allCases.first(where: { "\($0)" == keyword }) else { return nil }
    self = hook
  }
}
