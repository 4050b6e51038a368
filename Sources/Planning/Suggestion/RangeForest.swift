import Addresses

/// The prefixes worth excluding: those asked for and, of any two, the longest that holds both, as far
/// as such a prefix may be excluded at all.
///
/// What may be excluded is closed downwards, so the prefixes form trees: the tops of a Patricia trie
/// are cut away. At most 2n − 1 nodes; between two nodes of a path nothing is cheaper than the
/// longer one, so nothing is missed.
struct RangeForest {
  /// Of each node.
  private(set) var prefixes: [Prefix] = []
  /// Of each node, the next shorter one; -1 where nothing shorter may be excluded.
  private(set) var parents: [Int32] = []
  /// Of each prefix asked for, its node.
  private(set) var nodes: [Int32] = []

  /// - Parameter sorted: different prefixes without host bits, by address, then the shorter first.
  init(over sorted: [Prefix], where mayBeExcluded: (Prefix) -> Bool) {
    prefixes.reserveCapacity(2 * sorted.count)
    parents.reserveCapacity(2 * sorted.count)
    nodes.reserveCapacity(sorted.count)
    /// From a root down to the node last added.
    var branch: [Int32] = []
    for prefix in sorted {
      if let last = branch.last {
        let common = prefixes[Int(last)].common(with: prefix)
        if let common, mayBeExcluded(common) {
          leave(&branch, downTo: common)
        } else {
          branch.removeAll(keepingCapacity: true)
        }
      }
      nodes.append(add(prefix, below: &branch))
    }
  }

  private mutating func add(_ prefix: Prefix, below branch: inout [Int32]) -> Int32 {
    if let last = branch.last, prefixes[Int(last)] == prefix { return last }
    let node = Int32(truncatingIfNeeded: prefixes.count)
    prefixes.append(prefix)
    parents.append(branch.last ?? -1)
    branch.append(node)
    return node
  }

  /// Ends the branch at `common`, which is put between two of its nodes where it is none of them.
  private mutating func leave(_ branch: inout [Int32], downTo common: Prefix) {
    var below: Int32?
    while let last = branch.last, prefixes[Int(last)].length > common.length {
      below = last
      branch.removeLast()
    }
    guard let below else { return }
    let node = add(common, below: &branch)
    parents[Int(below)] = node
  }
}

extension Prefix {
  /// The longest prefix that holds both; nil for two families. Both are without host bits.
  func common(with other: Prefix) -> Prefix? {
    guard family == other.family else { return nil }
    let different = address.bits ^ other.address.bits
    let equal = different.leadingZeroBitCount - (128 - family.width)
    return Prefix(address, length: min(length, other.length, equal)).network
  }
}
