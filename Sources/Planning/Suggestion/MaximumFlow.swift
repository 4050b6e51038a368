/// The maximum flow from a source to a sink, and with it the minimum cut (Dinic 1970).
///
/// Everything is in flat arrays. Arcs come in pairs: arc `2k` goes forward, `2k + 1` back.
struct MaximumFlow {
  static let source: Int32 = 0
  static let sink: Int32 = 1

  private var heads: [Int32]
  private var nextArc: [Int32] = []
  private var targets: [Int32] = []
  private(set) var residual: [EntryCost] = []

  private var levels: [Int32]
  private var currentArc: [Int32]

  /// Vertices are numbered from 0; the first two are source and sink.
  init(vertices: Int, arcs: Int) {
    heads = [Int32](repeating: -1, count: vertices)
    levels = heads
    currentArc = heads
    nextArc.reserveCapacity(2 * arcs)
    targets.reserveCapacity(2 * arcs)
    residual.reserveCapacity(2 * arcs)
  }

  /// The number of the forward arc.
  @discardableResult
  mutating func addArc(from tail: Int32, to head: Int32, _ capacity: EntryCost) -> Int {
    let arc = targets.count
    targets.append(head)
    residual.append(capacity)
    nextArc.append(heads[Int(tail)])
    heads[Int(tail)] = Int32(truncatingIfNeeded: arc)
    targets.append(tail)
    residual.append(.zero)
    nextArc.append(heads[Int(head)])
    heads[Int(head)] = Int32(truncatingIfNeeded: arc + 1)
    return arc
  }

  /// Gives an arc more room. The flow stays; `augment` takes it on from there.
  mutating func raise(_ arc: Int, by capacity: EntryCost) {
    residual[arc] += capacity
  }

  /// Where an arc leads.
  func head(of arc: Int) -> Int32 { targets[arc] }

  /// What flows through a forward arc.
  func flow(_ arc: Int) -> EntryCost { residual[arc + 1] }

  /// Sends as much more as there is room for. O(V²E) at worst; here, where every second vertex is
  /// in a tree, a few dozen rounds over the arcs.
  mutating func augment() {
    while levelVertices() { blockLevels() }
  }

  /// Whether `vertex` is on the source's side of the minimum cut nearest to the source.
  ///
  /// Valid after `augment`, whose last search from the source found the whole side.
  func isOnSourceSide(_ vertex: Int32) -> Bool { levels[Int(vertex)] >= 0 }
}

// MARK: - Phases

extension MaximumFlow {
  /// Breadth first from the source; false where the sink is out of reach.
  private mutating func levelVertices() -> Bool {
    for vertex in levels.indices { levels[vertex] = -1 }
    levels[Int(Self.source)] = 0
    var queue = [Self.source]
    queue.reserveCapacity(levels.count)
    var next = 0
    while next < queue.count {
      let vertex = Int(queue[next])
      next += 1
      var arc = heads[vertex]
      while arc >= 0 {
        let target = targets[Int(arc)]
        if levels[Int(target)] < 0, residual[Int(arc)] > .zero {
          levels[Int(target)] = levels[vertex] + 1
          queue.append(target)
        }
        arc = nextArc[Int(arc)]
      }
    }
    return levels[Int(Self.sink)] >= 0
  }

  /// Fills paths that climb level by level until each is blocked. Iterative, for paths are as long
  /// as the tries are deep and longer.
  private mutating func blockLevels() {
    for vertex in heads.indices { currentArc[vertex] = heads[vertex] }
    var path: [Int] = []
    var vertex = Int(Self.source)
    while true {
      if vertex == Int(Self.sink) {
        vertex = fill(&path)
        continue
      }
      let arc = Int(currentArc[vertex])
      if arc >= 0 {
        let target = Int(targets[arc])
        if levels[target] == levels[vertex] + 1, residual[arc] > .zero {
          path.append(arc)
          vertex = target
        } else {
          currentArc[vertex] = nextArc[arc]
        }
        continue
      }
      guard let last = path.popLast() else { return }
      levels[vertex] = -1
      vertex = Int(targets[last ^ 1])
    }
  }

  /// Sends what the narrowest arc of the path takes, and goes back to before the first full one.
  private mutating func fill(_ path: inout [Int]) -> Int {
    var amount = EntryCost.infinite
    for arc in path { amount = min(amount, residual[arc]) }
    var firstFull = path.count
    for index in path.indices.reversed() {
      let arc = path[index]
      residual[arc] -= amount
      residual[arc ^ 1] += amount
      if residual[arc] == .zero { firstFull = index }
    }
    guard firstFull < path.count else {
      path.removeAll()
      return Int(Self.source)
    }
    let vertex = Int(targets[path[firstFull] ^ 1])
    path.removeSubrange(firstFull...)
    return vertex
  }
}
