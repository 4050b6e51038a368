public import Addresses

/// All tables of one network namespace, whatever they were read from.
public struct Ruleset: Hashable, Sendable {
  /// In order of creation, which decides between base chains of equal priority.
  public var tables: [Table]

  public init(_ tables: [Table] = []) {
    self.tables = tables
    for table in tables.indices { self.tables[table].placeStatefulMatches() }
  }
}

/// A chain by its place in `Ruleset.tables`.
public struct ChainIndex: Hashable, Sendable {
  public var table: Int
  public var chain: Int

  public init(table: Int, chain: Int) {
    self.table = table
    self.chain = chain
  }
}

extension Ruleset {
  public subscript(index: ChainIndex) -> Chain {
    tables[index.table].chains[index.chain]
  }

  /// The base chains that packets of `family` meet at `hook`, in the order the kernel runs them:
  /// by priority, and at equal priority the one registered last first (measured).
  public func baseChains(at hook: Hook, for family: Family) -> [ChainIndex] {
    var found: [(priority: Int32, index: ChainIndex)] = []
    for (t, table) in tables.enumerated() where table.family.sees(family) && !table.isDormant {
      for (c, chain) in table.chains.enumerated() {
        if let base = chain.base, base.hook == hook {
          found.append((base.priority, ChainIndex(table: t, chain: c)))
        }
      }
    }
    let lastFirst = Array(found.reversed().enumerated())
    return lastFirst.sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
      .map(\.element.index)
  }

  public func reference(to number: Int, in index: ChainIndex) -> RuleReference {
    let table = tables[index.table]
    let chain = table.chains[index.chain]
    let rule = chain.rules[number - 1]
    return RuleReference(
      family: table.family, table: table.name, chain: chain.name, number: number, text: rule.text,
      origin: rule.origin)
  }
}
