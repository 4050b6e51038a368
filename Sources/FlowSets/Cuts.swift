import Addresses

/// Where a diagram tells values of a level apart, for each level it asks about that rewrites change.
///
/// Rewrites that set the same levels to values between the same cuts read the same for it.
struct Cuts {
  /// Last values of intervals, in order.
  private var lasts: [(level: Level, values: [UInt128])] = []

  init(of diagram: Diagram, at levels: Traits, in arena: borrowing Arena) {
    var seen = Bits(count: arena.nodes.count)
    var open = [diagram]
    var found: [Level: [UInt128]] = [:]
    while let next = open.popLast() {
      if next.isTerminal || !seen.insert(Int(next.index)) { continue }
      let level = arena.level(next)
      let isChanged = levels.contains(.tests(level))
      for edge in arena.edges(next) {
        if isChanged { found[level, default: []].append(arena.bounds[edge]) }
        open.append(arena.children[edge])
      }
    }
    lasts = found.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
  }

  /// Equal for rewrites that the diagram cannot tell apart; nil where one sets more than single
  /// values, or there are too many cuts to number.
  func place(of rewrite: Rewrite) -> Int? {
    var place = 0
    for (level, values) in lasts {
      var interval = 0
      switch rewrite[level] {
      case .constant(let value): interval = values.firstIndex(notBelow: value) + 1
      case nil: break
      case .anyOf, .bits: return nil
      }
      guard place < Int.max / (values.count + 2) else { return nil }
      place = place * (values.count + 2) + interval
    }
    return place
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
