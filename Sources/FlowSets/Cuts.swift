import Addresses

/// Where a diagram tells values of a level apart, for each level it asks about.
///
/// Rewrites that set the same levels to values between the same cuts read the same for it.
struct Cuts {
  /// A value between two cuts.
  struct Place: Hashable {
    var level: Level
    var interval: Int
  }

  /// Last values of intervals, in order.
  private var lasts: [Level: [UInt128]] = [:]

  init(of diagram: Diagram, in arena: borrowing Arena) {
    var seen = Bits(count: arena.nodes.count)
    var open = [diagram]
    while let next = open.popLast() {
      if next.isTerminal || !seen.insert(Int(next.index)) { continue }
      for edge in arena.edges(next) {
        lasts[arena.level(next), default: []].append(arena.bounds[edge])
        open.append(arena.children[edge])
      }
    }
    for level in lasts.keys { lasts[level]?.sort() }
  }

  /// What the diagram can know of a rewrite; nil where it sets more than single values.
  func place(of rewrite: Rewrite) -> [Place]? {
    var places: [Place] = []
    for assignment in rewrite.assignments {
      guard case .constant(let value) = assignment.value else { return nil }
      guard let lasts = lasts[assignment.level] else { continue }
      places.append(Place(level: assignment.level, interval: lasts.firstIndex(notBelow: value)))
    }
    return places
  }
}

extension [UInt128] {
  /// The first of the sorted values that is at least `value`.
  fileprivate func firstIndex(notBelow value: UInt128) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
