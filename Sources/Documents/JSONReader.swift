/// Reads JSON values, one after another, into nodes.
///
/// Strict RFC 8259, and more: a key given twice and half of a surrogate pair are errors, since no two
/// readers agree on them. Numbers stay text until somebody asks for one.
struct JSONReader {
  private var scanner: JSONScanner
  private let start: MarkCursor
  private var cursor: MarkCursor
  private let limits: DocumentLimits

  /// Reads `range`, which begins at `mark`.
  init(
    _ bytes: [UInt8], in range: Range<Int>, from mark: Mark = .start, limits: DocumentLimits
  ) {
    scanner = JSONScanner(bytes, in: range)
    start = MarkCursor(bytes, at: mark)
    cursor = start
    self.limits = limits
  }

  /// The next value; nil at the end of the text.
  mutating func next() throws(DocumentError) -> Node? {
    do throws(JSONScanner.Failure) {
      scanner.skipBlanks()
      guard !scanner.isAtEnd else { return nil }
      return try node(depth: 0)
    } catch {
      throw located(error)
    }
  }

  /// The byte that begins what comes next; nil at the end of the text.
  var nextByte: UInt8? {
    mutating get {
      scanner.skipBlanks()
      return scanner.current
    }
  }

  /// Where what comes next begins.
  var nextOffset: Int {
    mutating get {
      scanner.skipBlanks()
      return scanner.offset
    }
  }

  /// Throws unless nothing but blanks follows.
  mutating func expectEnd() throws(DocumentError) {
    scanner.skipBlanks()
    guard scanner.isAtEnd else {
      throw located(scanner.unexpected("the end of the text"))
    }
  }

  /// From the start again: the fault may lie behind the cursor.
  private func located(_ failure: JSONScanner.Failure) -> DocumentError {
    var from = start
    return DocumentError(failure.reason, at: from.mark(atOffset: failure.offset))
  }

  private mutating func node(depth: Int) throws(JSONScanner.Failure) -> Node {
    scanner.skipBlanks()
    let start = scanner.offset
    let mark = cursor.mark(atOffset: start)
    let token = try scanner.value()
    let value: Node.Value
    switch token {
    case .null: value = .null
    case .boolean(let isTrue): value = scalar(isTrue ? "true" : "false", .boolean)
    case .integer: value = scalar(text(from: start), .integer)
    case .float: value = scalar(text(from: start), .float)
    case .string(let text): value = scalar(scanner.decode(text), .string, .doubleQuoted)
    case .beginArray, .beginObject:
      guard depth < limits.depth else {
        throw .init(.limit("nested deeper than \(limits.depth) levels"), at: start)
      }
      if case .beginArray = token {
        value = .sequence(try items(depth: depth + 1))
      } else {
        value = .mapping(try fields(depth: depth + 1))
      }
    }
    return Node(value, at: mark, end: scanner.offset)
  }

  private func scalar(
    _ text: String, _ type: Scalar.ScalarType, _ style: Scalar.Style = .plain
  ) -> Node.Value {
    .scalar(Scalar(text: text, style: style, type: type))
  }

  private func text(from start: Int) -> String {
    String(decoding: scanner.bytes[start..<scanner.offset], as: UTF8.self)
  }

  private mutating func items(depth: Int) throws(JSONScanner.Failure) -> [Node] {
    var items: [Node] = []
    if scanner.take(UInt8(ascii: "]")) { return items }
    repeat { items.append(try node(depth: depth)) } while scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "]"), "',' or ']'")
    return items
  }

  private mutating func fields(depth: Int) throws(JSONScanner.Failure) -> Mapping {
    var fields = MappingBuilder()
    if scanner.take(UInt8(ascii: "}")) { return fields.mapping }
    repeat {
      scanner.skipBlanks()
      let start = scanner.offset
      let mark = cursor.mark(atOffset: start)
      guard scanner.current == .quote else { throw scanner.unexpected("a key in double quotes") }
      let name = scanner.decode(try scanner.string())
      try scanner.expect(UInt8(ascii: ":"), "':'")
      let value = try node(depth: depth)
      do throws(DocumentError) {
        try fields.append(value, for: Mapping.Key(name: name, mark: mark))
      } catch {
        throw .init(error.reason, at: start)
      }
    } while scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "}"), "',' or '}'")
    return fields.mapping
  }
}
