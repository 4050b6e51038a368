import Ruleset

extension IPTables {
  /// Sorts the words of a line into a `Statement`, as getopt_long does with the options of the tool
  /// and of every extension loaded so far.
  struct Grammar {
    private let family: Family
    private let isRestore: Bool
    private let words: [Word]
    private var next = 0
    private var statement = Statement()
    /// A `!` that waits for its option.
    private var negation: Word?
    /// The extension that took the last option, where that one is not understood: it may take values.
    private var taker: Int?

    /// - Parameter isRestore: A line of a save file rather than a command, which may name a table.
    static func statement(_ words: [Word], family: Family, isRestore: Bool) throws(ReadError)
      -> Statement
    {
      var grammar = Grammar(family: family, isRestore: isRestore, words: words)
      while grammar.next < words.count { try grammar.step() }
      if let negation = grammar.negation { throw negation.error("expected an option after '!'") }
      return grammar.statement
    }

    private init(family: Family, isRestore: Bool, words: [Word]) {
      self.family = family
      self.isRestore = isRestore
      self.words = words
      statement.rule.words.reserveCapacity(words.count)
    }

    private mutating func step() throws(ReadError) {
      let word = words[next]
      next += 1
      if word.text == "!" {
        if let negation { throw negation.error("expected an option after '!', found another '!'") }
        negation = word
        return
      }
      guard word.text.utf8.first == UInt8(ascii: "-"), word.text.utf8.count > 1 else {
        return try value(word)
      }
      if try command(word) { return }
      try option(word)
    }

    /// A word that is no option: only an option that is not understood takes it.
    private mutating func value(_ word: Word) throws(ReadError) {
      guard negation == nil, let taker else { throw word.expected("an option") }
      statement.rule.parts[taker].rest.append(word)
      statement.rule.words.append(word)
    }
  }
}

// MARK: - The tool's commands

extension IPTables.Grammar {
  private typealias Verb = IPTables.Statement.Verb

  /// Takes `word` and what belongs to it if it is a command or a switch of the tool.
  private mutating func command(_ word: IPTables.Word) throws(ReadError) -> Bool {
    switch word.text {
    case "-A", "--append": try begin(.append, word, chain: true)
    case "-C", "--check": try begin(.check, word, chain: true)
    case "-I", "--insert":
      try begin(.insert(at: 1), word, chain: true)
      if let number = try ruleNumber() { statement.verb = .insert(at: number) }
    case "-D", "--delete":
      try begin(.delete, word, chain: true)
      if let number = try ruleNumber() { statement.verb = .deleteNumber(number) }
    case "-R", "--replace":
      try begin(.replace(1), word, chain: true)
      guard let number = try ruleNumber() else {
        throw word.error("expected a rule number after the chain of '\(word.text)'")
      }
      statement.verb = .replace(number)
    case "-N", "--new-chain", "--new": try begin(.create, word, chain: true)
    case "-X", "--delete-chain": try begin(.remove, word, chain: false)
    case "-F", "--flush": try begin(.flush, word, chain: false)
    case "-P", "--policy":
      try begin(.policy, word, chain: true)
      statement.argument = try argument(of: word, "a policy")
    case "-E", "--rename-chain":
      try begin(.rename, word, chain: true)
      statement.argument = try argument(of: word, "the chain's new name")
    case "-Z", "--zero", "-L", "--list", "-S", "--list-rules":
      try begin(.show, word, chain: false)
      _ = try ruleNumber()
    case "-t", "--table":
      if isRestore {
        throw word.error(
          "'\(word.text)' cannot stand here: the table is the one of the line '*TABLE'")
      }
      statement.table = try argument(of: word, "a table")
    case "-w", "--wait", "-W", "--wait-interval":
      if isRestore { throw word.error("'\(word.text)' cannot stand in a save file") }
      if next < words.count, IPTables.Values.number(words[next].text) != nil { next += 1 }
    case "-n", "--numeric", "-v", "--verbose", "-x", "--exact", "--line-numbers": break
    case "--modprobe", "-M": _ = try argument(of: word, "a command")
    default: return word.text.hasPrefix("--modprobe=")
    }
    if let negation { throw negation.error("'!' cannot stand before '\(word.text)'") }
    return true
  }

  private mutating func begin(_ verb: Verb, _ word: IPTables.Word, chain: Bool) throws(ReadError) {
    if let earlier = statement.verbWord {
      throw word.error("expected one command, found '\(word.text)' after '\(earlier.text)'")
    }
    statement.verb = verb
    statement.verbWord = word
    if chain {
      statement.chain = try argument(of: word, "a chain")
    } else if next < words.count, !words[next].text.hasPrefix("-"), words[next].text != "!" {
      statement.chain = words[next]
      next += 1
    }
  }

  /// A number where the next word is no option.
  private mutating func ruleNumber() throws(ReadError) -> Int? {
    guard next < words.count, !words[next].text.hasPrefix("-"), words[next].text != "!" else {
      return nil
    }
    let word = words[next]
    next += 1
    guard let number = IPTables.Values.number(word.text, upTo: 1 << 31), number > 0 else {
      throw word.expected("a rule number from 1")
    }
    return Int(number)
  }

  private mutating func argument(of word: IPTables.Word, _ what: String) throws(ReadError)
    -> IPTables.Word
  {
    guard next < words.count else { throw word.error("expected \(what) after '\(word.text)'") }
    next += 1
    return words[next - 1]
  }
}

// MARK: - Options of rules

extension IPTables.Grammar {
  private typealias Option = IPTables.Option
  private typealias Part = IPTables.RuleSyntax.Part

  /// Whose option it is: nil for the tool's own, else a part's index.
  private typealias Found = (option: Option, part: Int?)

  private mutating func option(_ written: IPTables.Word) throws(ReadError) {
    var word = written
    var attached: IPTables.Word?
    if word.text.utf8.starts(with: "--".utf8),
      let sign = word.text.utf8.firstIndex(of: UInt8(ascii: "="))
    {
      let value = word.text[sign...].dropFirst()
      let offset = word.text.utf8.distance(from: word.text.startIndex, to: value.startIndex)
      attached = IPTables.Word(
        text: String(value), line: word.line, column: word.column + offset, isQuoted: false)
      word.text = String(word.text[..<sign])
    }
    guard let found = try resolve(word.text, word) else {
      // An extension that is not understood takes what nobody else does.
      guard let last = opaquePart ?? loadOpaque(word) else { throw unknown(word) }
      if let negation {
        statement.rule.parts[last].rest.append(negation)
        statement.rule.words.append(negation)
      }
      negation = nil
      statement.rule.parts[last].rest.append(written)
      statement.rule.words.append(written)
      taker = last
      return
    }
    taker = nil
    try take(found, word, attached)
  }

  private mutating func take(_ found: Found, _ word: IPTables.Word, _ attached: IPTables.Word?)
    throws(ReadError)
  {
    let option = found.option
    if let negation, !option.mayBeNegated {
      throw negation.error("'!' cannot stand before '\(word.text)'")
    }
    var values = attached.map { [$0] } ?? []
    if values.count > option.values { throw word.error("'\(word.text)' takes no value") }
    while values.count < option.values {
      let what = option.values == 1 ? "a value" : "\(option.values) values"
      let value = try argument(of: word, what)
      // Only a comment may read like an option; elsewhere a value is missing.
      if IPTables.ruleOptions[value.text] != nil, option.name != "comment" {
        throw value.expected("\(what) after '\(word.text)'")
      }
      values.append(value)
    }
    let given = IPTables.RuleSyntax.Given(
      name: option.name, word: word, values: values, isNegated: negation != nil)
    let isKept = try found.part == nil ? general(given) : true
    if let part = found.part {
      if statement.rule.parts[part].option(option.name) != nil {
        throw word.error("expected '\(word.text)' once only")
      }
      statement.rule.parts[part].options.append(given)
    }
    if isKept {
      if let negation { statement.rule.words.append(negation) }
      statement.rule.words.append(word)
      statement.rule.words += values
    }
    negation = nil
  }

  /// Does what the tool's own options ask; false where the option is not part of the rule's text.
  private mutating func general(_ given: IPTables.RuleSyntax.Given) throws(ReadError) -> Bool {
    switch given.name {
    case "match":
      guard IPTables.isMatchName(given.values[0].text) else {
        throw given.values[0].expected("a match's name")
      }
      let name = canonicalMatch(given.values[0].text)
      statement.rule.parts.append(
        Part(
          kind: .match, word: given.values[0], name: name,
          isUnderstood: IPTables.matchOptions[name] != nil))
    case "jump", "goto":
      if let earlier = statement.rule.parts.first(where: { $0.kind == .target || $0.kind == .goto })
      {
        throw given.word.error("expected one target, found another after '\(earlier.name)'")
      }
      let name = given.values[0].text
      let isJump = given.name == "jump"
      statement.rule.parts.append(
        Part(
          kind: isJump ? .target : .goto, word: given.values[0], name: name,
          isUnderstood: !isJump || IPTables.targetOptions[name] != nil))
    case "set-counters":
      guard let packets = IPTables.Values.number(given.values[0].text),
        let bytes = IPTables.Values.number(given.values[1].text)
      else { throw given.values[0].expected("packets and bytes as numbers") }
      statement.counter = Counter(packets: packets, bytes: bytes)
      return false
    case "ipv4":
      statement.onlyFor = .ip
      return false
    case "ipv6":
      statement.onlyFor = .ip6
      return false
    default:
      if statement.rule.general(given.name) != nil {
        throw given.word.error("expected '\(given.word.text)' once only")
      }
      if given.name == "protocol" {
        guard let number = IPTables.Values.transport(given.values[0].text) else {
          throw given.values[0].expected("a protocol's name or number from 0 to 255")
        }
        if number != 0 { statement.rule.transport = (number, given.isNegated) }
      }
      statement.rule.parts.append(
        Part(
          kind: .general, word: given.word, name: given.name, isUnderstood: true, options: [given]))
    }
    return true
  }

  /// `icmpv6` and `ipv6-icmp` are other names of `icmp6`.
  private func canonicalMatch(_ name: String) -> String {
    name == "icmpv6" || name == "ipv6-icmp" ? "icmp6" : name
  }

  private var opaquePart: Int? {
    statement.rule.parts.indices.last { !statement.rule.parts[$0].isUnderstood }
  }

  /// Exact names first; then whoever is not understood may have it; short forms of names last.
  private mutating func resolve(_ text: String, _ word: IPTables.Word) throws(ReadError) -> Found? {
    if let option = IPTables.ruleOptions[text] { return (option, nil) }
    for index in statement.rule.parts.indices.reversed() {
      if let option = options(of: statement.rule.parts[index])?[text] { return (option, index) }
    }
    let implied = impliedMatch
    if let implied, let option = IPTables.matchOptions[implied]?[text] {
      return (option, load(implied, word))
    }
    guard opaquePart == nil, text.utf8.starts(with: "--".utf8), text.utf8.count > 2 else {
      return nil
    }
    return try abbreviation(text, word, implied: implied)
  }

  private mutating func abbreviation(_ text: String, _ word: IPTables.Word, implied: String?)
    throws(ReadError) -> Found?
  {
    var found = IPTables.ruleOptions.options(startingWith: text).map { ($0, Int?.none) }
    for (index, part) in statement.rule.parts.enumerated() {
      found += options(of: part)?.options(startingWith: text).map { ($0, index) } ?? []
    }
    if found.isEmpty, let implied {
      let options = IPTables.matchOptions[implied]?.options(startingWith: text) ?? []
      if options.count == 1, let option = options.first { return (option, load(implied, word)) }
    }
    if found.count > 1 || IPTables.commandNames.contains(where: { $0.hasPrefix(text) }) {
      throw word.error("'\(word.text)' is short for more than one option")
    }
    return found.first
  }

  private func options(of part: Part) -> IPTables.OptionTable? {
    switch part.kind {
    case .match: IPTables.matchOptions[part.name]
    case .target: IPTables.targetOptions[part.name]
    case .general, .goto: nil
    }
  }

  /// The match that `-p` brings along unless it is there already.
  private var impliedMatch: String? {
    guard let transport = statement.rule.transport, !transport.isNegated else { return nil }
    let name: String? =
      switch transport.number {
      case 1: family == .ip ? "icmp" : nil
      case 6: "tcp"
      case 17: "udp"
      case 33: "dccp"
      case 58: family == .ip6 ? "icmp6" : nil
      case 132: "sctp"
      default: nil
      }
    return name.flatMap { name in
      statement.rule.parts.contains { $0.kind == .match && $0.name == name } ? nil : name
    }
  }

  /// The match that `-p` brings along where the model has none of its options.
  private mutating func loadOpaque(_ word: IPTables.Word) -> Int? {
    let names: [UInt8: String] = [50: "esp", 51: "ah", 135: "mh"]
    guard let transport = statement.rule.transport, !transport.isNegated,
      let name = names[transport.number]
    else { return nil }
    statement.rule.parts.append(Part(kind: .match, word: word, name: name, isUnderstood: false))
    return statement.rule.parts.count - 1
  }

  private mutating func load(_ match: String, _ word: IPTables.Word) -> Int {
    statement.rule.parts.append(Part(kind: .match, word: word, name: match, isUnderstood: true))
    return statement.rule.parts.count - 1
  }

  private func unknown(_ word: IPTables.Word) -> ReadError {
    word.error(
      "unknown option '\(word.text)': expected an option of the tool, of a match that '-m' or '-p' has loaded, or of the target"
    )
  }
}
