import Addresses
import Ruleset

/// Reads nft's language: one script, one transaction.
///
/// Its aspects: commands and blocks, statements, selectors, conditions, values, sets.
struct NFTReader {
  var cursor: NFTCursor
  var transaction = NFTTransaction()
  /// The rule being read.
  var draft = NFTRuleDraft(line: 1, column: 1)
  var context = NFTContext()
  /// Parentheses and braces open within each other.
  var depth = 0

  let owners: Owners

  init(_ source: [UInt8], owners: Owners) throws(ReadError) {
    cursor = try NFTCursor(source)
    self.owners = owners
  }

  static let deepestNesting = 16

  mutating func open(_ sign: StaticString) throws(ReadError) {
    guard depth < Self.deepestNesting else {
      throw cursor.expected("at most \(Self.deepestNesting) levels of nesting")
    }
    depth += 1
    try cursor.expect(sign)
  }

  mutating func close(_ sign: StaticString) throws(ReadError) {
    try cursor.expect(sign)
    depth -= 1
  }
}

/// What the conditions of a rule have settled so far; nft asks for a family or protocol only where
/// it is not settled (its protocol context).
struct NFTContext {
  var family: Family?
  var transport: TransportProtocol?
  /// Some condition on the protocol has held, so ports may be mapped.
  var hasTransport = false
  var table: TableFamily = .ip

  init() {}

  init(in table: TableFamily) {
    self.table = table
    family = table == .ip ? .ipv4 : table == .ip6 ? .ipv6 : nil
  }
}

// MARK: - Rules

extension NFTReader {
  /// A rule's statements, up to the end of its line.
  mutating func rule(in table: TableFamily) throws(ReadError) -> NFTRuleDraft {
    draft = NFTRuleDraft(line: cursor.token.line, column: cursor.token.column)
    context = NFTContext(in: table)
    depth = 0
    cursor.startRecord()
    if cursor.isAtEnd { throw cursor.expected("a rule") }
    var isTerminal = false
    while !cursor.isAtEnd {
      if cursor.isAfterGap { draft.parts.append(.hiddenMatch) }
      if draft.comment != nil { throw cursor.expected("the end of the rule after its comment") }
      if isTerminal, !cursor.isAt("comment") {
        throw cursor.expected("the end of the rule after its verdict")
      }
      if try statement() { isTerminal = true }
    }
    if !isTerminal, draft.counter != nil, cursor.token.kind == .newline, cursor.token.isSpaced {
      draft.parts.append(.hiddenTarget)
    }
    draft.text = cursor.recorded
    draft.origin = .line(draft.line)
    if cursor.token.kind == .newline, let handle = Self.handle(cursor.text) {
      draft.origin = .handle(handle)
    }
    return draft
  }

  /// `# handle 7`, as `nft -a` appends it.
  private static func handle(_ comment: String) -> UInt64? {
    let words = comment.drop { $0 == "#" }.split(separator: " ")
    guard words.count == 2, words[0] == "handle" else { return nil }
    return UInt64(words[1])
  }

  mutating func emit(_ verdict: Verdict) { draft.parts.append(.step(.verdict(verdict))) }

  mutating func emit(_ effect: Effect) { draft.parts.append(.step(.effect(effect))) }

  mutating func emit(_ constraints: [Constraint]) {
    draft.parts.append(.step(.test(.all(constraints))))
  }

  // MARK: - Guards

  /// What nft asks before it looks at `selector`: the family, then the protocol.
  mutating func require(_ selector: NFTSelector, at token: NFTToken) throws(ReadError) {
    // ICMP is asked for by its protocol; by its family only where nothing is settled yet.
    let isSettled = context.transport != nil || context.family != nil
    if let family = selector.family, selector.transport == nil || !isSettled {
      try require(family, at: token)
    }
    if let transport = selector.transport { try require(transport, at: token) }
    if selector.name.hasPrefix("th ") { context.hasTransport = true }
  }

  mutating func require(_ family: Family, at token: NFTToken) throws(ReadError) {
    if let settled = context.family {
      guard settled == family else {
        throw cursor.error(
          at: token, "expected a match on \(settled.keyword) here, found one on \(family.keyword)")
      }
      return
    }
    emit([Constraint(.family, is: UInt128(family.rawValue))])
    context.family = family
  }

  mutating func require(_ transport: TransportProtocol, at token: NFTToken) throws(ReadError) {
    if let settled = context.transport {
      guard settled == transport else {
        throw cursor.error(
          at: token, "expected a match on \(settled) here, found one on \(transport)")
      }
      return
    }
    emit([Constraint(.transportProtocol, is: UInt128(transport.rawValue))])
    context.transport = transport
    context.hasTransport = true
  }
}

extension Family {
  /// nft's word for it.
  var keyword: String { self == .ipv4 ? "ip" : "ip6" }
}
