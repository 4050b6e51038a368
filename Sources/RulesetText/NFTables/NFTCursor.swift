/// A place in an nft script: the token here, the one after it, and the variables defined so far.
struct NFTCursor {
  private var lexer: NFTLexer
  private(set) var token: NFTToken
  /// Tokens to come before the lexer's next, last first: a variable's value, or a token peeked at.
  private var pending: [NFTToken] = []
  private var variables: [String: [NFTToken]] = [:]
  private var record: [UInt8] = []

  /// A variable of a variable of a variable … must not grow without end.
  private static let longestVariable = 1 << 16

  init(_ source: [UInt8]) throws(ReadError) {
    lexer = NFTLexer(source)
    token = NFTToken(kind: .newline, isSpaced: false, start: 0, end: 0, line: 1, column: 1)
    token = try fetch()
  }

  // MARK: - Moving

  mutating func advance() throws(ReadError) {
    if token.kind != .newline {
      if token.isSpaced, !record.isEmpty { record.append(UInt8(ascii: " ")) }
      record += lexer.source[token.start..<token.end]
    }
    token = try fetch()
  }

  /// The token after this one.
  mutating func peek() throws(ReadError) -> NFTToken {
    let next = try fetch()
    pending.append(next)
    return next
  }

  private mutating func fetch() throws(ReadError) -> NFTToken {
    while true {
      let next = if let waiting = pending.popLast() { waiting } else { try lexer.next() }
      guard next.kind == .sign, source(next).elementsEqual("$".utf8) else { return next }
      let name = if let waiting = pending.popLast() { waiting } else { try lexer.next() }
      guard name.kind == .word, let value = variables[string(name)] else {
        throw error(at: name, "expected a variable that is defined, found '\(string(name))'")
      }
      pending += value.reversed()
    }
  }

  // MARK: - The token here

  var text: String { string(token) }

  func string(_ token: NFTToken) -> String {
    String(decoding: source(token), as: UTF8.self)
  }

  private func source(_ token: NFTToken) -> ArraySlice<UInt8> {
    lexer.source[token.start..<token.end]
  }

  func isAt(_ text: StaticString) -> Bool {
    guard token.kind == .sign || token.kind == .word,
      token.end - token.start == text.utf8CodeUnitCount
    else { return false }
    return text.withUTF8Buffer { source(token).elementsEqual($0) }
  }

  /// Two blanks before this token, or one after the tabs of a listing: what nft leaves where it
  /// cannot print an extension of iptables.
  var isAfterGap: Bool {
    let start = token.start
    guard start >= 2, lexer.source[start - 1] == UInt8(ascii: " ") else { return false }
    let before = lexer.source[start - 2]
    return before == UInt8(ascii: "\t")
      || before == UInt8(ascii: " ") && start >= 3 && lexer.source[start - 3].isWordEnd
  }

  /// A newline, `;`, `}` or the end: where a rule or a line of a block ends.
  var isAtEnd: Bool {
    token.kind == .newline || token.kind == .end || isAt(";") || isAt("}")
  }

  // MARK: - Taking

  mutating func take(_ text: StaticString) throws(ReadError) -> Bool {
    guard isAt(text) else { return false }
    try advance()
    return true
  }

  mutating func takeAny(_ texts: StaticString...) throws(ReadError) -> Bool {
    for text in texts where try take(text) { return true }
    return false
  }

  mutating func expect(_ text: StaticString) throws(ReadError) {
    guard try take(text) else { throw expected("'\(text)'") }
  }

  /// A word as it stands.
  mutating func word(_ what: String) throws(ReadError) -> String {
    guard token.kind == .word else { throw expected(what) }
    let word = text
    try advance()
    return word
  }

  /// A word, or what stands between quotes.
  mutating func name(_ what: String) throws(ReadError) -> String {
    guard token.kind == .quoted else { return try word(what) }
    let name = String(text.dropFirst().dropLast())
    try advance()
    return name
  }

  mutating func number<Number: FixedWidthInteger & Sendable>(
    _ what: String, as type: Number.Type = Number.self
  ) throws(ReadError) -> Number {
    guard token.kind == .word, let wide = NFTNumber.parse(text), let number = Number(exactly: wide)
    else { throw expected(what) }
    try advance()
    return number
  }

  mutating func skipNewlines() throws(ReadError) {
    while token.kind == .newline { try advance() }
  }

  /// Everything up to the `}` of the `{` here, with it.
  mutating func skipBraces() throws(ReadError) {
    let opening = token
    var depth = 0
    repeat {
      if isAt("{") { depth += 1 }
      if isAt("}") { depth -= 1 }
      if token.kind == .end { throw error(at: opening, "expected a '}' for this '{'") }
      try advance()
    } while depth > 0
  }

  // MARK: - Variables

  mutating func define(_ name: String, as value: [NFTToken]) throws(ReadError) {
    guard value.count <= Self.longestVariable else {
      throw error(at: token, "expected a variable of at most \(Self.longestVariable) tokens")
    }
    variables[name] = value
  }

  mutating func undefine(_ name: String) { variables[name] = nil }

  // MARK: - Text

  /// From here on `recorded` is the text taken, white space made single.
  mutating func startRecord() { record.removeAll(keepingCapacity: true) }

  var recorded: String { String(decoding: record, as: UTF8.self) }

  var recordLength: Int { record.count }

  /// Forgets the text after `length`.
  mutating func cutRecord(to length: Int) {
    record.removeLast(max(0, record.count - length))
  }

  func recorded(from length: Int) -> String {
    let text = record.dropFirst(length)
    return String(decoding: text.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
  }

  // MARK: - Errors

  func expected(_ what: String) -> ReadError {
    let found =
      switch token.kind {
      case .word, .sign: "'\(text)'"
      case .quoted: text
      case .newline: "the end of the line"
      case .end: "the end"
      }
    return error(at: token, "expected \(what), found \(found)")
  }

  func error(at token: NFTToken, _ message: String) -> ReadError {
    ReadError(line: token.line, column: token.column, message: message)
  }
}

extension UInt8 {
  fileprivate var isWordEnd: Bool { self > 0x20 && self != UInt8(ascii: ";") }
}

/// Numbers as nft's scanner takes them: decimal, octal after a 0, hexadecimal after 0x.
enum NFTNumber {
  static func parse(_ text: some StringProtocol) -> UInt64? {
    guard text.utf8.first?.isDigit == true else { return nil }
    if text.hasPrefix("0x") || text.hasPrefix("0X") {
      let digits = text.dropFirst(2)
      return digits.utf8.allSatisfy(\.isHexDigit) ? UInt64(digits, radix: 16) : nil
    }
    // `08` is no octal number and goes to the C library, which takes it for 8.
    return (text.hasPrefix("0") ? UInt64(text, radix: 8) : nil) ?? UInt64(text)
  }
}
