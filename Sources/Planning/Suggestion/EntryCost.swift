/// What an entry of an exclusion costs: its weight, and what tells apart plans of equal weight.
///
/// Costs are compared by weight first. They form an ordered group, which is all that a maximum flow
/// asks of its capacities; so ties are settled by the same cut, and need no search of their own.
struct EntryCost: Hashable, Sendable, Comparable, AdditiveArithmetic {
  var weight: Int128
  var ties: Int128

  static let zero = EntryCost(weight: 0, ties: 0)
  /// More than all entries together; sums of it do not overflow.
  static let infinite = EntryCost(weight: 1 << 120, ties: 0)

  static func < (a: Self, b: Self) -> Bool {
    a.weight != b.weight ? a.weight < b.weight : a.ties < b.ties
  }

  static func + (a: Self, b: Self) -> Self {
    EntryCost(weight: a.weight + b.weight, ties: a.ties + b.ties)
  }

  static func - (a: Self, b: Self) -> Self {
    EntryCost(weight: a.weight - b.weight, ties: a.ties - b.ties)
  }
}

extension EntryCost {
  /// Fewer entries, then fewer of the kind not preferred, then fewer neutral endpoints hit, then
  /// longer prefixes; each in bits of its own, with room for the sum over 2¹⁷ entries.
  static func ties(isPreferred: Bool, neutrals: Int, hostBits: Int) -> Int128 {
    1 << 96 | (isPreferred ? 0 : 1 << 64) | Int128(neutrals) << 26 | Int128(hostBits)
  }
}
