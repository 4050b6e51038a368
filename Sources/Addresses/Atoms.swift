/// The coarsest division of a field's values such that no rule tells two values of a class apart:
/// two values are of one class if they lie in the same of the given sets.
///
/// So one value of each class stands for all, and judging those is exact.
public enum Atoms {
  /// The classes, each a set, in order of their least values. O(n log n + classes × depth) for n
  /// intervals, where depth is how many sets overlap in one place.
  public static func classes(of sets: some Collection<IntervalSet>, in domain: IntervalSet)
    -> [IntervalSet]
  {
    let cuts = sets.lazy.map { $0.intersection(domain) }.filter { !$0.isEmpty && $0 != domain }
    var edges: [(at: UInt128, set: Int, opens: Bool)] = []
    for (number, set) in cuts.enumerated() {
      for interval in set.intervals {
        edges.append((interval.lowerBound, number, true))
        if interval.upperBound < .max { edges.append((interval.upperBound + 1, number, false)) }
      }
    }
    guard !edges.isEmpty else { return domain.isEmpty ? [] : [domain] }
    edges.sort { $0.at < $1.at }
    var intervals: [[Int]: [IntervalSet.Interval]] = [:]
    var order: [[Int]] = []
    var open: Set<Int> = []
    func close(_ interval: IntervalSet.Interval) {
      let key = open.sorted()
      if intervals[key] == nil { order.append(key) }
      intervals[key, default: []].append(interval)
    }
    var start: UInt128 = 0
    var next = edges.startIndex
    while next < edges.endIndex {
      let here = edges[next].at
      if here > start { close(start...(here - 1)) }
      while next < edges.endIndex, edges[next].at == here {
        if edges[next].opens { open.insert(edges[next].set) } else { open.remove(edges[next].set) }
        next += 1
      }
      start = here
    }
    close(start...UInt128.max)
    return order.map { IntervalSet(intervals[$0] ?? []).intersection(domain) }
      .filter { !$0.isEmpty }
  }
}
