import Addresses

/// Sets of one number each. Rules compare with the same protocols, owners and ports over and over, and
/// those then share one set.
struct RecentNumbers {
  private var sets = [IntervalSet](repeating: IntervalSet(0), count: 16)

  mutating func only(_ number: UInt128) -> IntervalSet {
    let place = Int(truncatingIfNeeded: number) & (sets.count - 1)
    if sets[place].intervals.first?.lowerBound != number { sets[place] = IntervalSet(number) }
    return sets[place]
  }
}
