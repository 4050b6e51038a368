import Addresses

extension Arena {
  /// One more level of recursion, unless the budget or the stack is used up.
  mutating func enter() -> Bool {
    depth += 1
    if depth > Self.maximumDepth, !isExhausted {
      isTooDeep = true
      exhaust()
    }
    if isExhausted { depth -= 1 }
    return !isExhausted
  }

  mutating func leave() { depth -= 1 }

  /// The diagram with every terminal replaced that has `traits`.
  mutating func mapTerminals(
    _ diagram: Diagram, where traits: Traits = [], _ operation: Operation,
    _ new: (inout Arena, Int32) -> Diagram
  ) -> Diagram {
    guard self.traits(diagram).isSuperset(of: traits) else { return diagram }
    if let known = memory.result(operation, diagram.index, 0) { return known }
    let result = mappedAnew(diagram, where: traits, operation, new)
    memory.remember(operation, diagram.index, 0, is: result)
    return result
  }

  private mutating func mappedAnew(
    _ diagram: Diagram, where traits: Traits, _ operation: Operation,
    _ new: (inout Arena, Int32) -> Diagram
  ) -> Diagram {
    guard self.traits(diagram).isSuperset(of: traits) else { return diagram }
    guard enter() else { return .nothing }
    defer { leave() }
    if diagram.isTerminal { return new(&self, diagram.terminal) }
    let mark = pending.count
    for edge in edges(diagram) {
      let child = children[edge]
      let mapped =
        isShared(child)
        ? mapTerminals(child, where: traits, operation, new)
        : mappedAnew(child, where: traits, operation, new)
      push(mapped, upTo: bounds[edge], since: mark)
    }
    return finish(level(diagram), since: mark)
  }

  /// The diagram with every ending of terminals with `traits` replaced by another, given as its
  /// number.
  mutating func map(
    _ diagram: Diagram, where traits: Traits = [], _ operation: Operation,
    _ new: (inout Arena, Ending) -> Int32
  ) -> Diagram {
    mapTerminals(diagram, where: traits, operation) { arena, terminal in
      let mark = arena.endings.pending.count
      for place in arena.endings.members(of: terminal) {
        let number = arena.number(insteadOf: arena.endings.number(at: place), operation, new)
        arena.endings.push(number: number)
      }
      return arena.endings.finish(since: mark)
    }
  }

  /// An ending's successor is remembered as a diagram's is, under a second operand of its own.
  private mutating func number(
    insteadOf number: Int32, _ operation: Operation, _ new: (inout Arena, Ending) -> Int32
  ) -> Int32 {
    if let known = memory.result(operation, number, 1) { return known.index }
    let result = new(&self, endings.ending(number))
    memory.remember(operation, number, 1, is: Diagram(index: result))
    return result
  }

  /// The terminals that `diagram` leads to, each once; only those with `traits`.
  func terminals(of diagram: Diagram, where traits: Traits = []) -> [Int32] {
    var seenNodes = Bits(count: nodes.count)
    var seenTerminals = Bits(count: endings.terminalCount)
    var open = [diagram]
    var found: [Int32] = []
    while let next = open.popLast() {
      guard self.traits(next).isSuperset(of: traits) else { continue }
      if next.isTerminal {
        if seenTerminals.insert(Int(next.terminal)) { found.append(next.terminal) }
      } else {
        for edge in edges(next) {
          let child = children[edge]
          if child.isTerminal || seenNodes.insert(Int(child.index)) { open.append(child) }
        }
      }
    }
    return found
  }

  /// Endings under any value of the levels from `level` on: the *may* of a diagram.
  ///
  /// Where what remains has one ending, it is a *must* too.
  mutating func forget(from level: Level, _ diagram: Diagram, _ operation: Operation) -> Diagram {
    if diagram.isTerminal { return diagram }
    if let known = memory.result(operation, diagram.index, 0) { return known }
    guard enter() else { return .nothing }
    defer { leave() }
    var result: Diagram
    if self.level(diagram) >= level {
      result = .nothing
      for edge in edges(diagram) {
        result = union(result, forget(from: level, children[edge], operation))
      }
    } else {
      let mark = pending.count
      for edge in edges(diagram) {
        push(forget(from: level, children[edge], operation), upTo: bounds[edge], since: mark)
      }
      result = finish(self.level(diagram), since: mark)
    }
    memory.remember(operation, diagram.index, 0, is: result)
    return result
  }
}

// MARK: - Substitution

extension Arena {
  /// The diagram as a function of the packet *before* a rewrite: fields set to a constant are
  /// answered, a choice of the kernel's becomes the union over what it may choose.
  mutating func substitute(_ diagram: Diagram, _ rewrite: Int32) -> Diagram {
    guard !traits(diagram).isDisjoint(with: rewrites.levels(rewrite)) else { return diagram }
    if let known = memory.result(.substitute, diagram.index, rewrite) { return known }
    guard enter() else { return .nothing }
    defer { leave() }

    let level = level(diagram)
    let result: Diagram
    switch rewrites[rewrite][level] {
    case .constant(let value):
      result = substitute(child(diagram, at: value), rewrite)
    case .anyOf(let values):
      var any = Diagram.nothing
      var first: UInt128 = 0
      for edge in edges(diagram) {
        let last = bounds[edge]
        if !values.intersection(IntervalSet([first...last])).isEmpty {
          any = union(any, substitute(children[edge], rewrite))
        }
        first = last &+ 1
      }
      result = any
    case .bits(let formula):
      result = reread(diagram, formula, rewrite)
    case nil where rewrites[rewrite].readsMarks && level >= .firstVarying:
      result = reread(diagram, BitFormula(reads: level), rewrite)
    case nil:
      let mark = pending.count
      for edge in edges(diagram) {
        push(substitute(children[edge], rewrite), upTo: bounds[edge], since: mark)
      }
      result = finish(level, since: mark)
    }
    memory.remember(.substitute, diagram.index, rewrite, is: result)
    return result
  }

  /// A node whose value is now a formula over groups of mark bits: each child within the set of
  /// packets for which the formula leads to it. The groups read may lie above or below.
  private mutating func reread(
    _ diagram: Diagram, _ formula: BitFormula, _ rewrite: Int32
  ) -> Diagram {
    var result = Diagram.nothing
    var first: UInt128 = 0
    let last = lastBound(of: diagram)
    for edge in edges(diagram) {
      let values = IntervalSet([first...bounds[edge]])
      let here = keep(
        packets(where: formula.reads[...], xor: formula.constant, in: values, last: last),
        substitute(children[edge], rewrite))
      result = union(result, here)
      first = bounds[edge] &+ 1
    }
    return result
  }

  private func lastBound(of diagram: Diagram) -> UInt128 {
    bounds[edges(diagram).upperBound - 1]
  }

  /// Where the exclusive or of the levels `reads` and `constant` lies in `values`. Groups that are
  /// mixed with each other are one bit wide, so that two of them make four cases.
  private mutating func packets(
    where reads: ArraySlice<Level>, xor constant: UInt128, in values: IntervalSet, last: UInt128
  ) -> Diagram {
    guard let level = reads.first else {
      return values.contains(constant) ? member : .nothing
    }
    let mark = pending.count
    if reads.count == 1 {
      let set = values.shifted(byXor: constant, last: last)
      return node(level, last: last, set, inside: member, outside: .nothing)
    }
    for value in 0...last {
      let child = packets(where: reads.dropFirst(), xor: constant ^ value, in: values, last: last)
      push(child, upTo: value, since: mark)
    }
    return finish(level, since: mark)
  }
}

// MARK: - Sets as diagrams

extension Arena {
  /// One question: is the field in `set`? Both answers must ask about lower levels only.
  mutating func node(
    _ level: Level, last: UInt128, _ set: IntervalSet, inside: Diagram, outside: Diagram
  ) -> Diagram {
    let mark = pending.count
    var first: UInt128 = 0
    for interval in set.intervals {
      if interval.lowerBound > last { break }
      if interval.lowerBound > first {
        push(outside, upTo: interval.lowerBound - 1, since: mark)
      }
      push(inside, upTo: min(interval.upperBound, last), since: mark)
      if interval.upperBound >= last { return finish(level, since: mark) }
      first = interval.upperBound + 1
    }
    push(outside, upTo: last, since: mark)
    return finish(level, since: mark)
  }
}

extension IntervalSet {
  /// The values that are in the set after `^ constant`, within 0...last, a power of two less one.
  ///
  /// An aligned block of values stays one, so the intervals are taken apart into such blocks.
  fileprivate func shifted(byXor constant: UInt128, last: UInt128) -> IntervalSet {
    if constant == 0 { return self }
    return IntervalSet(
      AlignedBlocks.of(self, last: last).map { block in
        let first = (block.first ^ constant) & ~block.free
        return first...(first | block.free)
      })
  }
}
