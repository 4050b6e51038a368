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

  /// A word of a value; nothing was written where `value` is negative.
  private struct Word {
    var value: Int32 = -1
    var offset: Int32 = 0
  }

  private var values: [Value] = []
  private var words = [Word](repeating: Word(), count: Self.count)

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
    values.removeAll(keepingCapacity: true)
    for index in words.indices { words[index] = Word() }
  }

  mutating func write(_ value: Value, to register: UInt32, width: Int) {
    guard let first = Self.word(of: register) else { return }
    values.append(value)
    for offset in 0..<max(1, (width + 3) / 4) where first + offset < Self.count {
      words[first + offset] = Word(value: Int32(values.count - 1), offset: Int32(offset))
    }
  }

  /// What begins in `register`; nil where that is nothing, or the rest of something.
  func value(at register: UInt32) -> Value? {
    Self.word(of: register).flatMap(value(atWord:))
  }

  private func value(atWord word: Int) -> Value? {
    guard word < Self.count, words[word].value >= 0, words[word].offset == 0 else { return nil }
    let value = values[Int(words[word].value)]
    // A later, shorter write may have taken words from its middle.
    for offset in 0..<value.words where word + offset < Self.count {
      guard words[word + offset].value == words[word].value else { return nil }
    }
    return value
  }

  /// The loads that make a key of `length` bytes, each on a word's boundary; nil unless all of the
  /// key is loads.
  func key(at register: UInt32, length: Int) -> [Load]? {
    guard var word = Self.word(of: register) else { return nil }
    var loads: [Load] = []
    var rest = length
    while rest > 0 {
      guard case .load(let load)? = value(atWord: word) else { return nil }
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

extension RegisterFile.Value {
  fileprivate var words: Int {
    switch self {
    case .load(let load): max(1, (load.width + 3) / 4)
    case .adjacent(let loads): max(1, (loads.reduce(0) { $0 + $1.width } + 3) / 4)
    case .constant(let bytes): max(1, (bytes.count + 3) / 4)
    case .marks, .mapped, .unknown: 1
    }
  }
}
