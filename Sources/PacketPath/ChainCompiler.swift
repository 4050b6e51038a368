import Addresses
import Ruleset

/// Turns the chains of one family into a branching program: jumps are inlined, so that a return is
/// just the place to go on at, and a walk needs no stack.
struct ChainCompiler {
  /// Beyond this many places in the program (chains that many others jump to, nested) the rest is
  /// left to the readable evaluator. Fifty thousand rules of one match take half of it.
  static let maximumPlaces = 1 << 19

  private let simulator: Simulator
  private let family: Family
  private var program = Program()

  /// A place in a program not written yet.
  private struct Label: Hashable {
    var index: Int
  }
  private enum Place {
    case open
    case at(UInt32)
    case same(as: Label)
  }
  private var places: [Place] = []

  /// A rule of a chain, and where its chain's end leads.
  private struct Block: Hashable {
    var chain: Int
    var rule: Int
    /// Place in `callers`; nil for the base chain.
    var caller: Int?
  }
  private var table = 0
  private var reach: Reach = []
  private var blocks: [Block: Label] = [:]
  private var pending: [Block] = []
  private var callers: [Block] = []
  private var callersByBlock: [Block: Int] = [:]
  private var policy = Label(index: 0)
  private let escape: Label

  private init(_ simulator: Simulator, _ family: Family) {
    self.simulator = simulator
    self.family = family
    escape = Label(index: 0)
    places = [.at(0)]
    program.instructions = [.action(.escape, low: 0, yes: 0, rule: 0)]
  }

  static func compile(_ simulator: Simulator, for family: Family) -> Program {
    var compiler = ChainCompiler(simulator, family)
    for hook in Hook.allCases {
      for chain in simulator.ruleset.baseChains(at: hook, for: family) { compiler.compile(chain) }
    }
    compiler.link()
    return ProgramLayout.arrange(compiler.program)
  }

  // MARK: Chains

  private mutating func compile(_ base: ChainIndex) {
    let kept = simulator.ruleset.base(base)
    table = base.table
    reach = simulator.reach[base.table][base.chain]
    if kept.policy == .drop { reach.formUnion(.stops) }
    blocks = [:]
    callers = []
    callersByBlock = [:]
    policy = label()
    bind(policy)
    act(kept.policy == .accept ? .accept : .policyDrop, by: nil)
    let start = entry(Block(chain: base.chain, rule: 0, caller: nil))
    while let block = pending.popLast() {
      guard let label = blocks[block] else { continue }
      if places.count > Self.maximumPlaces {
        places[label.index] = .same(as: escape)
      } else {
        compile(block, at: label)
      }
    }
    program.entries[base] = UInt32(start.index)
  }

  private func rules(_ chain: Int) -> [Rule] { simulator.ruleset.tables[table].chains[chain].rules }

  /// Where `block` begins, past rules that do nothing; the end of a chain is where its caller goes on.
  private mutating func entry(_ block: Block) -> Label {
    var block = block
    while true {
      let rules = rules(block.chain)
      if block.rule < rules.count {
        guard rules[block.rule].isIdle else { break }
        block = next(block)
      } else {
        guard let caller = block.caller else { return policy }
        block = callers[caller]
      }
    }
    if let known = blocks[block] { return known }
    let new = label()
    blocks[block] = new
    pending.append(block)
    return new
  }

  private func next(_ block: Block) -> Block {
    Block(chain: block.chain, rule: block.rule + 1, caller: block.caller)
  }

  private mutating func caller(_ block: Block) -> Int {
    if let known = callersByBlock[block] { return known }
    callers.append(block)
    callersByBlock[block] = callers.count - 1
    return callers.count - 1
  }

  // MARK: Rules

  private mutating func compile(_ block: Block, at start: Label) {
    let fail = entry(next(block))
    let place = RulePlace(
      chain: ChainIndex(table: table, chain: block.chain), number: block.rule + 1)
    var here = start
    for step in rules(block.chain)[block.rule].steps {
      switch step {
      case .test(let test):
        let passed = label()
        compile(test, at: here, passed: passed, failed: fail, block, place)
        here = passed
      case .effect(let effect):
        let after = label()
        compile(effect, at: here, after: after, failed: fail, place)
        here = after
      case .verdict(let verdict):
        compile(verdict, at: here, block, place)
        return
      }
    }
    places[here.index] = .same(as: fail)
  }

  private mutating func compile(
    _ test: Test, at start: Label, passed: Label, failed: Label, _ block: Block, _ place: RulePlace
  ) {
    var here = start
    for arm in test.arms {
      let holds: Label
      switch arm.result {
      case .goOn: holds = passed
      case .fail: holds = failed
      case .verdict(let verdict):
        holds = label()
        compile(verdict, at: holds, block, place)
      }
      let next = label()
      compile(arm.box, at: here, holds: holds, fails: next)
      here = next
    }
    places[here.index] = .same(as: failed)
  }

  private mutating func compile(_ box: Box, at start: Label, holds: Label, fails: Label) {
    var here = start
    for constraint in box.constraints {
      let next = label()
      let tests = ConstraintCompiler(constraint, in: family, simulator)
      compile(tests, at: here, holds: next, fails: fails)
      here = next
    }
    places[here.index] = .same(as: holds)
  }

  private mutating func compile(
    _ tests: ConstraintCompiler, at start: Label, holds: Label, fails: Label
  ) {
    var here = start
    switch tests.kind {
    case .fixed(let answer):
      places[here.index] = .same(as: answer ? holds : fails)
      return
    case .opaque:
      places[here.index] = .same(as: escape)
      return
    case .ranges: break
    }
    if let answers = tests.answersWithoutSource {
      here = testSource(answers, at: here, holds: holds, fails: fails)
    }
    for ranges in tests.alternatives {
      let other = label()
      for (index, range) in ranges.enumerated() {
        let next = index == ranges.count - 1 ? holds : label()
        bind(here)
        test(range.word, range.values, mask: tests.mask, yes: next, no: other)
        here = next
      }
      here = other
    }
    places[here.index] = .same(as: fails)
  }

  /// Sends packets whose source is not known to what they answer, and the others on.
  private mutating func testSource(
    _ answers: (own: ConstraintCompiler.Answer, peer: ConstraintCompiler.Answer), at here: Label,
    holds: Label, fails: Label
  ) -> Label {
    func way(_ answer: ConstraintCompiler.Answer) -> Label {
      switch answer {
      case .yes: holds
      case .no: fails
      case .either: escape
      }
    }
    let (known, unknown) = (label(), label())
    bind(here)
    test(.sourceKind, FlatPacket.sourceIsKnown, yes: known, no: unknown)
    bind(unknown)
    test(.sourceKind, FlatPacket.sourceIsPeer, yes: way(answers.peer), no: way(answers.own))
    return known
  }

  // MARK: Verdicts and effects

  private mutating func compile(
    _ verdict: Verdict, at here: Label, _ block: Block, _ place: RulePlace
  ) {
    switch verdict {
    case .continue: places[here.index] = .same(as: entry(next(block)))
    case .jump(let name), .goto(let name):
      guard let target = simulator.chains[table][name] else {
        places[here.index] = .same(as: entry(next(block)))
        return
      }
      let isGoto = if case .goto = verdict { true } else { false }
      let back = isGoto ? block.caller : caller(next(block))
      places[here.index] = .same(as: entry(Block(chain: target, rule: 0, caller: back)))
    case .return:
      let after = block.caller.map { entry(callers[$0]) } ?? policy
      exempt(at: here, place, then: after)
    case .accept:
      let after = label()
      exempt(at: here, place, then: after)
      bind(after)
      act(.accept, by: place)
    case .drop:
      bind(here)
      act(.drop, by: place)
    case .reject(let with):
      bind(here)
      program.rejections.append(with)
      act(.reject, low: program.rejections.count - 1, by: place)
    case .nat(let mapping):
      bind(here)
      program.mappings.append(mapping)
      act(.map, low: program.mappings.count - 1, by: place)
    case .queue, .opaque: places[here.index] = .same(as: escape)
    }
  }

  private mutating func exempt(at here: Label, _ place: RulePlace, then after: Label) {
    guard !reach.isEmpty else {
      places[here.index] = .same(as: after)
      return
    }
    bind(here)
    let spared = reach.contains(.captures) ? Reach.captures : reach
    act(.exempt, low: Int(spared.rawValue), by: place, then: after)
  }

  private mutating func compile(
    _ effect: Effect, at here: Label, after: Label, failed: Label, _ place: RulePlace
  ) {
    switch effect {
    case .mark(let mark):
      bind(here)
      let breaks = isNative && mark.fromConnection != 0
      program.assignments.append(
        Program.Assignment(
          mark: mark, breaksWithoutConnection: breaks, next: UInt32(failed.index)))
      act(.assign, low: program.assignments.count - 1, by: place, then: after)
    case .notrack:
      bind(here)
      act(.untrack, by: place, then: after)
    case .tproxy(let address, let port):
      bind(here)
      program.tproxies.append(Program.TPROXY(address: address, port: port))
      act(.tproxy, low: program.tproxies.count - 1, by: place, then: after)
    case .zone:
      bind(here)
      act(.zone, low: isNative ? 1 : 0, by: place, then: after)
    case .aside: places[here.index] = .same(as: after)
    }
  }

  private var isNative: Bool { simulator.ruleset.tables[table].dialect.isNative }

  // MARK: Instructions

  private mutating func label() -> Label {
    places.append(.open)
    return Label(index: places.count - 1)
  }

  private mutating func bind(_ label: Label) {
    places[label.index] = .at(UInt32(program.instructions.count))
  }

  private mutating func test(
    _ word: FlatPacket.Word, _ values: ClosedRange<UInt64>, mask: UInt32 = .max, yes: Label,
    no: Label
  ) {
    program.instructions.append(
      .test(word, values, mask: mask, yes: UInt32(yes.index), no: UInt32(no.index)))
  }

  private mutating func act(
    _ action: Instruction.Action, low: Int = 0, by place: RulePlace?, then next: Label? = nil
  ) {
    let rule = place.map { simulator.number(of: $0) } ?? 0
    program.instructions.append(
      .action(action, low: low, yes: UInt32(next?.index ?? 0), rule: UInt32(rule)))
  }

  /// Puts places for labels.
  private mutating func link() {
    for index in program.instructions.indices {
      let isTest = !program.instructions[index].isAction
      program.instructions[index].yes = resolve(program.instructions[index].yes)
      if isTest { program.instructions[index].no = resolve(program.instructions[index].no) }
    }
    for index in program.assignments.indices {
      program.assignments[index].next = resolve(program.assignments[index].next)
    }
    program.entries = program.entries.mapValues(resolve)
  }

  private func resolve(_ label: UInt32) -> UInt32 {
    var index = Int(label)
    while true {
      switch places[index] {
      case .open: return 0
      case .at(let place): return place
      case .same(let other): index = other.index
      }
    }
  }
}
