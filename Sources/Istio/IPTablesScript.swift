import Addresses

/// A program as text for iptables: restore input from 1.24 on, discrete commands before.
struct IPTablesScript {
  private(set) var lines: [CaptureRules.Line] = []
  private let program: CaptureProgram
  private let dialect: IPTablesDialect

  init(_ program: CaptureProgram) {
    self.program = program
    dialect = IPTablesDialect(config: program.config, version: program.version)
    for family in Family.allCases where family == .ipv4 || program.config.enableIPv6 {
      if program.version.has(.restoreText) { printRestore(family) } else { printCommands(family) }
    }
  }

  /// `iptables -t TABLE …`: the chains that have rules, then the rules as they were emitted.
  private mutating func printCommands(_ family: Family) {
    let tool = family == .ipv4 ? "iptables" : "ip6tables"
    let rules = rules(of: family)
    var made: Set<ChainPlace> = []
    for place in rules.map(ChainPlace.init) where !place.chain.isBuiltIn {
      guard made.insert(place).inserted else { continue }
      print("\(tool) -t \(place.table.rawValue) -N \(place.chain.iptablesName)", family)
    }
    for rule in rules { print("\(tool) -t \(rule.table.rawValue) ", rule, family) }
  }

  /// One block a table, sorted by name; chains that are only jumped to are made too, last.
  private mutating func printRestore(_ family: Family) {
    for table in CaptureRule.Table.allCases {
      let rules = rules(of: family).filter { $0.table == table }
      guard !rules.isEmpty else { continue }
      print("* \(table.rawValue)", family)
      var made: Set<CaptureRule.Chain> = []
      for chain in rules.map(\.chain) + rules.compactMap(\.purpose.jump) where !chain.isBuiltIn {
        guard made.insert(chain).inserted else { continue }
        print("-N \(chain.iptablesName)", family)
      }
      for rule in rules { print("", rule, family) }
      print("COMMIT", family)
    }
  }

  private func rules(of family: Family) -> [CaptureRule] {
    program.rules.filter { $0.families.contains(family) }
  }

  private mutating func print(_ text: String, _ family: Family) {
    lines.append(CaptureRules.Line(text: text, rule: nil, family: family))
  }

  private mutating func print(_ start: String, _ rule: CaptureRule, _ family: Family) {
    let chain = rule.chain.iptablesName
    let command =
      switch rule.placement {
      case .append: ["-A", chain]
      case .insert(let position): ["-I", chain, "\(position)"]
      }
    let words = command + dialect.words(for: rule.purpose, family)
    lines.append(
      CaptureRules.Line(text: start + words.joined(separator: " "), rule: rule, family: family))
  }
}

/// A chain of a table.
struct ChainPlace: Hashable {
  var table: CaptureRule.Table
  var chain: CaptureRule.Chain

  init(_ rule: CaptureRule) {
    table = rule.table
    chain = rule.chain
  }

  init(_ table: CaptureRule.Table, _ chain: CaptureRule.Chain) {
    self.table = table
    self.chain = chain
  }
}
