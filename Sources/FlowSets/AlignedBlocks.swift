import Addresses

/// 2ⁿ values that share all bits but the n lowest, as a prefix does.
struct AlignedBlock: Hashable {
  var first: UInt128
  /// The bits that run free.
  var free: UInt128
}

enum AlignedBlocks {
  /// The fewest blocks that make up `set` within 0...last, a power of two less one; in order.
  static func of(_ set: IntervalSet, last: UInt128) -> [AlignedBlock] {
    var blocks: [AlignedBlock] = []
    for interval in set.intersection(IntervalSet([0...last])).intervals {
      var first = interval.lowerBound
      while true {
        var free: UInt128 = 0
        while free < last, first & (free << 1 | 1) == 0,
          interval.upperBound - first >= (free << 1 | 1)
        { free = free << 1 | 1 }
        blocks.append(AlignedBlock(first: first, free: free))
        if interval.upperBound - first == free { break }
        first += free + 1
      }
    }
    return blocks
  }
}
