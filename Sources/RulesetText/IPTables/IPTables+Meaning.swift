import Addresses
import Ruleset

extension IPTables {
  /// A rule with its meaning, before it has a place in a chain.
  struct DraftRule {
    var rule: Rule
    /// The chain it jumps or goes to, which must be there when the table is complete.
    var target: Target?
    /// What only some tables and chains allow.
    var claims: [Claim] = []

    struct Target {
      var word: Word
      /// What was written after it: for an extension's target then, no chain.
      var rest: [Word]
      var isGoto: Bool
    }
  }

  /// Gives a rule's parts their meaning: each match becomes constraints, in the order written, and
  /// the target effects and a verdict.
  struct Meaning {
    let family: Family
    let owners: Owners
    let syntax: RuleSyntax
    private var steps: [Rule.Step] = []
    private var constraints: [Constraint] = []
    private var draft: DraftRule

    static func draft(
      _ statement: Statement, _ syntax: RuleSyntax, _ family: Family, _ owners: Owners
    )
      throws(ReadError) -> DraftRule
    {
      var meaning = Meaning(
        family: family, owners: owners, syntax: syntax,
        draft: DraftRule(
          rule: Rule(
            [], text: syntax.words.printed, counter: statement.counter,
            origin: statement.verbWord.map { .line($0.line) }),
          claims: syntax.claims()))
      for part in syntax.parts {
        switch part.kind {
        case .general: for given in part.options { try meaning.read(given) }
        case .match: try meaning.readMatch(part)
        case .target: try meaning.readTarget(part)
        case .goto: meaning.go(to: part, isGoto: true)
        }
      }
      return meaning.finished()
    }

    private init(family: Family, owners: Owners, syntax: RuleSyntax, draft: DraftRule) {
      self.family = family
      self.owners = owners
      self.syntax = syntax
      self.draft = draft
    }

    /// Tests come before the target, wherever it was written.
    private consuming func finished() -> DraftRule {
      flush()
      let isTest = { (step: Rule.Step) in if case .test = step { true } else { false } }
      let isOrdered = steps.drop(while: isTest).allSatisfy { !isTest($0) }
      draft.rule.steps = isOrdered ? steps : steps.filter(isTest) + steps.filter { !isTest($0) }
      return draft
    }
  }
}

// MARK: - Building blocks

extension IPTables.Meaning {
  typealias Part = IPTables.RuleSyntax.Part
  typealias Given = IPTables.RuleSyntax.Given
  typealias Word = IPTables.Word
  typealias Values = IPTables.Values

  /// One field in one set, or outside it; nothing where that is every value.
  mutating func require(_ field: Field, in set: IntervalSet, not isNegated: Bool = false) {
    // Only a set from zero on can be the whole domain.
    guard isNegated || set.intervals.first?.lowerBound == 0 else {
      return constraints.append(Constraint(field, in: set))
    }
    let domain = field.domain(in: Family(family))
    let set = isNegated ? set.complement(in: domain) : set
    if set != domain { constraints.append(Constraint(field, in: set)) }
  }

  /// Something only a test of several arms can say.
  mutating func require(_ test: Test) {
    flush()
    steps.append(.test(test))
  }

  /// A match the model does not have. Without state it answers alike wherever it stands.
  mutating func requireUnknown(
    _ name: String, _ detail: String, not isNegated: Bool, hasState: Bool
  ) {
    require(
      .unknown(UnknownMatch(name: name, detail: detail, isStateful: hasState)),
      in: IntervalSet(isNegated ? 0 : 1))
  }

  mutating func add(_ effect: Effect) {
    flush()
    steps.append(.effect(effect))
  }

  mutating func add(_ verdict: Verdict) {
    flush()
    steps.append(.verdict(verdict))
  }

  /// Ends with a chain, unless the table turns out to have none of that name.
  mutating func go(to part: Part, isGoto: Bool) {
    add(isGoto ? .goto(part.name) : .jump(to: part.name))
    draft.target = .init(word: part.word, rest: part.rest, isGoto: isGoto)
  }

  mutating func note(_ comment: String) {
    if draft.rule.comment == nil { draft.rule.comment = comment }
  }

  private mutating func flush() {
    guard !constraints.isEmpty else { return }
    steps.append(.test(.all(constraints)))
    constraints = []
  }

  var transport: (number: UInt8, isNegated: Bool)? { syntax.transport }
}

// MARK: - The tool's own options

extension IPTables.Meaning {
  fileprivate mutating func read(_ given: Given) throws(ReadError) {
    switch given.name {
    case "protocol":
      if let transport {
        require(
          .transportProtocol, in: IntervalSet(UInt128(transport.number)), not: transport.isNegated)
      } else if given.isNegated {
        throw given.values[0].error("'! \(given.word.text) \(given.values[0].text)' never holds")
      }
    case "source": try readAddress(given, .source)
    case "destination": try readAddress(given, .destination)
    case "in-interface": try readInterface(given, .inputInterface)
    case "out-interface": try readInterface(given, .outputInterface)
    default:
      if family == .ip6 {
        throw given.word.error("'\(given.word.text)' is for IPv4 only: expected '-m frag'")
      }
      requireUnknown("fragment", "-f", not: given.isNegated, hasState: false)
    }
  }

  private mutating func readAddress(_ given: Given, _ field: Field) throws(ReadError) {
    let word = given.values[0]
    let items = word.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = Values.host(items[0], family) else {
      throw word.expected(family == .ip ? "an IPv4 address" : "an IPv6 address")
    }
    var mask = Family(family).addresses.upperBound
    if items.count == 2 {
      guard let read = Values.mask(items[1], family) else {
        throw word.error(
          "expected a mask from 0 to \(Family(family).width), or as an address, found '\(items[1])'",
          at: items[0].utf8.count + 1)
      }
      mask = read
    }
    // The tool has nothing to test for an empty mask; negated, it could never hold.
    if mask == 0, !given.isNegated { return }
    if let set = Values.addresses(address.bits, mask: mask, family) {
      require(field, in: set, not: given.isNegated)
    } else {
      let family = Family(family)
      let bits = IPAddress(family, address.bits & mask)
      requireUnknown(
        given.name, "\(bits)/\(IPAddress(family, mask))", not: given.isNegated, hasState: false)
    }
  }

  /// A name, or a stem with a `+` that any name may continue. What no interface can bear as a name
  /// is a test that never holds.
  private mutating func readInterface(_ given: Given, _ field: Field) throws(ReadError) {
    let word = given.values[0]
    guard (1...15).contains(word.text.utf8.count) else {
      throw word.expected("an interface's name of 1 to 15 bytes")
    }
    let set: IntervalSet
    if word.text.utf8.last == UInt8(ascii: "+") {
      if word.text.utf8.count == 1, !given.isNegated { return }
      set = IntervalSet([InterfaceName.names(startingWith: Array(word.text.utf8.dropLast()))])
    } else {
      set = InterfaceName(word.text).map { IntervalSet($0.bits) } ?? .empty
    }
    require(field, in: set, not: given.isNegated)
  }
}
