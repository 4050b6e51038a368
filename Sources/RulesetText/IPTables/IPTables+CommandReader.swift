public import Ruleset

extension IPTables {
  /// What iptables and ip6tables command lines leave behind, starting from no rules at all: one
  /// command, or a shell script of them.
  ///
  /// `A && B` and `A || B` do as in a shell, so `iptables -C … || iptables -A …` and
  /// `iptables -D … || true` work. Commands that write no rules (`set`, `echo`, `sysctl`, `ip` …)
  /// are passed over; any other command is an error, for it might.
  ///
  /// - Throws: `ReadError` at the word that the tool would refuse, or that is no iptables command.
  public static func readCommands(_ text: [UInt8], owners: Owners = Owners()) throws(ReadError)
    -> Ruleset
  {
    var reader = CommandReader(owners: owners)
    var commands = ShellCommands(text)
    while let command = try commands.next(), try reader.run(command) {}
    return try reader.ruleset()
  }
}

extension IPTables {
  struct CommandReader {
    private let owners: Owners
    private var tables: [TableDraft] = []
    /// How the list of commands joined by `&&` and `||` stands.
    private var succeeded = true
    private var link = ShellCommand.Link.end

    init(owners: Owners) { self.owners = owners }

    /// The tools by the names they are called with.
    private static let tools: [String: Family] = [
      "iptables": .ip, "iptables-nft": .ip, "iptables-legacy": .ip,
      "ip6tables": .ip6, "ip6tables-nft": .ip6, "ip6tables-legacy": .ip6,
    ]

    /// Commands of scripts around rules that change no rule.
    private static let harmless: Set<String> = [
      ":", "true", "set", "echo", "printf", "sleep", "modprobe", "sysctl", "ip", "iptables-save",
      "ip6tables-save",
    ]

    /// Runs one command; false when the script ends there.
    mutating func run(_ command: ShellCommand) throws(ReadError) -> Bool {
      defer { link = command.next }
      switch link {
      case .end: succeeded = true
      case .and where !succeeded, .or where succeeded: return true
      default: succeeded = true
      }
      var words = command.words[...]
      if words.first?.text == "sudo" { words = words.dropFirst() }
      guard let tool = words.first else { return true }
      let name = tool.text.split(separator: "/").last.map(String.init) ?? tool.text
      if name == "exit" { return false }
      if Self.harmless.contains(name) { return true }
      guard let family = Self.tools[name] else { throw tool.expected("an iptables command") }
      let statement = try Grammar.statement(
        Array(words.dropFirst()), family: family, isRestore: false)
      guard let verb = statement.verb, let verbWord = statement.verbWord else {
        throw tool.error("expected a command such as -A after '\(tool.text)'")
      }
      if let only = statement.onlyFor, only != family {
        throw verbWord.error("'\(name)' is not for the family this line asks for")
      }
      do throws(ReadError) {
        try tables[index(of: statement, family)].apply(statement, owners: owners)
      } catch {
        // `-C` only asks; and a failure that the script provides for is none.
        guard command.next == .or || (verb.isQuestion && command.next == .and) else { throw error }
        succeeded = false
      }
      return true
    }

    private mutating func index(of statement: Statement, _ family: Family) throws(ReadError) -> Int
    {
      let name = statement.table?.text ?? "filter"
      if let index = tables.firstIndex(where: { $0.name == name && $0.family == family }) {
        return index
      }
      guard let draft = TableDraft(name, family) else {
        let list = BuiltInChains.tables.joined(separator: ", ")
        throw statement.table?.expected("a table: \(list)")
          ?? ReadError(line: 1, column: 1, message: "expected a table: \(list)")
      }
      tables.append(draft)
      return tables.count - 1
    }

    consuming func ruleset() throws(ReadError) -> Ruleset {
      var finished: [Table] = []
      for table in tables { finished.append(try table.finished()) }
      return Ruleset(finished)
    }
  }
}

extension IPTables.Statement.Verb {
  fileprivate var isQuestion: Bool { if case .check = self { true } else { false } }
}
