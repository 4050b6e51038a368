/// What `JSONLines` does, with keys by number.
@usableFromInline
struct FlatObjects {
  /// The first eight bytes of a key and its length: enough to tell most keys apart in one comparison.
  private struct Head: Equatable {
    var bytes: UInt64 = 0
    var count: Int
  }

  @usableFromInline private(set) var fields: [JSONField] = []
  @usableFromInline private(set) var line = 0
  private var range = 0..<0
  private let bytes: [UInt8]
  private let limits: DocumentLimits
  private let heads: [Head]
  private let names: [[UInt8]]
  private var offset: Int
  /// Of each known key, the line that had it last.
  private var lastLine: [Int]
  private var otherNames: Set<String> = []

  @usableFromInline
  init(_ bytes: [UInt8], keys: [String], limits: DocumentLimits) {
    self.bytes = bytes
    self.limits = limits
    names = keys.map { Array($0.utf8) }
    heads = names.map { Self.head(of: $0, in: $0.indices) }
    lastLine = Array(repeating: 0, count: names.count)
    offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  @usableFromInline var text: ArraySlice<UInt8> { bytes[range] }

  @usableFromInline
  mutating func next() throws(DocumentError) -> Bool {
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

  private func mark(at offset: Int) -> Mark {
    var cursor = MarkCursor(bytes, at: Mark(line: line, column: 1, offset: range.lowerBound))
    return cursor.mark(atOffset: offset)
  }

  private mutating func nextLine() {
    line += 1
    let start = offset
    var end = start
    while end < bytes.count, bytes[end] != .lineFeed { end += 1 }
    range = start..<end
    offset = min(end + 1, bytes.count)
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
    let key = index(of: name, in: scanner)
    let isNew: Bool
    if key >= 0 {
      isNew = lastLine[key] != line
      lastLine[key] = line
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
        key: key, nameText: name, token: token, range: start..<scanner.offset, line: line,
        lineStart: range.lowerBound, bytes: bytes))
  }

  private func duplicate(_ name: String, at offset: Int) -> JSONScanner.Failure {
    let first = fields.first { $0.name == name }
    return .init(.duplicateKey(name, first: first?.keyMark ?? mark(at: offset)), at: offset)
  }
}

// MARK: - Known keys

extension FlatObjects {
  /// The number of the known key with this name, or -1.
  private func index(of name: JSONScanner.Text, in scanner: JSONScanner) -> Int {
    if name.hasEscapes {
      let decoded = Array(scanner.decode(name).utf8)
      return names.firstIndex(of: decoded) ?? -1
    }
    let head = Self.head(of: bytes, in: name.content)
    for index in heads.indices where heads[index] == head {
      if head.count <= 8 || names[index].elementsEqual(bytes[name.content]) { return index }
    }
    return -1
  }

  private static func head(of bytes: [UInt8], in range: Range<Int>) -> Head {
    var head = Head(count: range.count)
    for index in range.prefix(8) { head.bytes = head.bytes << 8 | UInt64(bytes[index]) }
    return head
  }
}
