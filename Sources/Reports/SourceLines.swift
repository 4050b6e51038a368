/// A text by its lines, of which only the part around a place is ever read: a stream of JSON may be one
/// line of many megabytes, with a finding every hundred bytes.
public struct SourceLines {
  /// Part of a line, and how many characters of it stand before the place.
  public struct Excerpt: Hashable, Sendable {
    public var text: String
    public var column: Int

    public init(text: String, column: Int) {
      self.text = text
      self.column = column
    }
  }

  private let bytes: [UInt8]
  private let starts: [Int]
  /// The last place asked for. They come in their order, so the next is found from there.
  private var last = (line: 0, column: 0, offset: 0)

  /// A line ends with LF, CR LF or CR, as in the marks of documents.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var starts = [0]
    for index in bytes.indices {
      let isReturn = bytes[index] == 0x0D && (index + 1 == bytes.count || bytes[index + 1] != 0x0A)
      if bytes[index] == 0x0A || isReturn { starts.append(index + 1) }
    }
    self.starts = starts.filter { $0 < bytes.count }
  }

  /// At most `width` characters around a place, line and column from 1; nil behind the last line. A
  /// line that fits begins where it does.
  public mutating func excerpt(line: Int, column: Int, width: Int) -> Excerpt? {
    guard starts.indices.contains(line - 1) else { return nil }
    go(to: line, max(0, column - 1))
    var begin = starts[line - 1]
    var before = last.column
    if before >= width {
      before = width / 2
      begin = last.offset
      for _ in 0..<before { begin = offset(before: begin) }
    }
    var end = begin
    for _ in 0..<width where !endsLine(end) { end = offset(after: end) }
    let shown = String(decoding: bytes[begin..<end], as: UTF8.self).replacing("\t", with: " ")
    return Excerpt(text: shown, column: before)
  }

  private mutating func go(to line: Int, _ column: Int) {
    if last.line != line || last.column > column { last = (line, 0, starts[line - 1]) }
    while last.column < column, !endsLine(last.offset) {
      last.offset = offset(after: last.offset)
      last.column += 1
    }
  }

  private func endsLine(_ offset: Int) -> Bool {
    offset >= bytes.count || bytes[offset] == 0x0A || bytes[offset] == 0x0D
  }

  private func offset(after offset: Int) -> Int {
    var next = offset + 1
    while next < bytes.count, UTF8.isContinuation(bytes[next]) { next += 1 }
    return next
  }

  private func offset(before offset: Int) -> Int {
    var previous = offset - 1
    while previous > 0, UTF8.isContinuation(bytes[previous]) { previous -= 1 }
    return max(0, previous)
  }
}
