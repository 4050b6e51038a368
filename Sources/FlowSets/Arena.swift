/// The one place where diagrams live: nodes, their edges, terminals and the memory of what was
/// already computed, all in flat runs of plain values.
///
/// Nodes are never freed before the arena is. What could explode is bounded by `budget`, counted in
/// edges, and in as many edges as sets of endings and rewrites are worth by their size: past it every
/// operation gives `nothing` at once and `isExhausted` says so.
struct Arena: ~Copyable {
  struct Node: BitwiseCopyable {
    var traits: Traits
    var start: UInt32
    var count: UInt32
    var level: Level
    var holders = Holders.none
  }

  struct Edge: BitwiseCopyable {
    /// The last value of the interval; the first is one past the edge before.
    var last: UInt128
    var child: Diagram
  }

  private(set) var nodes: Pool<Node>
  /// Edges as two runs, for a 16-byte bound beside a 4-byte child would waste 12 bytes.
  private(set) var bounds: Pool<UInt128>
  private(set) var children: Pool<Diagram>
  /// Edges of the nodes that are being built, the innermost on top.
  var pending = Pool<Edge>(capacity: 1 << 8)

  private var uniqueNodes: Buckets
  var memory: Memory
  var endings = Endings()
  var rewrites = Rewrites()
  var outcomes = Outcomes()
  /// Goes on, unchanged: the unit of `then`.
  let falls: Diagram
  /// Every packet.
  let member: Diagram

  let budget: Int
  private(set) var isExhausted = false
  /// That is because of `maximumDepth`.
  var isTooDeep = false

  /// Recursion goes as deep as a path has questions; only thousands of matches not understood in
  /// one chain make that a danger to the stack.
  /// An unoptimised build's frames are many times as large.
  #if DEBUG
    static let maximumDepth = 512
  #else
    static let maximumDepth = 4096
  #endif
  var depth = 0

  /// Room for diagrams of about `rules` rules is taken at once; more is found as needed.
  ///
  /// Pools are given plenty: memory that nothing is written to costs nothing, and growing would
  /// touch it twice.
  init(budget: Int, rules: Int) {
    self.budget = budget
    var slots = 1 << 11
    while slots < min(rules, 1 << 16) * 8 { slots *= 2 }
    nodes = Pool(capacity: slots)
    bounds = Pool(capacity: slots * 4)
    children = Pool(capacity: slots * 4)
    uniqueNodes = Buckets(capacity: slots)
    memory = Memory(capacity: slots / 8)
    falls = endings.terminal(.falls)
    member = endings.terminal(.member)
  }
}

// MARK: - Reading

extension Arena {
  @inline(__always)
  func level(_ diagram: Diagram) -> Level {
    diagram.isTerminal ? .bottom : nodes[Int(diagram.index)].level
  }

  @inline(__always)
  func traits(_ diagram: Diagram) -> Traits {
    diagram.isTerminal
      ? endings.traits(diagram.terminal) : nodes[Int(diagram.index)].traits
  }

  @inline(__always)
  func holders(_ diagram: Diagram) -> Holders {
    diagram.isTerminal ? endings.holders(diagram.terminal) : nodes[Int(diagram.index)].holders
  }

  /// Several edges lead there. What hangs on one is come by once in a walk, and need not be remembered.
  @inline(__always)
  func isShared(_ diagram: Diagram) -> Bool { holders(diagram) == .many }

  /// Places of a node's edges.
  @inline(__always)
  func edges(_ diagram: Diagram) -> Range<Int> {
    let node = nodes[Int(diagram.index)]
    return Int(node.start)..<Int(node.start + node.count)
  }

  /// The child that `value` leads to. O(log edges).
  @inline(__always)
  func child(_ diagram: Diagram, at value: UInt128) -> Diagram {
    children[edge(diagram, at: value)]
  }

  /// The edge whose interval holds `value`.
  @inline(__always)
  func edge(_ diagram: Diagram, at value: UInt128) -> Int {
    let all = edges(diagram)
    var low = all.lowerBound
    var high = all.upperBound - 1
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

// MARK: - Making

extension Arena {
  mutating func exhaust() { isExhausted = true }

  /// Adds an edge to the node under construction, or widens the last one.
  @inline(__always)
  mutating func push(_ child: Diagram, upTo last: UInt128, since mark: Int) {
    if pending.count > mark, pending[pending.count - 1].child == child {
      pending[pending.count - 1].last = last
    } else {
      pending.append(Edge(last: last, child: child))
    }
  }

  /// The node whose edges are those pending since `mark`; just its child if there is only one.
  mutating func finish(_ level: Level, since mark: Int) -> Diagram {
    defer { pending.cut(to: mark) }
    if isExhausted { return .nothing }
    if pending.count == mark + 1 { return pending[mark].child }

    // A sum, whose terms need not wait for each other: bounds ascend, so it forgets no order.
    var sum = UInt64(UInt32(bitPattern: level.index))
    var isNew = false
    for place in mark..<pending.count {
      sum &+= pending[place].hash
      if holders(pending[place].child) == .none { isNew = true }
    }
    let hash = UInt32(truncatingIfNeeded: Self.mix(sum) >> 32)

    // What holds a child that nothing held so far has no equal.
    if isNew {
      let result = store(level, since: mark)
      if result != .nothing { uniqueNodes.add(result.index, under: hash) }
      return result
    }
    uniqueNodes.settle()
    var bucket = uniqueNodes.first(for: hash)
    while let place = uniqueNodes.place(under: hash, from: &bucket) {
      if isSame(nodes[Int(place)], level, since: mark) { return Diagram(index: place) }
    }
    let result = store(level, since: mark)
    if result != .nothing { uniqueNodes.insert(result.index, under: hash, in: bucket) }
    return result
  }

  @inline(__always)
  private mutating func hold(_ diagram: Diagram) {
    if diagram.isTerminal {
      endings.hold(diagram.terminal)
    } else {
      let place = Int(diagram.index)
      nodes[place].holders = nodes[place].holders.more
    }
  }

  private func isSame(_ node: Node, _ level: Level, since mark: Int) -> Bool {
    guard node.level == level, Int(node.count) == pending.count - mark else { return false }
    for offset in 0..<Int(node.count) {
      let edge = pending[mark + offset]
      let place = Int(node.start) + offset
      if children[place] != edge.child || bounds[place] != edge.last { return false }
    }
    return true
  }

  private mutating func store(_ level: Level, since mark: Int) -> Diagram {
    let count = pending.count - mark
    guard bounds.count + count + endings.size + rewrites.size <= budget else {
      isExhausted = true
      return .nothing
    }
    let index = Int32(nodes.count)
    let start = bounds.count
    var traits = Traits.tests(level)
    bounds.extend(by: count)
    children.extend(by: count)
    for offset in 0..<count {
      let edge = pending[mark + offset]
      assert(level < self.level(edge.child), "the diagram asks out of order")
      traits.formUnion(self.traits(edge.child))
      hold(edge.child)
      bounds[start + offset] = edge.last
      children[start + offset] = edge.child
    }
    nodes.append(
      Node(traits: traits, start: UInt32(start), count: UInt32(count), level: level))
    memory.keepPace(with: nodes.count)
    return Diagram(index: index)
  }

  @inline(__always)
  static func mix(_ value: UInt64) -> UInt64 {
    let product = value &* 0x9E37_79B9_7F4A_7C15
    return product ^ (product >> 29)
  }
}

extension Arena.Edge {
  fileprivate var hash: UInt64 {
    let low = UInt64(truncatingIfNeeded: last)
    let high = UInt64(truncatingIfNeeded: last >> 64)
    let child = UInt64(UInt32(bitPattern: child.index)) << 24
    return Arena.mix(Arena.mix(low ^ high &* 0xFF51_AFD7_ED55_8CCD ^ child))
  }
}
