/// Reads JSON Lines whose lines are flat objects, fast: no node tree, no string for a known key.
///
/// `Key` lists the keys that have a meaning:
///
///     enum ProbeKey: String, CaseIterable { case proto, dport }
///     var lines = JSONLines<ProbeKey>(bytes)
///     while try lines.next() {
///       for field in lines.fields {
///         switch field.key { case .dport?: try field.integer(in: 0...65535) … }
///       }
///     }
///
/// As strict as `Node(readingJSON:)`. A blank line is passed over. After an error the next call goes on with the
/// next line. A value that is an array or object is checked and can be had as its text.
public struct JSONLines<Key: RawRepresentable<String> & CaseIterable> {
  /// The fields of the line at hand, in its order.
  public private(set) var fields: [JSONField<Key>] = []
  /// Its number, from 1.
  public private(set) var line = 0
  /// Where it stands in the text, without its line end.
  public private(set) var range = 0..<0

  private let bytes: [UInt8]
  private let limits: DocumentLimits
  private let keys: [(key: Key, name: [UInt8])]
  private var offset: Int
  /// Of each known key, the line that had it last.
  private var lastLine: [Int]
  private var otherNames: Set<String> = []

  public init(_ bytes: [UInt8], limits: DocumentLimits = DocumentLimits()) {
    self.bytes = bytes
    self.limits = limits
    keys = Key.allCases.map { ($0, Array($0.rawValue.utf8)) }
    lastLine = Array(repeating: 0, count: keys.count)
    offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The bytes of the line at hand.
  public var text: ArraySlice<UInt8> { bytes[range] }

  /// Goes to the next line that is not blank; false at the end of the text.
  public mutating func next() throws(DocumentError) -> Bool {
    fields.removeAll(keepingCapacity: true)
    while offset < bytes.count {
      nextLine()
      var scanner = JSONScanner(bytes, in: range)
      scanner.skipBlanks()
      if scanner.isAtEnd { continue }
      do throws(JSONScanner.Failure) {
        try read(&scanner)
      } catch {
        fields.removeAll(keepingCapacity: true)
        throw DocumentError(error.reason, at: mark(at: error.offset))
      }
      return true
    }
    return false
  }

  /// The place of a byte of the line at hand.
  public func mark(at offset: Int) -> Mark {
    var cursor = MarkCursor(bytes, at: Mark(line: line, column: 1, offset: range.lowerBound))
    return cursor.mark(atOffset: offset)
  }

  private mutating func nextLine() {
    line += 1
    let start = offset
    while offset < bytes.count, bytes[offset] != .lineFeed { offset += 1 }
    range = start..<offset
    if offset < bytes.count { offset += 1 }
  }

  private mutating func read(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    if !otherNames.isEmpty { otherNames.removeAll(keepingCapacity: true) }
    try scanner.expect(UInt8(ascii: "{"), "an object")
    if !scanner.take(UInt8(ascii: "}")) {
      repeat { try readField(&scanner) } while scanner.take(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "}"), "',' or '}'")
    }
    scanner.skipBlanks()
    guard scanner.isAtEnd else { throw scanner.unexpected("the end of the line") }
  }

  private mutating func readField(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    scanner.skipBlanks()
    let nameStart = scanner.offset
    guard scanner.current == .quote else { throw scanner.unexpected("a key in double quotes") }
    let name = try scanner.string()
    let known = index(of: name, in: scanner)
    let isNew: Bool
    if let known {
      isNew = lastLine[known] != line
      lastLine[known] = line
    } else {
      isNew = otherNames.insert(scanner.decode(name)).inserted
    }
    guard isNew else { throw duplicate(scanner.decode(name), at: nameStart) }
    try scanner.expect(UInt8(ascii: ":"), "':'")
    scanner.skipBlanks()
    let start = scanner.offset
    let token = try scanner.value()
    try scanner.skipContents(of: token, depth: limits.depth)
    fields.append(
      JSONField(
        key: known.map { keys[$0].key }, nameText: name, token: token,
        range: start..<scanner.offset, line: line, lineStart: range.lowerBound, scanner: scanner))
  }
}

extension JSONLines {
  /// Which of the known keys this is. A handful of byte comparisons beats hashing.
  private func index(of name: JSONScanner.Text, in scanner: JSONScanner) -> Int? {
    if name.hasEscapes {
      let decoded = Array(scanner.decode(name).utf8)
      return keys.firstIndex { $0.name == decoded }
    }
    let content = name.content
    candidates: for index in keys.indices where keys[index].name.count == content.count {
      for (byte, place) in zip(keys[index].name, content) where byte != bytes[place] {
        continue candidates
      }
      return index
    }
    return nil
  }

  private func duplicate(_ name: String, at offset: Int) -> JSONScanner.Failure {
    let first = fields.first { $0.name == name }
    return .init(.duplicateKey(name, first: first?.keyMark ?? mark(at: offset)), at: offset)
  }
}

/// One key and value of a line, still bytes.
public struct JSONField<Key> {
  /// Nil for a key that `Key` does not list; see `name`.
  public let key: Key?

  let nameText: JSONScanner.Text
  let token: JSONScanner.Token
  let range: Range<Int>
  let line: Int
  let lineStart: Int
  let scanner: JSONScanner

  public var name: String { scanner.decode(nameText) }

  /// The value as it is written, checked: what may be copied into other JSON.
  public var text: ArraySlice<UInt8> { scanner.bytes[range] }

  public var mark: Mark { mark(at: range.lowerBound) }
  public var keyMark: Mark { mark(at: nameText.content.lowerBound - 1) }

  private func mark(at offset: Int) -> Mark {
    let start = Mark(line: line, column: 1, offset: lineStart)
    var cursor = MarkCursor(scanner.bytes, at: start)
    return cursor.mark(atOffset: offset)
  }

  public var isNull: Bool {
    if case .null = token { true } else { false }
  }

  public func string() throws(DocumentError) -> String {
    guard case .string(let content) = token else { throw mismatch("a string") }
    return scanner.decode(content)
  }

  /// Whether the value is the string `text`; makes no string.
  public func isString(_ text: StaticString) -> Bool {
    guard case .string(let content) = token else { return false }
    if content.hasEscapes { return scanner.decode(content) == "\(text)" }
    guard text.hasPointerRepresentation, text.utf8CodeUnitCount == content.content.count else {
      return false
    }
    for (index, place) in content.content.enumerated()
    where text.utf8Start[index] != scanner.bytes[place] {
      return false
    }
    return true
  }

  public func boolean() throws(DocumentError) -> Bool {
    guard case .boolean(let isTrue) = token else { throw mismatch("true or false") }
    return isTrue
  }

  public func integer<T: FixedWidthInteger>(
    in range: ClosedRange<T> = T.min...T.max
  ) throws(DocumentError) -> T {
    guard case .integer = token, let number, let exact = T(exactly: number), range.contains(exact)
    else { throw mismatch("an integer from \(range.lowerBound) to \(range.upperBound)") }
    return exact
  }

  /// Nil beyond 128 bits.
  private var number: Int128? {
    let isNegative = scanner.bytes[range.lowerBound] == UInt8(ascii: "-")
    var value: Int128 = 0
    for index in range.dropFirst(isNegative ? 1 : 0) {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let digit = Int128(scanner.bytes[index] &- UInt8(ascii: "0"))
      let (sum, tooLargeAgain) = product.addingReportingOverflow(digit)
      if tooLarge || tooLargeAgain { return nil }
      value = sum
    }
    return isNegative ? -value : value
  }

  /// The error that says `wanted` was expected here.
  public func mismatch(_ wanted: String) -> DocumentError {
    let shown = String(decoding: text.prefix(40), as: UTF8.self)
    let found =
      switch token {
      case .null: "null"
      case .beginArray: "an array"
      case .beginObject: "an object"
      case .boolean, .integer, .float, .string: text.count > 40 ? shown + "…" : shown
      }
    return DocumentError(.expected(wanted, found: found), at: mark)
  }
}
