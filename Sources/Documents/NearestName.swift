extension String {
  /// The one of `names` that a typing slip most likely turned into this; the first of equals.
  ///
  /// Nil when even the nearest needs more edits than `limit` or a third of its length: a far guess is
  /// noise.
  public func nearest(among names: some Sequence<String>, atMost limit: Int = .max) -> String? {
    var best: (name: String, distance: Int)?
    for name in names {
      let bound = Swift.min(
        best.map { $0.distance - 1 } ?? limit, Swift.max(1, name.count / 3))
      if let distance = editDistance(to: name, atMost: bound) { best = (name, distance) }
    }
    return best?.name
  }

  /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), upper
  /// and lower case alike; nil above `bound`. O(n · m), and O(1) when the lengths alone differ more.
  func editDistance(to other: String, atMost bound: Int) -> Int? {
    let a = Array(lowercased().unicodeScalars)
    let b = Array(other.lowercased().unicodeScalars)
    guard bound >= 0, abs(a.count - b.count) <= bound else { return nil }
    var before: [Int] = []
    var above = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = Swift.min(above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = Swift.min(cost, before[j - 1] + 1)
        }
        row.append(cost)
      }
      (before, above) = (above, row)
    }
    return above[b.count] <= bound ? above[b.count] : nil
  }
}
