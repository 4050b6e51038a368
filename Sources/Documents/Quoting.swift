extension [UInt8] {
  /// `text` in double quotes, with escapes that JSON and YAML share.
  ///
  /// More is escaped than JSON asks for: what YAML does not take for printable, and DEL and the C1
  /// controls, so that no name from a foreign manifest steers the reader's terminal.
  mutating func appendQuoted(_ text: String) {
    append(.quote)
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != .quote && $0 != .backslash }) {
      append(contentsOf: text.utf8)
    } else {
      for scalar in text.unicodeScalars { appendEscaped(scalar) }
    }
    append(.quote)
  }

  private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\": append(contentsOf: [.backslash, UInt8(ascii: scalar)])
    case "\n": append(contentsOf: "\\n".utf8)
    case "\r": append(contentsOf: "\\r".utf8)
    case "\t": append(contentsOf: "\\t".utf8)
    case _ where scalar.isPrintable: append(contentsOf: Character(scalar).utf8)
    default:
      let digits = String(scalar.value, radix: 16)
      append(contentsOf: "\\u".utf8)
      append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
      append(contentsOf: digits.utf8)
    }
  }
}

extension Unicode.Scalar {
  /// YAML 1.2's `c-printable` without line ends, tabs, and the byte order mark.
  var isPrintable: Bool {
    switch value {
    case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
      0x10000...0x10FFFF:
      true
    default: false
    }
  }
}

extension String {
  /// The beginning of a foreign text, fit for a message: short, and nothing in it moves a cursor.
  var excerpt: String {
    let limit = 60
    let shown = unicodeScalars.prefix(limit).map {
      $0.isPrintable ? String($0) : $0.escaped(asASCII: true)
    }
    return shown.joined() + (unicodeScalars.dropFirst(limit).isEmpty ? "" : "…")
  }
}
