/// The tokens of RFC 8259, strictly, over bytes. Knows offsets only: a line and a column are found
/// when somebody asks.
struct JSONScanner {
  /// What is wrong at which byte.
  struct Failure: Error {
    var reason: DocumentError.Reason
    var offset: Int

    init(_ reason: DocumentError.Reason, at offset: Int) {
      self.reason = reason
      self.offset = offset
    }

    init(syntax problem: String, at offset: Int) { self.init(.syntax(problem), at: offset) }
  }

  /// A string's bytes between its quotes.
  struct Text {
    var content: Range<Int>
    var hasEscapes: Bool
  }

  enum Token {
    case null
    case boolean(Bool)
    case integer, float
    case string(Text)
    case beginArray, beginObject
  }

  let bytes: [UInt8]
  private(set) var offset: Int
  let end: Int

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { offset >= end }

  /// The byte here, without taking it.
  var current: UInt8? { offset < end ? bytes[offset] : nil }

  mutating func skipBlanks() {
    while let byte = current, byte.isBlank || byte.isLineEnd { offset += 1 }
  }

  /// Takes `byte` if it comes next after blanks.
  mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard current == byte else { return false }
    offset += 1
    return true
  }

  mutating func expect(_ byte: UInt8, _ wanted: String) throws(Failure) {
    guard take(byte) else { throw unexpected(wanted) }
  }

  /// Takes a scalar, or the bracket that opens an array or object.
  mutating func value() throws(Failure) -> Token {
    skipBlanks()
    switch current {
    case UInt8.quote: return .string(try string())
    case UInt8(ascii: "{"):
      offset += 1
      return .beginObject
    case UInt8(ascii: "["):
      offset += 1
      return .beginArray
    case UInt8(ascii: "t"):
      try word("true")
      return .boolean(true)
    case UInt8(ascii: "f"):
      try word("false")
      return .boolean(false)
    case UInt8(ascii: "n"):
      try word("null")
      return .null
    case let byte? where byte == UInt8(ascii: "-") || byte.isDigit: return try number()
    default: throw unexpected("a value")
    }
  }

  /// Takes and checks what an array or object holds, up to its closing bracket.
  mutating func skipContents(of token: Token, depth: Int) throws(Failure) {
    let (closing, wanted): (UInt8, String)
    switch token {
    case .beginArray: (closing, wanted) = (UInt8(ascii: "]"), "',' or ']'")
    case .beginObject: (closing, wanted) = (UInt8(ascii: "}"), "',' or '}'")
    default: return
    }
    guard depth > 0 else { throw Failure(.limit("nested too deep"), at: offset - 1) }
    if take(closing) { return }
    repeat {
      if case .beginObject = token {
        skipBlanks()
        _ = try string()
        try expect(UInt8(ascii: ":"), "':'")
      }
      try skipContents(of: try value(), depth: depth - 1)
    } while take(UInt8(ascii: ","))
    try expect(closing, wanted)
  }

  /// The error that `wanted` was expected here, with what is here instead.
  func unexpected(_ wanted: String) -> Failure {
    guard let byte = current else {
      return Failure(.expected(wanted, found: "the end of the text"), at: offset)
    }
    let found =
      switch byte {
      case 0x21...0x7E: "'\(Character(UnicodeScalar(byte)))'"
      case .lineFeed, .carriageReturn: "the end of the line"
      case 0x80...: "a character that is not ASCII"
      default: "the byte \(byte)"
      }
    return Failure(.expected(wanted, found: found), at: offset)
  }

  private mutating func word(_ word: StaticString) throws(Failure) {
    let start = offset
    for index in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[index] else {
        throw Failure(syntax: "expected '\(word)' or another value", at: start)
      }
      offset += 1
    }
    if let next = current, next.isLetter || next.isDigit {
      throw unexpected("the end of '\(word)'")
    }
  }

  private mutating func number() throws(Failure) -> Token {
    if current == UInt8(ascii: "-") { offset += 1 }
    if current == UInt8(ascii: "0") {
      offset += 1
      if current?.isDigit == true {
        throw Failure(syntax: "a number has no leading zero", at: offset - 1)
      }
    } else {
      try digits()
    }
    var token = Token.integer
    if current == UInt8(ascii: ".") {
      offset += 1
      try digits()
      token = .float
    }
    if let mark = current, mark | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
      try digits()
      token = .float
    }
    return token
  }

  private mutating func digits() throws(Failure) {
    guard current?.isDigit == true else { throw unexpected("a digit") }
    while current?.isDigit == true { offset += 1 }
  }
}

// MARK: - Strings

extension JSONScanner {
  /// Takes a string that comes next, quotes included, and checks it: UTF-8, escapes, surrogates.
  mutating func string() throws(Failure) -> Text {
    let opening = offset
    guard current == .quote else { throw unexpected("a string") }
    offset += 1
    var hasEscapes = false
    var isASCII = true
    while let byte = current {
      switch byte {
      case .quote:
        let content = (opening + 1)..<offset
        offset += 1
        if !isASCII, let invalid = bytes.firstInvalidUTF8(in: content) {
          throw Failure(syntax: "this byte is not UTF-8", at: invalid)
        }
        return Text(content: content, hasEscapes: hasEscapes)
      case .backslash:
        hasEscapes = true
        try skipEscape()
      case 0..<0x20:
        let what = byte.isLineEnd ? "a line end" : "a control character"
        throw Failure(syntax: "\(what) in a string must be escaped", at: offset)
      default:
        isASCII = isASCII && byte < 0x80
        offset += 1
      }
    }
    throw Failure(syntax: "a string without its closing quote", at: opening)
  }

  private mutating func skipEscape() throws(Failure) {
    let start = offset
    switch offset + 1 < end ? bytes[offset + 1] : 0 {
    case UInt8(ascii: "u"):
      let first = try hexEscape(at: start)
      offset += 6
      guard UTF16.isSurrogate(first) else { return }
      guard UTF16.isLeadSurrogate(first), bytes.starts(at: offset, with: "\\u".utf8),
        UTF16.isTrailSurrogate(try hexEscape(at: offset))
      else { throw Failure(syntax: "half of a surrogate pair", at: start) }
      offset += 6
    case let byte where "\"\\/bfnrt".utf8.contains(byte): offset += 2
    default: throw Failure(syntax: "no such escape in JSON", at: start)
    }
  }

  private func hexEscape(at start: Int) throws(Failure) -> UInt16 {
    guard start + 6 <= end, let unit = Self.hexEscape(at: start, in: bytes) else {
      throw Failure(syntax: "expected four hexadecimal digits after '\\u'", at: start)
    }
    return unit
  }

  /// The code unit that the escape at `start` names: `\u` and four hexadecimal digits.
  private static func hexEscape(at start: Int, in bytes: [UInt8]) -> UInt16? {
    var unit: UInt16 = 0
    for index in (start + 2)..<(start + 6) {
      guard let digit = bytes[index].digitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  /// What a string that was checked here says.
  static func decode(_ text: Text, in bytes: [UInt8]) -> String {
    guard text.hasEscapes else { return String(decoding: bytes[text.content], as: UTF8.self) }
    var decoded: [UInt8] = []
    var units: [UInt16] = []
    var index = text.content.lowerBound
    while index < text.content.upperBound {
      guard bytes[index] == .backslash else {
        decoded.append(bytes[index])
        index += 1
        continue
      }
      guard let unit = bytes[index + 1] == UInt8(ascii: "u") ? hexEscape(at: index, in: bytes) : nil
      else {
        decoded.append(unescaped(bytes[index + 1]))
        index += 2
        continue
      }
      units.append(unit)
      index += 6
      if units.count == 2 || !UTF16.isSurrogate(unit) {
        decoded += String(decoding: units, as: UTF16.self).utf8
        units = []
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  func decode(_ text: Text) -> String { Self.decode(text, in: bytes) }

  private static func unescaped(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): .lineFeed
    case UInt8(ascii: "r"): .carriageReturn
    case UInt8(ascii: "t"): .tab
    default: letter
    }
  }
}
