/// How the kernel picks among addresses and ports (`NF_NAT_RANGE_*`), where it is told how.
struct NATFlags: OptionSet {
  let rawValue: UInt32

  static let random = NATFlags(rawValue: 4)
  static let persistent = NATFlags(rawValue: 8)
  static let fullyRandom = NATFlags(rawValue: 16)

  /// Whether a port that would do is drawn anew.
  var isRandom: Bool { !isDisjoint(with: [.random, .fullyRandom]) }

  /// ` random,persistent` behind a mapping.
  var inNFT: String {
    let words = Self.words.filter { contains($0.flag) }.map(\.inNFT)
    return words.isEmpty ? "" : " " + words.joined(separator: ",")
  }

  /// ` --random --persistent`.
  var inSave: String {
    Self.words.filter { contains($0.flag) }.map { " --\($0.inSave)" }.joined()
  }

  private static let words: [(flag: NATFlags, inNFT: String, inSave: String)] = [
    (.random, "random", "random"), (.fullyRandom, "fully-random", "random-fully"),
    (.persistent, "persistent", "persistent"),
  ]
}
