import Ruleset

extension IPTables {
  /// The words of a line of a save file, as iptables-restore splits it: white space between them;
  /// double quotes, which a backslash escapes within; a closing quote ends the word.
  enum SaveWords {
    /// - Parameter start: Where the line begins, from which columns count.
    static func split(
      _ text: [UInt8], _ range: Range<Int>, line: Int, from start: Int? = nil
    ) throws(ReadError) -> [Word] {
      let lineStart = start ?? range.lowerBound - 1
      var words: [Word] = []
      words.reserveCapacity(16)
      var index = range.lowerBound
      while index < range.upperBound {
        let byte = text[index]
        if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
          index += 1
          continue
        }
        let column = index - lineStart + 1
        let begin = index
        while index < range.upperBound, !endsWord(text[index]) { index += 1 }
        if index < range.upperBound, text[index] == UInt8(ascii: "\"") {
          var bytes = Array(text[begin..<index])
          try readQuoted(
            text, range, &index, into: &bytes, line: line, column: index - lineStart + 1)
          words.append(
            Word(
              text: String(decoding: bytes, as: UTF8.self), line: line, column: column,
              isQuoted: true))
        } else {
          words.append(
            Word(
              text: String(decoding: text[begin..<index], as: UTF8.self), line: line, column: column
            ))
        }
      }
      return words
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\"")
    }

    private static func readQuoted(
      _ text: [UInt8], _ range: Range<Int>, _ index: inout Int, into bytes: inout [UInt8],
      line: Int,
      column: Int
    ) throws(ReadError) {
      index += 1
      while index < range.upperBound {
        var byte = text[index]
        index += 1
        if byte == UInt8(ascii: "\"") { return }
        if byte == UInt8(ascii: "\\"), index < range.upperBound {
          byte = text[index]
          index += 1
        }
        bytes.append(byte)
      }
      throw ReadError(line: line, column: column, message: "expected a closing '\"' in this line")
    }

    /// `[PACKETS:BYTES]`.
    static func counter(_ text: String) -> Counter? {
      guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
      let items = text.dropFirst().dropLast().split(
        separator: ":", omittingEmptySubsequences: false)
      guard items.count == 2, let packets = UInt64(items[0]), let bytes = UInt64(items[1]) else {
        return nil
      }
      return Counter(packets: packets, bytes: bytes)
    }
  }
}
