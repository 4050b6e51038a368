import Addresses
import Ruleset

/// What becomes of packets in each chain of a ruleset, every chain summarised once.
final class ChainSummaries {
  private let space: FlowSpace
  private let ruleset: Ruleset
  /// Rules leave a `hit` behind where they are reached and hold.
  private let marksHits: Bool
  private var tables: [TableSummaries]
  /// Chains without a summary that the rule at hand may jump to; it is put together anew with them.
  private var missing: [Int] = []
  /// The rule at hand names a chain that is not there.
  private var leadsNowhere = false

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

  /// A chain that is being summarised, and its rules so far.
  private struct Frame {
    var chain: Int
    var rules: [Diagram] = []
  }

  /// The summary of one chain, of those below it first. The walk has a stack of its own: chains may
  /// nest ten thousand deep in a hostile file.
  func summary(of chain: ChainIndex) throws(FlowError) -> Diagram {
    let table = chain.table
    var open = [Frame(chain: chain.chain)]
    while var top = open.popLast() {
      if tables[table].chains[top.chain] != nil { continue }
      tables[table].isOpen[top.chain] = true
      if try addRules(to: &top, in: table) {
        tables[table].chains[top.chain] = try summary(of: top, in: table)
        tables[table].isOpen[top.chain] = false
      } else {
        open.append(top)
        for target in missing {
          guard !tables[table].isOpen[target] else { throw jumpError() }
          open.append(Frame(chain: target))
        }
        missing = []
      }
    }
    return tables[table].chains[chain.chain] ?? .nothing
  }

  /// Whether all are there now, and none waits for a chain that is `missing`.
  private func addRules(to frame: inout Frame, in table: Int) throws(FlowError) -> Bool {
    let rules = ruleset[ChainIndex(table: table, chain: frame.chain)].rules.span
    let first = tables[table].firstRule[frame.chain]
    frame.rules.reserveCapacity(rules.count)
    while frame.rules.count < rules.count {
      let place = frame.rules.count
      let next = rule(rules[place].steps, number: first + place, in: table)
      if leadsNowhere { throw jumpError() }
      if !missing.isEmpty { return false }
      frame.rules.append(next)
    }
    return true
  }

  private func summary(of frame: Frame, in table: Int) throws(FlowError) -> Diagram {
    let rules = frame.rules.span
    let result = balanced(rules.indices, empty: space.arena.falls) {
      rules[$0]
    } _: {
      space.arena.then($0, $1)
    }
    let index = ChainIndex(table: table, chain: frame.chain)
    try space.checkBudget("\(ruleset.tables[table].name) \(ruleset[index].name)")
    return result
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
}

// MARK: - Rules

extension ChainSummaries {
  /// A rule from its last step to its first: what a step does depends on what comes after it, and a
  /// test that fails falls to the next rule. Nothing of use while some chain is `missing`.
  private func rule(_ steps: [Rule.Step], number: Int, in table: Int) -> Diagram {
    let hit = marksHits ? Ending(kind: .hit, detail: Int32(number)) : nil
    var rest = ended(space.arena.falls, hit)
    for step in steps.reversed() {
      if !missing.isEmpty { break }
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
    if test.arms.count == 1 {
      let result = result(test.arms[0])
      return missing.isEmpty ? space.choose(test.arms[0].box, result, fails) : .nothing
    }
    // All first, so that one look finds all chains that are missing.
    let results = test.arms.map(result)
    if !missing.isEmpty { return .nothing }
    let arms = balanced(test.arms.indices, empty: .nothing) { place in
      space.choose(test.arms[place].box, results[place], .nothing)
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
      let isNative = ruleset.tables[table].dialect.isNative
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
    let isNative = ruleset.tables[table].dialect.isNative
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
    case .nat(let nat): return mapped(by: nat)
    case .jump(let name): return called(name, in: table, turning: .returns, into: .falls, .called)
    case .goto(let name): return called(name, in: table, turning: .falls, into: .returns, .gone)
    }
  }

  /// A port that lies in the range already stays, and the kernel's choice is among the others.
  private func mapped(by nat: NAT) -> Diagram {
    func ending(_ nat: NAT) -> Diagram {
      space.arena.endings.terminal(Ending(kind: .maps, detail: space.arena.endings.mapping(nat)))
    }
    guard let ports = nat.ports, ports.count > 1, !nat.isRandom else { return ending(nat) }
    var keeping = nat
    keeping.ports = nil
    return space.node(
      nat.isOfDestination ? .destinationPort : .sourcePort,
      in: IntervalSet([UInt128(ports.lowerBound)...UInt128(ports.upperBound)]),
      inside: ending(keeping), outside: ending(nat))
  }

  /// A chain as its caller sees it: its `return` and its end go on after a jump, and end the caller
  /// too after a goto.
  private func called(
    _ name: String, in table: Int, turning old: Ending.Kind, into new: Ending.Kind,
    _ operation: Operation
  ) -> Diagram {
    guard let place = tables[table].places[name] else {
      leadsNowhere = true
      return .nothing
    }
    guard let target = tables[table].chains[place] else {
      missing.append(place)
      return .nothing
    }
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
