import Planning

extension Span {
  /// The same span, or `never` for 0: how pools, servers and Envoy spell "no limit".
  var orNever: Span { milliseconds == 0 ? .never : self }

  static func + (a: Span, b: Span) -> Span {
    guard let first = a.milliseconds, let second = b.milliseconds else { return .never }
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow ? .never : Span(milliseconds: sum)
  }

  static func * (a: Span, times: Int) -> Span {
    guard let first = a.milliseconds else { return .never }
    let (product, overflow) = first.multipliedReportingOverflow(by: Int64(times))
    return overflow ? .never : Span(milliseconds: product)
  }

  /// A round span that leaves a fifth of this one to spare: 350s gives 4m. Absent below 2 ms.
  var roundedDownWithMargin: Span? {
    guard let milliseconds else { return nil }
    let most = milliseconds / 5 * 4
    if let round = Self.round.last(where: { $0 * 1000 <= most }) { return .seconds(round) }
    return milliseconds >= 2 ? Span(milliseconds: milliseconds / 2) : nil
  }

  private static let round: [Int64] = [
    1, 2, 3, 4, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700,
    3600, 7200, 14_400, 21_600, 43_200, 86_400,
  ]
}
