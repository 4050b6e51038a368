/// Cuts a stream into parts that hold at most one YAML document, or JSON values.
///
/// A line that begins with `---` or `...` and a blank is a document marker wherever it stands: neither
/// a block nor a quoted scalar may hold one (YAML 1.2, 9.1.2). So a part can be read on its own and a
/// broken one hides none of the others, as kubectl's own splitter has it.
struct DocumentParts {
  struct Part {
    /// With the directives and the marker before the document.
    var range: Range<Int>
    /// The first byte that is neither blank nor comment nor marker; nil in an empty part.
    var content: Int?
    /// Where a `...` line begins, or the end of the part.
    var contentEnd: Int
    /// Whether a `---` line begins it: then it is a document even if it is empty.
    var isMarked: Bool
  }

  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Part? {
    guard offset < bytes.count else { return nil }
    skipByteOrderMark()
    var part = Part(range: offset..<offset, content: nil, contentEnd: offset, isMarked: false)
    var hasDirectives = false
    while offset < bytes.count {
      let line = offset
      let text = bytes.starts(at: line, with: Self.byteOrderMark) ? line + 3 : line
      if isMarker(UInt8(ascii: "-"), at: text) {
        if part.content != nil || part.isMarked { return cut(part, at: line) }
        part.isMarked = true
        part.content = firstContent(from: text + 3)
      } else if isMarker(UInt8(ascii: "."), at: text) {
        skipLine()
        part.contentEnd = line
        part.range = part.range.lowerBound..<offset
        return part
      } else if bytes[line] == UInt8(ascii: "%"), part.content == nil, !part.isMarked {
        hasDirectives = true
      } else if part.content == nil {
        part.content = firstContent(from: text)
      }
      skipLine()
    }
    if hasDirectives, part.content == nil { part.content = part.range.lowerBound }
    return cut(part, at: offset)
  }

  private func cut(_ part: Part, at end: Int) -> Part {
    var part = part
    part.range = part.range.lowerBound..<end
    part.contentEnd = end
    return part
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private mutating func skipByteOrderMark() {
    if bytes.starts(at: offset, with: Self.byteOrderMark) { offset += 3 }
  }

  private func isMarker(_ byte: UInt8, at index: Int) -> Bool {
    guard index + 3 <= bytes.count, bytes[index] == byte, bytes[index + 1] == byte,
      bytes[index + 2] == byte
    else { return false }
    return index + 3 == bytes.count || bytes[index + 3].isBlank || bytes[index + 3].isLineEnd
  }

  /// The first byte on this line that is neither blank nor in a comment.
  private func firstContent(from start: Int) -> Int? {
    var index = start
    while index < bytes.count, bytes[index].isBlank { index += 1 }
    guard index < bytes.count, !bytes[index].isLineEnd, bytes[index] != UInt8(ascii: "#") else {
      return nil
    }
    return index
  }

  private mutating func skipLine() {
    while offset < bytes.count, !bytes[offset].isLineEnd { offset += 1 }
    guard offset < bytes.count else { return }
    let isReturn = bytes[offset] == .carriageReturn
    offset += 1
    if isReturn, offset < bytes.count, bytes[offset] == .lineFeed { offset += 1 }
  }
}
