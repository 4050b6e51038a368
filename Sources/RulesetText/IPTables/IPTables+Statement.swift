import Ruleset

extension IPTables {
  /// One line of a save file or one command, with its options sorted to whom they belong, before
  /// any of it has a meaning.
  struct Statement {
    enum Verb {
      case append, check, delete
      case insert(at: Int)
      case replace(Int)
      case deleteNumber(Int)
      case create, remove, flush, policy, rename
      /// Shows or zeroes counters: changes no rule.
      case show
    }

    var verb: Verb?
    /// The command itself, for errors.
    var verbWord: Word?
    var chain: Word?
    /// The policy, or a chain's new name.
    var argument: Word?
    var table: Word?
    var rule = RuleSyntax()
    var counter: Counter?
    /// Set by `-4` and `-6`: the other family's tool passes over the line.
    var onlyFor: Family?
  }

  /// A rule as written: its words, and its options in order, each under the extension it goes to.
  struct RuleSyntax {
    var parts: [Part] = []
    /// What the rule's text holds.
    var words: [Word] = []
    /// The protocol after `-p`, unless that is all of them.
    var transport: (number: UInt8, isNegated: Bool)?

    struct Part {
      enum Kind: Hashable { case general, match, target, goto }

      var kind: Kind
      /// The extension's name as written, or the first option's word.
      var word: Word
      /// The extension's canonical name.
      var name: String
      var isUnderstood: Bool
      var options: [Given] = []
      /// All words of an extension that is not understood, after its name.
      var rest: [Word] = []
    }

    struct Given {
      var name: String
      var word: Word
      var values: [Word]
      var isNegated: Bool
    }

    /// The first option of that name.
    func general(_ name: String) -> Given? {
      for part in parts where part.kind == .general {
        if let given = part.options.first(where: { $0.name == name }) { return given }
      }
      return nil
    }
  }
}

extension IPTables.RuleSyntax.Part {
  func option(_ name: String) -> IPTables.RuleSyntax.Given? { options.first { $0.name == name } }
}

// MARK: - Lists of addresses

extension IPTables.RuleSyntax {
  /// More rules from one line than anybody means.
  static let mostRules = 65536

  /// One rule for each pair of the source and destination lists, in the order the tool adds them.
  func expanded() throws(ReadError) -> [Self] {
    let sources = try items(of: "source")
    let destinations = try items(of: "destination")
    guard sources != nil || destinations != nil else { return [self] }
    let count = (sources?.count ?? 1).multipliedReportingOverflow(by: destinations?.count ?? 1)
    if count.overflow || count.partialValue > Self.mostRules, let first = words.first {
      throw first.error("expected at most \(Self.mostRules) rules from one line")
    }
    var rules: [Self] = []
    for source in sources ?? [nil] {
      for destination in destinations ?? [nil] {
        var rule = self
        rule.replace("source", with: source)
        rule.replace("destination", with: destination)
        rules.append(rule)
      }
    }
    return rules
  }

  private func items(of option: String) throws(ReadError) -> [IPTables.Word?]? {
    guard let given = general(option), let value = given.values.first,
      value.text.utf8.contains(UInt8(ascii: ","))
    else { return nil }
    if given.isNegated {
      throw value.error("expected one address after '!', found a list")
    }
    return value.text.split(separator: ",", omittingEmptySubsequences: false).map {
      value.replacing($0)
    }
  }

  private mutating func replace(_ option: String, with value: IPTables.Word?) {
    guard let value, let old = general(option)?.values.first else { return }
    for part in parts.indices where parts[part].kind == .general {
      for index in parts[part].options.indices where parts[part].options[index].name == option {
        parts[part].options[index].values = [value]
      }
    }
    for index in words.indices where words[index].isAt(old) { words[index] = value }
  }
}

extension IPTables.Word {
  fileprivate func isAt(_ other: Self) -> Bool { line == other.line && column == other.column }
}
