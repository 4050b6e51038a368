/// Prints a value as YAML in block style, the way kubectl does: two spaces a level, items of a list
/// under the key's own column.
///
/// A string is quoted whenever some reader, YAML 1.1 or 1.2, would take it for anything else: what
/// this prints is pasted into manifests.
struct YAMLWriter {
  private(set) var bytes: [UInt8] = []

  /// The value, its first line being indented already; ends without a line end.
  mutating func write(_ value: JSONValue, indent: Int) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let isTrue): bytes += (isTrue ? "true" : "false").utf8
    case .number(let digits): bytes += digits.utf8
    case .string(let text): write(text, indent: indent)
    case .array([]): bytes += "[]".utf8
    case .fields([]): bytes += "{}".utf8
    case .array(let items):
      for (index, item) in items.enumerated() {
        if index > 0 { breakLine(indent) }
        bytes += "- ".utf8
        write(item, indent: indent + 2)
      }
    case .fields(let fields):
      for (index, field) in fields.enumerated() {
        if index > 0 { breakLine(indent) }
        write(field, indent: indent)
      }
    }
  }

  private mutating func write(_ field: JSONValue.Field, indent: Int) {
    // Readers look for a key's colon through 1024 characters at most (YAML 1.2, 7.4.2).
    guard field.key.utf8.count < 256 else {
      bytes += "? ".utf8
      writeLine(field.key)
      breakLine(indent)
      bytes += ": ".utf8
      return write(field.value, indent: indent + 2)
    }
    writeLine(field.key)
    bytes.append(UInt8(ascii: ":"))
    switch field.value {
    case .array(let items) where !items.isEmpty:
      breakLine(indent)
      write(field.value, indent: indent)
    case .fields(let fields) where !fields.isEmpty:
      breakLine(indent + 2)
      write(field.value, indent: indent + 2)
    default:
      bytes.append(.space)
      write(field.value, indent: indent + 2)
    }
  }

  /// Several lines go into a literal block where that keeps every byte and can be read. At the root
  /// there is no indentation to end one.
  private mutating func write(_ text: String, indent: Int) {
    guard indent > 0, text.isLiteralBlock else { return writeLine(text) }
    bytes += (text.utf8.last == .lineFeed ? "|" : "|-").utf8
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { bytes.append(.lineFeed) } else { breakLine(indent) }
      bytes += line.utf8
    }
    if text.utf8.last == .lineFeed { bytes.removeLast() }
  }

  private mutating func writeLine(_ text: String) {
    if text.isPlainYAML { bytes += text.utf8 } else { bytes.appendQuoted(text) }
  }

  private mutating func breakLine(_ indent: Int) {
    bytes.append(.lineFeed)
    bytes.append(contentsOf: repeatElement(.space, count: indent))
  }
}

extension JSONValue {
  /// As a YAML document without `---`, with a line end.
  public func yaml() -> [UInt8] {
    var writer = YAMLWriter()
    writer.write(self, indent: 0)
    return writer.bytes + [.lineFeed]
  }
}

extension String {
  /// Whether every reader takes it, without quotes, for this very string.
  fileprivate var isPlainYAML: Bool {
    guard let first = utf8.first, let last = utf8.last, Scalar.plainType(of: self) == .string,
      !last.isBlank, last != UInt8(ascii: ":"), unicodeScalars.allSatisfy(\.isPrintable),
      !contains(": "), !contains(" #")
    else { return false }
    switch first {
    case UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "$"), UInt8(ascii: "("), 0x80...:
      return true
    case UInt8(ascii: "-"):
      // An option such as `-p` or `--dport`; neither a list item, a marker nor a number.
      return utf8.first { $0 != first }?.isLetter == true && !hasPrefix("---")
    default: return first.isLetter || (first.isDigit && !looksLikeNumber)
    }
  }

  /// Made of nothing but what numbers, base-60 numbers, lists of digits and timestamps are made of in
  /// any YAML there was.
  private var looksLikeNumber: Bool {
    utf8.allSatisfy { byte in
      byte.digitValue != nil || "+-.,:_ xXoOtTzZ".utf8.contains(byte)
    }
  }

  /// Several lines, all printable, that begin with no blank or empty line, end with at most one line
  /// end, and have no blanks before one.
  fileprivate var isLiteralBlock: Bool {
    guard utf8.contains(.lineFeed), let first = utf8.first, !first.isBlank, !first.isLineEnd,
      !hasSuffix("\n\n"), !contains(" \n"), utf8.last != .space
    else { return false }
    return unicodeScalars.allSatisfy { $0.isPrintable || $0 == "\n" }
  }
}
