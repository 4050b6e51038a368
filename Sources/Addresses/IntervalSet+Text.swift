extension IntervalSet {
  /// `3307, 8000-8010`: every interval, in order.
  public func words(separator: String = ", ") -> String {
    intervals.map(\.words).joined(separator: separator)
  }
}

extension IntervalSet.Interval {
  /// `8000-8010`; one number alone where it holds but one.
  public var words: String { isSingle ? "\(lowerBound)" : "\(lowerBound)-\(upperBound)" }

  /// Whether it holds but one number.
  public var isSingle: Bool { lowerBound == upperBound }
}
