import Addresses

/// The flow network of ports and prefixes whose minimum cut is an exclusion.
struct ExclusionNetwork {
  private struct Entry<Value> {
    var value: Value
    var vertex: Int32
    /// The arc that is cut where the entry is excluded, and what its cut costs beyond its weight.
    var arc: Int
    var ties: Int128
  }

  private var flow: MaximumFlow
  private var ports: [Entry<UInt16>] = []
  private var ranges: [Entry<Prefix>] = []
  private var needs: [(arc: Int, need: Wants.Need)] = []

  /// - Parameter needs: those that may be served by a range, with their prefix.
  init(
    _ needs: [(prefix: Prefix, need: Wants.Need)], _ obstruction: Obstruction, _ costs: EntryCosts,
    where mayBeExcluded: (Prefix) -> Bool
  ) {
    let sorted = needs.sorted {
      $0.prefix != $1.prefix ? $0.prefix < $1.prefix : $0.need.port < $1.need.port
    }
    var prefixes: [Prefix] = []
    var places: [Int32] = []
    for need in sorted {
      if prefixes.last != need.prefix { prefixes.append(need.prefix) }
      places.append(Int32(truncatingIfNeeded: prefixes.count - 1))
    }
    let forest = RangeForest(over: prefixes, where: mayBeExcluded)
    var portVertex = [Int32](repeating: -1, count: 1 << 16)
    let portCount = Set(sorted.lazy.map(\.need.port)).count
    let firstRange = Int32(truncatingIfNeeded: 2 + portCount)
    flow = MaximumFlow(
      vertices: Int(firstRange) + forest.prefixes.count,
      arcs: portCount + sorted.count + forest.prefixes.count)

    for (node, prefix) in forest.prefixes.enumerated() {
      let vertex = firstRange + Int32(truncatingIfNeeded: node)
      let parent = forest.parents[node]
      let cost = costs.cost(of: prefix)
      let arc = flow.addArc(
        from: vertex, to: parent < 0 ? MaximumFlow.sink : firstRange + parent,
        EntryCost(weight: cost.weight, ties: 0))
      ranges.append(Entry(value: prefix, vertex: vertex, arc: arc, ties: cost.ties))
    }
    var last: (place: Int32, port: UInt16)?
    for (place, need) in zip(places, sorted.lazy.map(\.need)) {
      if let last, last == (place, need.port) { continue }
      last = (place, need.port)
      let node = firstRange + forest.nodes[Int(place)]
      if !obstruction.canBeServedByPort(need) {
        let arc = flow.addArc(from: MaximumFlow.source, to: node, .infinite)
        self.needs.append((arc, need))
        continue
      }
      if portVertex[Int(need.port)] < 0 {
        let vertex = Int32(truncatingIfNeeded: 2 + ports.count)
        portVertex[Int(need.port)] = vertex
        let cost = costs.cost(of: need.port)
        let arc = flow.addArc(
          from: MaximumFlow.source, to: vertex, EntryCost(weight: cost.weight, ties: 0))
        ports.append(Entry(value: need.port, vertex: vertex, arc: arc, ties: cost.ties))
      }
      let arc = flow.addArc(from: portVertex[Int(need.port)], to: node, .infinite)
      self.needs.append((arc, need))
    }
  }

  mutating func flowWeights() { flow.augment() }

  mutating func flowTies() {
    for port in ports { flow.raise(port.arc, by: EntryCost(weight: 0, ties: port.ties)) }
    for range in ranges { flow.raise(range.arc, by: EntryCost(weight: 0, ties: range.ties)) }
    flow.augment()
  }

  /// The needs that carry flow, and how much. Valid after `flowWeights`.
  var packing: [(need: Wants.Need, share: Int128)] {
    needs.map { ($0.need, flow.flow($0.arc).weight) }.filter { $0.1 > 0 }
  }

  /// The entries on the cut nearest to the source. Valid after `flowTies`.
  var cut: Exclusion {
    Exclusion(
      ports: ports.filter { !flow.isOnSourceSide($0.vertex) }.map(\.value),
      ranges: ranges.filter { isCut($0) }.map(\.value))
  }

  private func isCut(_ range: Entry<Prefix>) -> Bool {
    flow.isOnSourceSide(range.vertex) && !flow.isOnSourceSide(flow.head(of: range.arc))
  }
}
