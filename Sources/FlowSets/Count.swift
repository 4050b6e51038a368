/// How many packets: an exact natural number of any size.
public struct Count: Hashable, Sendable {
  /// Sixty-four bits each, the lowest first, without zeros on top.
  private(set) var words: [UInt64]

  init(words: some Sequence<UInt64>) {
    self.words = Array(words)
    while self.words.last == 0 { self.words.removeLast() }
  }

  public init(_ value: UInt64) { self.init(words: [value]) }

  public static let zero = Count(0)

  public var isZero: Bool { words.isEmpty }
}

extension Count: Comparable {
  public static func < (a: Count, b: Count) -> Bool {
    guard a.words.count == b.words.count else { return a.words.count < b.words.count }
    return a.words.reversed().lexicographicallyPrecedes(b.words.reversed())
  }
}

extension Count: CustomStringConvertible {
  /// In decimal.
  public var description: String {
    let chunk: UInt64 = 10_000_000_000_000_000_000
    var rest = words
    var chunks: [UInt64] = []
    while rest.contains(where: { $0 != 0 }) {
      var remainder: UInt64 = 0
      for place in rest.indices.reversed() {
        (rest[place], remainder) = chunk.dividingFullWidth((remainder, rest[place]))
      }
      chunks.append(remainder)
    }
    guard let top = chunks.last else { return "0" }
    return chunks.dropLast().reversed().reduce(String(top)) { text, chunk in
      let digits = String(chunk)
      return text + String(repeating: "0", count: 19 - digits.count) + digits
    }
  }
}
