import Addresses
public import Ruleset

/// A rule that no packet of the universes asked ever reaches and matches.
public struct DeadRule: Hashable, Sendable {
  public var rule: RuleReference
  /// Rules before it in its chain that take the packets it asks for, first to last; empty where no
  /// possible packet matches it, or none comes to its chain.
  public var shadowedBy: [RuleReference]
}

/// Packets that hit the same rules on their way.
public struct RuleTrace {
  /// Every rule that was reached and held, in the order of tables, chains and rules.
  public let rules: [RuleReference]
  public let set: FlowSet
}

extension FlowSpace {
  /// The rules that decide nothing for any packet of `universes`, in any connection state and with any
  /// mark, in the order of the ruleset. Only tables that see one of the universes' families count,
  /// and only chains that a base chain of one of their hooks leads to.
  ///
  /// A rule counts as alive as soon as some way of answering matches that are not understood reaches
  /// it. Costs a second build, in which every rule leaves a mark.
  public func deadRules(
    of ruleset: Ruleset, in universes: [Universe]
  ) throws(FlowError) -> [DeadRule] {
    let numbers = RuleNumbers(of: ruleset)
    var alive: Set<Int32> = []
    var ways: [(marked: Diagram, universe: Diagram)] = []
    for direction in Direction.allCases {
      let asked = universes.filter { $0.direction == direction }
      guard !asked.isEmpty else { continue }
      let marked = try flows(of: ruleset, direction, marksHits: true)
      let all = arena.forget(from: vocabulary.firstUnknown, marked.diagram, .forget)
      let universe = asked.reduce(Diagram.nothing) { arena.union($0, packets(in: $1).diagram) }
      alive.formUnion(hits(of: all, in: universe))
      ways.append((all, universe))
    }
    try checkBudget("dead rules")

    let families = Set(universes.flatMap(\.families))
    let hooks = Set(universes.map(\.direction)).flatMap { $0.hooks(in: network) }
    var dead: [DeadRule] = []
    for chain in ruleset.chains(under: hooks, seenBy: families) {
      let first = numbers.first(in: chain)
      for place in ruleset[chain].rules.indices where !alive.contains(Int32(first + place)) {
        let wanted = packets(wantedBy: ruleset[chain].rules[place])
        let takers = ways.reduce(into: Set<Int32>()) { takers, way in
          takers.formUnion(hits(of: way.marked, in: arena.keep(wanted, way.universe)))
        }
        dead.append(
          DeadRule(
            rule: ruleset.reference(to: place + 1, in: chain),
            shadowedBy: takers.map { Int($0) - first }.filter { 0..<place ~= $0 }.sorted()
              .map { ruleset.reference(to: $0 + 1, in: chain) }))
      }
    }
    return dead
  }

  /// The packets of `set` by the rules they hit on their way, as first packets of connections. All packets
  /// of a part meet the same rules, so what one of them shows (its trace, the rule that decides)
  /// holds for all.
  public func traces(
    of set: FlowSet, under ruleset: Ruleset, _ direction: Direction
  ) throws(FlowError) -> [RuleTrace] {
    let numbers = RuleNumbers(of: ruleset)
    let marked = try flows(of: ruleset, direction, marksHits: true)
    var parts: [[Int32]: Diagram] = [:]
    var order: [[Int32]] = []
    for terminal in arena.terminals(of: arena.keep(set.diagram, marked.may)).sorted() {
      guard terminal != Diagram.nothing.terminal else { continue }
      let select = Select(operation: arena.memory.freshOperation()) { other, _ in
        other == terminal
      }
      let part = arena.combine(select, set.diagram, marked.may)
      let hits = hits(ofTerminal: terminal).sorted()
      if parts[hits] == nil { order.append(hits) }
      parts[hits] = arena.union(parts[hits] ?? .nothing, part)
    }
    try checkBudget("traces")
    return order.sorted { $0.lexicographicallyPrecedes($1) }.map { hits in
      RuleTrace(
        rules: hits.map { numbers.reference(to: Int($0), in: ruleset) },
        set: FlowSet(space: self, diagram: parts[hits] ?? .nothing))
    }
  }

  private func hits(of diagram: Diagram, in set: Diagram) -> Set<Int32> {
    arena.terminals(of: arena.keep(set, diagram)).reduce(into: []) {
      $0.formUnion(hits(ofTerminal: $1))
    }
  }

  private func hits(ofTerminal terminal: Int32) -> Set<Int32> {
    Set(arena.endings.endings(in: terminal).filter { $0.kind == .hit }.map(\.detail))
  }

  /// What a rule asks of a packet, as the packet was when it came; its own marks are left aside.
  private func packets(wantedBy rule: Rule) -> Diagram {
    var wanted = arena.member
    for case .test(let test) in rule.steps.reversed() {
      var passing = Diagram.nothing
      for arm in test.arms.reversed() {
        let taken: Diagram =
          switch arm.result {
          case .goOn: wanted
          case .fail: .nothing
          case .verdict: arena.member
          }
        passing = choose(arm.box, taken, passing)
      }
      wanted = passing
    }
    return arena.forget(from: vocabulary.firstUnknown, wanted, .forget)
  }
}

/// Rules counted through all tables and chains, as `ChainSummaries` does.
private struct RuleNumbers {
  private var firsts: [[Int]] = []

  init(of ruleset: Ruleset) {
    var count = 0
    for table in ruleset.tables {
      firsts.append(
        table.chains.map { chain in
          defer { count += chain.rules.count }
          return count
        })
    }
  }

  func first(in chain: ChainIndex) -> Int { firsts[chain.table][chain.chain] }

  func reference(to number: Int, in ruleset: Ruleset) -> RuleReference {
    let table = (firsts.lastIndex { ($0.first ?? .max) <= number }) ?? 0
    let chain = (firsts[table].lastIndex { $0 <= number }) ?? 0
    let index = ChainIndex(table: table, chain: chain)
    return ruleset.reference(to: number - first(in: index) + 1, in: index)
  }
}

extension Direction {
  /// The hooks that packets of this direction may come by, as far as is known: where nobody told the pod's
  /// addresses, all that arrives is taken for its own, and what it forwards is not asked about.
  fileprivate func hooks(in network: PodNetwork) -> [Hook] {
    switch self {
    case .outbound: [.output, .postrouting, .prerouting, .input]
    case .inbound:
      [.prerouting, .input]
        + (network.addresses.addresses.isEmpty ? [] : [.forward, .postrouting])
    }
  }
}

extension Ruleset {
  /// Base chains of `hooks` and all chains they lead to, in the order of the ruleset.
  fileprivate func chains(under hooks: [Hook], seenBy families: Set<Family>) -> [ChainIndex] {
    var found: [ChainIndex] = []
    for (t, table) in tables.enumerated() where families.contains(where: table.family.sees) {
      guard !table.isDormant else { continue }
      let places = Dictionary(
        table.chains.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
      var open = table.chains.indices.filter { chain in
        table.chains[chain].base.map { hooks.contains($0.hook) } ?? false
      }
      var seen = Set(open)
      while let next = open.popLast() {
        for target in table.chains[next].targets.compactMap({ places[$0] })
        where seen.insert(target).inserted { open.append(target) }
      }
      found += seen.sorted().map { ChainIndex(table: t, chain: $0) }
    }
    return found
  }
}
