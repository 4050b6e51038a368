import Addresses

/// A function of two fields as rectangles, exactly: the values of the first by which the function of the
/// second is one and the same, and for each of those the values of the second with one result.
struct Grid<Result: Equatable> {
  struct Row: Equatable {
    var values: IntervalSet
    var result: Result
  }

  struct Band {
    var values: IntervalSet
    /// In order of first appearance, each result once.
    var rows: [Row]
  }

  private(set) var bands: [Band] = []

  /// - Parameters:
  ///   - first: classes of the first field that the function does not tell apart.
  ///   - second: those of the second.
  init(
    _ first: [IntervalSet], _ second: [IntervalSet],
    _ result: (IntervalSet, IntervalSet) -> Result
  ) {
    for outer in first {
      var rows: [Row] = []
      for inner in second {
        let result = result(outer, inner)
        if let same = rows.firstIndex(where: { $0.result == result }) {
          rows[same].values = rows[same].values.union(inner)
        } else {
          rows.append(Row(values: inner, result: result))
        }
      }
      if let same = bands.firstIndex(where: { $0.rows == rows }) {
        bands[same].values = bands[same].values.union(outer)
      } else {
        bands.append(Band(values: outer, rows: rows))
      }
    }
  }
}
