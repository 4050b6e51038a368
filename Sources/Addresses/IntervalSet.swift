/// A set of unsigned numbers, kept as sorted closed intervals with a gap between neighbours.
///
/// It is the only set of the model: ports, addresses, owners and marks are all of this kind, so a
/// test is a box and one algebra serves every field. The form is canonical: equal sets are equal
/// values. A field's domain is a set too; a complement is always taken in one.
public struct IntervalSet: Hashable, Sendable {
  public typealias Interval = ClosedRange<UInt128>

  public private(set) var intervals: [Interval]

  public static let empty = IntervalSet(canonical: [])

  /// Any intervals, in any order, overlapping or not. O(n log n).
  @inlinable
  public init(_ intervals: some Sequence<Interval>) {
    self.init(merging: Array(intervals))
  }

  /// Most sets have one interval, and these are made by the thousand: they need no sorting.
  @usableFromInline
  init(merging intervals: [Interval]) {
    guard intervals.count > 1 else {
      self.intervals = intervals
      return
    }
    self.intervals = []
    for next in intervals.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.intervals.last, last.touches(next) {
        let upper = max(last.upperBound, next.upperBound)
        self.intervals[self.intervals.count - 1] = last.lowerBound...upper
      } else {
        self.intervals.append(next)
      }
    }
  }

  /// One interval.
  public init(_ interval: Interval) {
    intervals = [interval]
  }

  /// One value.
  public init(_ value: UInt128) {
    intervals = [value...value]
  }

  private init(canonical intervals: [Interval]) {
    self.intervals = intervals
  }

  public var isEmpty: Bool { intervals.isEmpty }

  /// O(log n).
  public func contains(_ value: UInt128) -> Bool {
    var low = 0
    var high = intervals.count
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < intervals.count && intervals[low].lowerBound <= value
  }
}

// MARK: - Algebra

extension IntervalSet {
  public func union(_ other: Self) -> Self {
    Self(intervals + other.intervals)
  }

  /// One walk over both. O(n + m).
  public func intersection(_ other: Self) -> Self {
    var common: [Interval] = []
    var mine = intervals[...]
    var theirs = other.intervals[...]
    while let a = mine.first, let b = theirs.first {
      if a.overlaps(b) { common.append(a.clamped(to: b)) }
      if a.upperBound < b.upperBound { mine.removeFirst() } else { theirs.removeFirst() }
    }
    return Self(canonical: common)
  }

  public func subtracting(_ other: Self) -> Self {
    other.complement(in: self)
  }

  public func isSubset(of other: Self) -> Bool {
    intersection(other) == self
  }

  /// What `domain` holds and this set does not.
  public func complement(in domain: Self) -> Self {
    domain.intersection(Self(canonical: gaps))
  }

  private var gaps: [Interval] {
    var gaps: [Interval] = []
    var start = UInt128.min
    for interval in intervals {
      if interval.lowerBound > start { gaps.append(start...(interval.lowerBound - 1)) }
      guard interval.upperBound < .max else { return gaps }
      start = interval.upperBound + 1
    }
    gaps.append(start...UInt128.max)
    return gaps
  }
}

extension IntervalSet.Interval {
  /// Overlapping or adjacent; `next` does not start before `self`.
  fileprivate func touches(_ next: Self) -> Bool {
    next.lowerBound <= upperBound || next.lowerBound - 1 == upperBound
  }
}
