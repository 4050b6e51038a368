extension IPTables {
  /// One argument of a rule, with its place.
  struct Word: Hashable, Sendable {
    var text: String
    var line: Int
    /// Of its first byte or opening quote, from 1.
    var column: Int
    var isQuoted = false

    /// The error that speaks of this word, or of the part that starts `offset` bytes into it.
    func error(_ message: String, at offset: Int = 0) -> ReadError {
      ReadError(
        line: line, column: column + offset + (isQuoted && offset > 0 ? 1 : 0), message: message)
    }

    /// `expected WHAT, found 'WORD'`.
    func expected(_ what: String) -> ReadError {
      error("expected \(what), found '\(shown)'")
    }

    /// Stands before the other in the text.
    func precedes(_ other: Word) -> Bool { (line, column) < (other.line, other.column) }

    /// The text as an error shows it: short, and in one line.
    private var shown: String {
      text.utf8.count <= 60 ? text : String(text.prefix(57)) + "..."
    }

    func replacing(_ text: Substring) -> Word {
      var copy = self
      copy.text = String(text)
      return copy
    }

    /// The word as rule text holds it: plain where that reads back, in double quotes otherwise, and
    /// still in quotes if it was written so and is more than a name (as iptables-save has it).
    var printed: String {
      guard text.isEmpty || text.utf8.contains(where: isQuoted ? Self.isNoName : Self.isSpecial)
      else { return text }
      var quoted = "\""
      for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" || scalar == "'" { quoted.unicodeScalars.append("\\") }
        quoted.unicodeScalars.append(scalar)
      }
      return quoted + "\""
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
      byte <= 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
        || byte == UInt8(ascii: "\\")
    }

    private static func isNoName(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        false
      default: true
      }
    }
  }
}

extension Sequence<IPTables.Word> {
  var printed: String { map(\.printed).joined(separator: " ") }
}
