import Addresses
import Ruleset

/// What becomes of packets in each chain of a ruleset, every chain summarised once.
final class ChainSummaries {
  private let space: FlowSpace
  private let ruleset: Ruleset
  /// Rules leave a `hit` behind where they are reached and hold.
  private let marksHits: Bool
  private var tables: [TableSummaries]

  private struct TableSummaries {
    /// Of two chains of one name the first counts.
    var places: [String: Int]
    var chains: [Diagram?]
    /// Being summarised: a jump back to one of them closes a loop.
    var isOpen: [Bool]
    /// The number of each chain's first rule among all rules of the ruleset.
    var firstRule: [Int]
  }

  init(_ ruleset: Ruleset, in space: FlowSpace, marksHits: Bool = false) {
    self.space = space
    self.ruleset = ruleset
    self.marksHits = marksHits
    var rules = 0
    tables = ruleset.tables.map { table in
      TableSummaries(
        places: Dictionary(
          zip(table.chains.lazy.map(\.name), table.chains.indices), uniquingKeysWith: { a, _ in a }),
        chains: Array(repeating: nil, count: table.chains.count),
        isOpen: Array(repeating: false, count: table.chains.count),
        firstRule: table.chains.map { chain in
          defer { rules += chain.rules.count }
          return rules
        })
    }
  }

  /// The summary of one chain, of those below it first. The walk has a stack of its own: chains may
  /// nest ten thousand deep in a hostile file.
  func summary(of chain: ChainIndex) throws(FlowError) -> Diagram {
    let table = chain.table
    if let known = tables[table].chains[chain.chain] { return known }
    var open = [(chain: chain.chain, targets: try targets(of: chain)[...])]
    tables[table].isOpen[chain.chain] = true
    while var top = open.popLast() {
      if let target = top.targets.popFirst() {
        open.append(top)
        if tables[table].chains[target] != nil { continue }
        guard !tables[table].isOpen[target] else { throw jumpError() }
        tables[table].isOpen[target] = true
        let next = ChainIndex(table: table, chain: target)
        open.append((target, try targets(of: next)[...]))
      } else {
        tables[table].chains[top.chain] = try summarise(ChainIndex(table: table, chain: top.chain))
        tables[table].isOpen[top.chain] = false
      }
    }
    return tables[table].chains[chain.chain] ?? .nothing
  }

  /// The chains that `chain` jumps to, except those that have their summary.
  private func targets(of chain: ChainIndex) throws(FlowError) -> [Int] {
    var found: [Int] = []
    for name in ruleset[chain].targets {
      guard let target = tables[chain.table].places[name] else { throw jumpError() }
      if tables[chain.table].chains[target] == nil { found.append(target) }
    }
    return found
  }

  /// The model knows best what is wrong with a jump.
  private func jumpError() -> FlowError {
    do {
      try ruleset.validateJumps()
    } catch {
      return .jump(error)
    }
    return .tooLarge(whileBuilding: "jumps", edges: 0)
  }

  private func summarise(_ index: ChainIndex) throws(FlowError) -> Diagram {
    let chain = ruleset[index]
    let first = tables[index.table].firstRule[index.chain]
    let result = balanced(chain.rules.indices, empty: space.arena.falls) { place in
      rule(chain.rules.span[place].steps, number: first + place, in: index.table)
    } _: {
      space.arena.then($0, $1)
    }
    try space.checkBudget("\(ruleset.tables[index.table].name) \(ruleset[index].name)")
    return result
  }
}

// MARK: - Rules

extension ChainSummaries {
  /// A rule from its last step to its first: what a step does depends on what comes after it, and a
  /// test that fails falls to the next rule.
  private func rule(_ steps: [Rule.Step], number: Int, in table: Int) -> Diagram {
    let hit = marksHits ? Ending(kind: .hit, detail: Int32(number)) : nil
    var rest = ended(space.arena.falls, hit)
    for step in steps.reversed() {
      switch step {
      case .verdict(let verdict): rest = ended(end(verdict, in: table), hit)
      case .effect(let effect): rest = after(effect, rest, in: table)
      case .test(let test): rest = outcome(of: test, then: rest, in: table, hit)
      }
    }
    return rest
  }

  private func ended(_ diagram: Diagram, _ hit: Ending?) -> Diagram {
    guard let hit else { return diagram }
    return space.arena.union(diagram, space.arena.endings.terminal(hit))
  }

  private func outcome(
    of test: Test, then rest: Diagram, in table: Int, _ hit: Ending?
  ) -> Diagram {
    let fails = space.arena.falls
    func result(_ arm: Test.Arm) -> Diagram {
      switch arm.result {
      case .goOn: rest
      case .fail: fails
      case .verdict(let verdict): ended(end(verdict, in: table), hit)
      }
    }
    if test.arms.count == 1 { return space.choose(test.arms[0].box, result(test.arms[0]), fails) }
    let arms = balanced(test.arms.indices, empty: .nothing) { place in
      space.choose(test.arms[place].box, result(test.arms[place]), .nothing)
    } _: {
      space.arena.orElse($0, $1)
    }
    return space.arena.orElse(arms, fails)
  }

  private func after(_ effect: Effect, _ rest: Diagram, in table: Int) -> Diagram {
    switch effect {
    case .mark(let assignment): return after(assignment, rest, in: table)
    // The first of notrack and a zone counts; but nft's zone undoes a notrack (measured).
    case .notrack: return after(Level.exempt, where: [Level.notLookedUp], rest)
    case .zone:
      let isNative = ruleset.tables[table].backend.isNative
      return after(
        Level.zoned, where: [Level.notLookedUp] + (isNative ? [Level.exempt] : []), rest)
    case .tproxy(let address, let port):
      return space.after(
        Rewrite(
          [Rewrite.set(.diverted, to: 1)], diversion: Diversion(address: address, port: port)),
        rest)
    case .aside: return rest
    }
  }

  /// The connection state becomes `new` where it is one of `old`.
  private func after(_ new: UInt128, where old: [UInt128], _ rest: Diagram) -> Diagram {
    let state = Rewrite([Rewrite.set(.connectionState, to: new)])
    let taken = space.node(
      .connectionState, in: IntervalSet(old.map { $0...$0 }),
      inside: space.falling(with: state), outside: space.arena.falls)
    return space.arena.then(taken, rest)
  }

  /// Without a conntrack entry CONNMARK does nothing, and where nft reads `ct mark` the rule breaks off.
  private func after(_ assignment: MarkAssignment, _ rest: Diagram, in table: Int) -> Diagram {
    let assigned = space.after(space.vocabulary.rewrite(assignment), rest)
    let reads = assignment.fromConnection != 0
    guard reads || assignment.target == .connection else { return assigned }
    let isNative = ruleset.tables[table].backend.isNative
    return space.arena.choose(
      space.packets(.connectionState, in: ConnectionState.withEntry), assigned,
      reads && isNative ? space.arena.falls : rest)
  }

  private func end(_ verdict: Verdict, in table: Int) -> Diagram {
    func ending(_ kind: Ending.Kind, _ detail: Int32 = 0) -> Diagram {
      space.arena.endings.terminal(Ending(kind: kind, detail: detail))
    }
    switch verdict {
    case .accept: return ending(.accepts)
    case .drop: return ending(.drops)
    case .reject(let with): return ending(.rejects, space.arena.endings.text(with))
    case .return: return ending(.returns)
    case .continue: return space.arena.falls
    case .queue(let text): return ending(.unknown, space.arena.endings.text("queue \(text)"))
    case .opaque(let text): return ending(.unknown, space.arena.endings.text(text))
    case .nat(let nat): return ending(.maps, space.arena.endings.mapping(nat))
    case .jump(let name): return called(name, in: table, turning: .returns, into: .falls, .called)
    case .goto(let name): return called(name, in: table, turning: .falls, into: .returns, .gone)
    }
  }

  /// A chain as its caller sees it: its `return` and its end go on after a jump, and end the caller
  /// too after a goto.
  private func called(
    _ name: String, in table: Int, turning old: Ending.Kind, into new: Ending.Kind,
    _ operation: Operation
  ) -> Diagram {
    let target = tables[table].places[name].flatMap { tables[table].chains[$0] } ?? .nothing
    return space.arena.map(target, operation, turning: old, into: new)
  }
}

extension Arena {
  /// The diagram with endings of one kind turned into another.
  mutating func map(
    _ diagram: Diagram, _ operation: Operation, turning old: Ending.Kind, into new: Ending.Kind
  ) -> Diagram {
    map(diagram, where: old.trait, operation) { arena, ending in
      var ending = ending
      if ending.kind == old { ending.kind = new }
      return arena.endings.number(ending)
    }
  }
}

extension FlowSpace {
  /// Goes on, rewritten.
  func falling(with rewrite: Rewrite) -> Diagram {
    let number = arena.rewrites.number(rewrite)
    return arena.endings.terminal(Ending(kind: .falls, rewrite: number))
  }

  /// What becomes of a packet that is rewritten and then meets `rest`.
  func after(_ rewrite: Rewrite, _ rest: Diagram) -> Diagram {
    arena.then(falling(with: rewrite), rest)
  }

  /// `diagram` as a function of a packet some of whose fields are known.
  func seen(_ diagram: Diagram, with assignments: [Rewrite.Assignment]) -> Diagram {
    let number = arena.rewrites.number(Rewrite(assignments))
    return arena.substitute(diagram, number)
  }
}
