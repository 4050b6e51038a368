/// Values in random order, each dealt once before any is dealt again.
struct Deck<Value> {
  private let values: [Value]
  private var left: [Value] = []

  init(_ values: [Value]) { self.values = values }

  /// nil from an empty deck.
  mutating func deal(_ random: inout SplitMix64) -> Value? {
    if left.isEmpty { left = values.shuffled(using: &random) }
    return left.popLast()
  }
}

/// Steele, Lea and Flood's generator: every seed gives its own sequence, the same each time.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

  /// True once in `count` times.
  mutating func chance(of count: Int) -> Bool { below(count) == 0 }

  /// An end of `interval`, or its neighbour outside.
  mutating func edge(of interval: ClosedRange<UInt128>) -> UInt128 {
    let (low, high) = (interval.lowerBound, interval.upperBound)
    return switch below(6) {
    case 0 where low > 0: low - 1
    case 1 where high < .max: high + 1
    case 2, 3: high
    default: low
    }
  }
}
