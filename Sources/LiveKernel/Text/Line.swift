/// Words of a line, gathered one by one. One line serves after the other and keeps its room.
struct Line {
  /// Each word with the space behind it; what is hidden is NULs, which no text of the kernel's holds.
  private var bytes: [UInt8] = []
  private var hidesWords = false

  /// Where a word stands, up to the next.
  typealias Place = Range<Int>

  static func += (line: inout Line, text: String) {
    line.bytes.append(contentsOf: text.utf8)
  }

  /// Adds one word, which `write` writes piece by piece.
  @discardableResult
  mutating func word(_ write: (inout Line) -> Void) -> Place {
    let start = bytes.count
    write(&self)
    bytes.append(UInt8(ascii: " "))
    return start..<bytes.count
  }

  /// Leaves a word out; the places of the others stay what they are.
  mutating func hide(_ place: Place) {
    if place.upperBound == bytes.count {
      bytes.removeLast(place.count)
    } else {
      for index in place { bytes[index] = 0 }
      hidesWords = true
    }
  }

  /// All words, with one space between them; the line is empty then.
  mutating func finish() -> String {
    if hidesWords { bytes.removeAll { $0 == 0 } }
    defer {
      bytes.removeAll(keepingCapacity: true)
      hidesWords = false
    }
    return String(decoding: bytes.dropLast(), as: UTF8.self)
  }
}
