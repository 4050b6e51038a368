public import Ruleset

extension NFTables {
  /// The tables as `nft list ruleset` prints them: what nft reads back, and this reader.
  ///
  /// For tables whose rules are in nft's own dialect.
  public static func write(_ tables: [Table]) -> String {
    var writer = NFTWriter()
    for table in tables { writer.write(table) }
    return writer.text
  }

  public static func write(_ ruleset: Ruleset) -> String { write(ruleset.tables) }
}

private struct NFTWriter {
  var text = ""

  mutating func write(_ table: Table) {
    let family = table.family.rawValue
    // What its chains say goes without a warning, which would claim more than the look of them.
    if table.backend == .iptablesNFT, !table.hasBuiltInChainsOnly {
      text += "# Warning: table \(family) \(table.name) is managed by iptables-nft, do not touch!\n"
    }
    text += "table \(family) \(table.name) {\n"
    if table.isDormant { text += "\tflags dormant\n" }
    var isFirst = !table.isDormant
    for set in table.sets {
      block("\(set.kind.rawValue) \(set.name)", set.body, &isFirst)
    }
    for chain in table.chains {
      let head = chain.base.map { [line($0, table.family)] } ?? []
      block("chain \(chain.name)", head + chain.rules.map(line), &isFirst)
    }
    text += "}\n"
  }

  private mutating func block(_ head: String, _ lines: [String], _ isFirst: inout Bool) {
    if !isFirst { text += "\n" }
    isFirst = false
    text += "\t\(head) {\n"
    for line in lines { text += "\t\t\(line)\n" }
    text += "\t}\n"
  }

  private func line(_ base: BaseChain, _ family: TableFamily) -> String {
    let priority = priority(base, family)
    return
      "type \(base.kind.rawValue) hook \(base.hook) priority \(priority); policy \(base.policy.rawValue);"
  }

  /// By name where nft has one for the hook, up to ten away from it.
  private func priority(_ base: BaseChain, _ family: TableFamily) -> String {
    guard [.ip, .ip6, .inet].contains(family) else { return "\(base.priority)" }
    for (name, value) in NFTNames.priorities {
      if name == "dstnat", base.hook != .prerouting { continue }
      if name == "srcnat", base.hook != .postrouting { continue }
      let distance = Int(base.priority) - Int(value)
      guard abs(distance) <= 10 else { continue }
      if distance == 0 { return name }
      return "\(name) \(distance > 0 ? "+" : "-") \(abs(distance))"
    }
    return "\(base.priority)"
  }

  /// The rule's text, with its counter's figures put back.
  private func line(_ rule: Rule) -> String {
    guard let counter = rule.counter, let end = Self.counterEnd(in: rule.text) else {
      return rule.text
    }
    let bytes = Array(rule.text.utf8)
    let figures = " packets \(counter.packets) bytes \(counter.bytes)"
    return String(decoding: bytes[..<end] + Array(figures.utf8) + bytes[end...], as: UTF8.self)
  }

  /// Where the word of the rule's own counter ends: outside of sets, and no named one.
  private static func counterEnd(in text: String) -> Int? {
    guard var cursor = try? NFTCursor(Array(text.utf8)) else { return nil }
    var depth = 0
    while cursor.token.kind != .end {
      if cursor.isAt("{") { depth += 1 }
      if cursor.isAt("}") { depth -= 1 }
      let word = cursor.token
      let isCounter = depth == 0 && cursor.isAt("counter")
      guard (try? cursor.advance()) != nil else { return nil }
      let isNamed = cursor.isAt("name") || cursor.token.kind == .quoted || cursor.isAt("packets")
      if isCounter, !isNamed { return word.end }
    }
    return nil
  }
}
