extension Ruleset {
  /// The chains in the order packets meet them: what the pod sends first, hook by hook and by
  /// priority, each base chain followed by the chains reached from it for the first time; last the
  /// chains that nothing reaches. Each chain once.
  public var chainsInOrderOfEvaluation: [ChainIndex] {
    let names = tables.map { table in
      Dictionary(
        table.chains.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    var order: [ChainIndex] = []
    var isListed = Set<ChainIndex>()
    for base in baseChainsInOrder {
      var stack = [base]
      while let next = stack.popLast() {
        guard isListed.insert(next).inserted else { continue }
        order.append(next)
        let below = self[next].targets.compactMap { name in
          names[next.table][name].map { ChainIndex(table: next.table, chain: $0) }
        }
        stack += below.reversed()
      }
    }
    let rest = tables.indices.flatMap { table in
      tables[table].chains.indices.map { ChainIndex(table: table, chain: $0) }
    }
    return order + rest.filter { !isListed.contains($0) }
  }

  private var baseChainsInOrder: [ChainIndex] {
    let hooks: [Hook] = [.output, .postrouting, .prerouting, .input, .forward, .ingress, .egress]
    var found: [(rank: Int, priority: Int32, index: ChainIndex)] = []
    for (t, table) in tables.enumerated() {
      for (c, chain) in table.chains.enumerated() {
        guard let base = chain.base, let rank = hooks.firstIndex(of: base.hook) else { continue }
        found.append((rank, base.priority, ChainIndex(table: t, chain: c)))
      }
    }
    return found.enumerated().sorted {
      ($0.element.rank, $0.element.priority, $0.offset)
        < ($1.element.rank, $1.element.priority, $1.offset)
    }.map(\.element.index)
  }
}
