import Addresses

extension Arena {
  /// The packets of a set: how many values of the fixed levels lead to a member.
  ///
  /// One number per node, each computed once: a node's edges weigh their children by their width, and a
  /// level that is not asked between node and child counts in full. `lasts` are the last values of
  /// the levels that count, and 0 for one that does not.
  func count(_ set: Diagram, _ lasts: [UInt128]) -> Count {
    var walk = CountWalk(lasts: lasts, nodes: nodes.count)
    var total = [UInt64](repeating: 0, count: walk.width)
    walk.add(set, below: 0, times: 0, to: &total, in: self)
    return Count(words: total)
  }

  fileprivate struct CountWalk {
    /// Words of a number: all fixed levels together have fewer bits.
    let width: Int
    private let lasts: [UInt128]
    /// Numbers of nodes already counted, `width` words each.
    private var numbers: [UInt64] = []
    private var places: [Int32]

    init(lasts: [UInt128], nodes: Int) {
      self.lasts = lasts
      let bits = lasts.reduce(0) { $0 + 129 - $1.leadingZeroBitCount }
      width = bits / 64 + 1
      places = Array(repeating: -1, count: nodes)
    }

    /// Adds `(times + 1) ×` the members of `set` as seen from level `below` on.
    mutating func add(
      _ set: Diagram, below: Int32, times: UInt128, to total: inout [UInt64],
      in arena: borrowing Arena
    ) {
      if set == .nothing { return }
      var number: [UInt64]
      let level: Int32
      if set.isTerminal {
        number = [UInt64](repeating: 0, count: width)
        number[0] = 1
        level = Int32(lasts.count)
      } else {
        let place = place(of: set, in: arena)
        number = Array(numbers[place..<place + width])
        level = min(arena.level(set).index, Int32(lasts.count))
      }
      for skipped in below..<max(below, level) where lasts[Int(skipped)] != 0 {
        multiply(&number, by: lasts[Int(skipped)])
      }
      multiply(&number, by: times)
      addUp(number, to: &total)
    }

    private mutating func place(of node: Diagram, in arena: borrowing Arena) -> Int {
      if places[Int(node.index)] >= 0 { return Int(places[Int(node.index)]) * width }
      var sum = [UInt64](repeating: 0, count: width)
      let below = arena.level(node).index + 1
      var first: UInt128 = 0
      // Intervals that lead to the same child are counted as one.
      var child = Diagram.nothing
      var values: UInt128 = 0
      for edge in arena.edges(node) {
        let next = arena.children[edge]
        if next != .nothing {
          if next != child {
            if child != .nothing {
              add(child, below: below, times: values - 1, to: &sum, in: arena)
            }
            child = next
            values = 0
          }
          values += arena.bounds[edge] - first + 1
        }
        first = arena.bounds[edge] &+ 1
      }
      if child != .nothing { add(child, below: below, times: values - 1, to: &sum, in: arena) }
      let place = numbers.count
      places[Int(node.index)] = Int32(place / width)
      numbers += sum
      return place
    }

    /// `number × (last + 1)`.
    private func multiply(_ number: inout [UInt64], by last: UInt128) {
      if last == 0 { return }
      let low = UInt64(truncatingIfNeeded: last)
      let high = UInt64(truncatingIfNeeded: last >> 64)
      var product = number
      for (offset, factor) in [low, high].enumerated() where factor != 0 {
        var carry: UInt64 = 0
        for place in offset..<width {
          let wide = number[place - offset].multipliedFullWidth(by: factor)
          let (a, first) = wide.low.addingReportingOverflow(carry)
          let (b, second) = product[place].addingReportingOverflow(a)
          product[place] = b
          carry = wide.high &+ (first ? 1 : 0) &+ (second ? 1 : 0)
        }
      }
      number = product
    }

    private func addUp(_ number: [UInt64], to total: inout [UInt64]) {
      var carry = false
      for place in 0..<width {
        let (a, first) = total[place].addingReportingOverflow(number[place])
        let (b, second) = a.addingReportingOverflow(carry ? 1 : 0)
        total[place] = b
        carry = first || second
      }
    }
  }
}
