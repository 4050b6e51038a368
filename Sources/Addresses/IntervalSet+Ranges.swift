extension IntervalSet {
  /// Whether every value of `range` is in the set. O(log n).
  public func contains(_ range: Interval) -> Bool {
    guard let next = first(endingAtOrAfter: range.lowerBound) else { return false }
    return next.lowerBound <= range.lowerBound && range.upperBound <= next.upperBound
  }

  /// Whether some value of `range` is in the set. O(log n).
  public func overlaps(_ range: Interval) -> Bool {
    guard let next = first(endingAtOrAfter: range.lowerBound) else { return false }
    return next.lowerBound <= range.upperBound
  }

  private func first(endingAtOrAfter value: UInt128) -> Interval? {
    var low = 0
    var high = intervals.count
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < intervals.count ? intervals[low] : nil
  }
}
