/// A set of small numbers, a bit each.
struct Bits {
  private var words: [UInt64]

  /// Room for 0..<count.
  init(count: Int) { words = Array(repeating: 0, count: count / 64 + 1) }

  /// False where the number was in it already.
  @inline(__always)
  mutating func insert(_ number: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(number & 63)
    if words[number >> 6] & bit != 0 { return false }
    words[number >> 6] |= bit
    return true
  }
}
