import Addresses

/// A function of two fields as rectangles, exactly: the values of the first by which the function of the
/// second is one and the same, and for each of those the values of the second with one result.
struct Grid<Result: Hashable> {
  struct Row: Hashable {
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
    var places: [[Row]: Int] = [:]
    for outer in first {
      let rows = Self.rows(second) { result(outer, $0) }
      if let same = places[rows] {
        bands[same].values = bands[same].values.union(outer)
      } else {
        places[rows] = bands.count
        bands.append(Band(values: outer, rows: rows))
      }
    }
  }

  private static func rows(
    _ classes: [IntervalSet], _ result: (IntervalSet) -> Result
  ) -> [Row] {
    var rows: [Row] = []
    var places: [Result: Int] = [:]
    for values in classes {
      let result = result(values)
      if let same = places[result] {
        rows[same].values = rows[same].values.union(values)
      } else {
        places[result] = rows.count
        rows.append(Row(values: values, result: result))
      }
    }
    return rows
  }
}
