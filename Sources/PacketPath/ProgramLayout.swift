/// Makes a compiled program fast to walk, without changing what it answers.
///
/// 1. *Threading.* What a packet has answered on its way to a test is not asked again: of twenty
///    rules `-p tcp --dport N`, only the first asks for the protocol.
/// 2. *Layout.* The way on after a test that fails is the next instruction. Most rules fail, so a
///    walk is a straight run over memory that branch prediction and prefetch see coming.
struct ProgramLayout {
  private var program: Program

  static func arrange(_ program: Program) -> Program {
    var layout = ProgramLayout(program: program)
    layout.thread()
    layout.place()
    return layout.program
  }

  /// What a way through the program has learned of one word.
  private struct Fact: Equatable {
    var word: UInt16
    var mask: UInt32
    var values: ClosedRange<UInt64>
    var holds: Bool

    init(_ test: Instruction, holds: Bool) {
      word = test.word
      mask = test.mask
      values = test.low...(test.low + test.width)
      self.holds = holds
    }

    /// What `test` answers, if this tells.
    func answer(to test: Instruction) -> Bool? {
      guard test.word == word, test.mask == mask else { return nil }
      let wanted = test.low...(test.low + test.width)
      guard holds else { return values.contains(wanted) ? false : nil }
      if wanted.contains(values) { return true }
      return wanted.overlaps(values) ? nil : false
    }
  }

  // MARK: Threading

  /// In topological order, so that a test's facts are known when its ways on are looked at: those that
  /// every way to it agrees on.
  private mutating func thread() {
    var facts = [[Fact]?](repeating: nil, count: program.instructions.count)
    for entry in program.entries.values { facts[Int(entry)] = [] }
    for place in order() {
      guard let known = facts[place] else { continue }
      // All ways to it have been looked at, and room is short.
      facts[place] = nil
      let instruction = program.instructions[place]
      func lead(to target: UInt32, knowing edge: [Fact]) -> UInt32 {
        let end = skip(from: target, knowing: edge)
        facts[Int(end)] = facts[Int(end)].map { $0.filter(edge.contains) } ?? edge
        return end
      }
      if !instruction.isAction {
        let yes = lead(to: instruction.yes, knowing: learn(Fact(instruction, holds: true), known))
        let no = lead(to: instruction.no, knowing: learn(Fact(instruction, holds: false), known))
        program.instructions[place].yes = yes
        program.instructions[place].no = no
      } else if instruction.goesOn {
        // Effects change words, so nothing learned before them counts.
        let kept = instruction.mask == Instruction.Action.exempt.rawValue ? known : []
        program.instructions[place].yes = lead(to: instruction.yes, knowing: kept)
        if let index = assignment(of: instruction) {
          program.assignments[index].next = lead(
            to: program.assignments[index].next, knowing: kept)
        }
      }
    }
  }

  /// Facts that are kept of one way, the latest; so that memory stays linear in the rules.
  private static let mostFacts = 32

  /// One fact a word, and rather what it is than what it is not.
  private func learn(_ fact: Fact, _ known: [Fact]) -> [Fact] {
    var facts = known
    if let index = facts.firstIndex(where: { $0.word == fact.word && $0.mask == fact.mask }) {
      if facts[index].holds, !fact.holds { return facts }
      facts.remove(at: index)
    }
    if facts.count == Self.mostFacts { facts.removeFirst() }
    facts.append(fact)
    return facts
  }

  /// Tests that are skipped at most on one way on, so that the work stays linear in the rules.
  private static let longestSkip = 64

  /// Past the tests from `start` on whose answers are known.
  private func skip(from start: UInt32, knowing facts: [Fact]) -> UInt32 {
    var place = start
    for _ in 0..<Self.longestSkip {
      let test = program.instructions[Int(place)]
      guard !test.isAction,
        let answer = facts.lazy.compactMap({ $0.answer(to: test) }).first
      else { return place }
      place = answer ? test.yes : test.no
    }
    return place
  }

  private func assignment(of instruction: Instruction) -> Int? {
    let isAssignment =
      instruction.isAction && instruction.mask == Instruction.Action.assign.rawValue
    return isAssignment ? Int(instruction.low) : nil
  }

  /// Where an instruction leads.
  private func ways(from place: Int) -> [Int] {
    let instruction = program.instructions[place]
    if !instruction.isAction { return [Int(instruction.no), Int(instruction.yes)] }
    guard instruction.goesOn else { return [] }
    let other = assignment(of: instruction).map { Int(program.assignments[$0].next) }
    return [Int(instruction.yes)] + (other.map { [$0] } ?? [])
  }

  /// Every reachable place before all it leads to; jumps have no loops, so programs have none.
  private func order() -> [Int] {
    var order: [Int] = []
    var isSeen = [Bool](repeating: false, count: program.instructions.count)
    var stack: [(place: Int, ways: [Int])] = []
    for entry in program.entries.values.sorted() where !isSeen[Int(entry)] {
      isSeen[Int(entry)] = true
      stack.append((Int(entry), ways(from: Int(entry))))
      while var top = stack.popLast() {
        guard let way = top.ways.popLast() else {
          order.append(top.place)
          continue
        }
        stack.append(top)
        if !isSeen[way] {
          isSeen[way] = true
          stack.append((way, ways(from: way)))
        }
      }
    }
    return order.reversed()
  }

  // MARK: Layout

  /// Writes runs of instructions, each followed by where it goes on if it fails.
  private mutating func place() {
    var placed: [Instruction] = []
    var jumps: Set<Int> = []
    var places = [UInt32?](repeating: nil, count: program.instructions.count)
    var pending = program.entries.values.sorted().map(Int.init)
    while var here = pending.popLast() {
      guard places[here] == nil else { continue }
      while true {
        if let known = places[here] {
          jumps.insert(placed.count)
          placed.append(.jump(to: known))
          break
        }
        places[here] = UInt32(placed.count)
        let instruction = program.instructions[here]
        placed.append(instruction)
        let isTest = !instruction.isAction
        pending += isTest ? [Int(instruction.yes)] : ways(from: here)
        guard isTest else { break }
        here = Int(instruction.no)
      }
    }
    func moved(_ place: UInt32) -> UInt32 { places[Int(place)] ?? 0 }
    for index in placed.indices where !jumps.contains(index) {
      placed[index].yes = moved(placed[index].yes)
    }
    for index in program.assignments.indices {
      program.assignments[index].next = moved(program.assignments[index].next)
    }
    program.entries = program.entries.mapValues(moved)
    program.instructions = placed
  }
}

extension ClosedRange {
  fileprivate func contains(_ other: Self) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}
