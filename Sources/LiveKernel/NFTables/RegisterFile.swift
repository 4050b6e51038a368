import Ruleset

/// The registers of one rule, holding what is known of their contents.
///
/// They are sixteen words of four bytes; the older numbering of four registers of sixteen bytes is
/// an alias (`nft_parse_register`). A value that is longer than a word takes the words after it.
struct RegisterFile {
  enum Value {
    case load(Load)
    /// Fields that follow each other in a header, loaded at once, without padding between them.
    case adjacent([Load])
    case constant([UInt8])
    case marks(MarkFormula)
    /// What a map gives: for each of its keys, data.
    case mapped([Mapping], name: String)
    case unknown(String)
  }

  /// One element of a map: where it applies, and what it gives.
  struct Mapping {
    var box: Box
    var data: [UInt8]
  }

  /// A value and the words it takes. No two share a word: a write ends what it overlaps.
  private struct Content {
    var words: Range<Int>
    var value: Value
  }

  private var contents: [Content] = []

  static let count = 16

  /// The first word of register `number`; nil for the verdict register and for numbers that are none.
  static func word(of number: UInt32) -> Int? {
    switch number {
    case 1...4: Int(number - 1) * 4
    case 8..<24: Int(number - 8)
    default: nil
    }
  }

  mutating func reset() {
    contents.removeAll(keepingCapacity: true)
  }

  mutating func write(_ value: Value, to register: UInt32, width: Int) {
    guard let first = Self.word(of: register) else { return }
    let words = first..<min(first + max(1, (width + 3) / 4), Self.count)
    contents.removeAll { $0.words.overlaps(words) }
    contents.append(Content(words: words, value: value))
  }

  /// What begins in `register`; nil where that is nothing, or the rest of something.
  func value(at register: UInt32) -> Value? {
    guard let word = Self.word(of: register), let place = place(ofWord: word) else { return nil }
    return contents[place].value
  }

  /// The field, or part of one, that begins in `register`.
  func load(at register: UInt32) -> Load? {
    Self.word(of: register).flatMap(load(atWord:))
  }

  private func load(atWord word: Int) -> Load? {
    guard let place = place(ofWord: word), case .load(let load) = contents[place].value else {
      return nil
    }
    return load
  }

  private func place(ofWord word: Int) -> Int? {
    contents.firstIndex { $0.words.lowerBound == word }
  }

  /// The loads that make a key of `length` bytes, each on a word's boundary; nil unless all of the
  /// key is loads.
  func key(at register: UInt32, length: Int) -> [Load]? {
    guard var word = Self.word(of: register) else { return nil }
    var loads: [Load] = []
    var rest = length
    while rest > 0 {
      guard let load = load(atWord: word) else { return nil }
      loads.append(load)
      word += (load.width + 3) / 4
      rest -= (load.width + 3) & ~3
    }
    return loads
  }

  func constant(at register: UInt32?) -> [UInt8]? {
    guard let register, case .constant(let bytes)? = value(at: register) else { return nil }
    return bytes
  }
}
