import Ruleset

/// The one way to put two pieces of a ruleset together.
///
/// `then(a, b)` is what becomes of a packet that meets `a` and, where `a` falls, `b`: at each cell the
/// endings of `a` that do not fall, and those of `b` in place of the ones that do. This is Kleisli
/// composition of the powerset, hence associative with `falls` as unit; which is why rules may be
/// folded in halves, a chain be summarised once for all its callers, and the same operation serves
/// steps, rules, chains, hooks and the whole path.
extension Arena {
  mutating func then(_ a: Diagram, _ b: Diagram) -> Diagram {
    let traits = traits(a)
    guard traits.contains(.falls), b != falls else { return a }
    guard traits.contains(.rewrites), !self.traits(b).isDisjoint(with: rewrites.levels) else {
      return combine(Then(), a, b)
    }
    let found = rewrites(fallingFrom: a)
    // What no rewrite touches reads the same before and after.
    return found.allSatisfy { self.traits(b).isDisjoint(with: rewrites.levels($0)) }
      ? combine(Then(), a, b) : follow(a, found, b)
  }

  /// `then` for an `a` that changes packets: what follows must be read with the changes in place.
  ///
  /// Rewrites under which `b` reads the same are followed together, so that ten thousand DNAT targets
  /// cost one walk if nothing behind them looks at the destination.
  private mutating func follow(_ a: Diagram, _ found: [Int32], _ b: Diagram) -> Diagram {
    var next = [Diagram](repeating: .nothing, count: rewrites.count)
    var walks: [(read: Diagram, takes: Traits)] = []
    var numbers: [Diagram: Int] = [:]
    // Worth a walk of its own only for many.
    let cuts = found.count > 16 ? Cuts(of: b, at: rewrites.levels, in: self) : nil
    var known: [Int: Diagram] = [:]
    for rewrite in found {
      let place = cuts?.place(of: rewrites[rewrite])
      let read = place.flatMap { known[$0] } ?? substitute(b, rewrite)
      if let place { known[place] = read }
      next[Int(rewrite)] = read
      let takes: Traits = rewrite == 0 ? .isUnchanged : .rewrites
      if let number = numbers[read] {
        walks[number].takes.formUnion(takes)
      } else {
        numbers[read] = walks.count
        walks.append((read, takes))
      }
    }
    // What one walk leaves open is put aside, lest the next take it for an ending of `a`.
    let isAlone = walks.count == 1
    var result = a
    for (read, takes) in walks {
      let how = Follow(operation: memory.freshOperation(), next: next, read: read, takes: takes)
      let behind = isAlone ? read : map(read, .putAside, turning: .falls, into: .waits)
      result = combine(how, result, behind)
    }
    return isAlone ? result : map(result, .takenUp, turning: .waits, into: .falls)
  }

  /// The endings of a terminal that is reached after a rewrite.
  fileprivate mutating func push(_ terminal: Int32, after rewrite: Int32) {
    if rewrite == 0 { return endings.push(allOf: terminal) }
    for place in endings.members(of: terminal) {
      let whole = after(rewrite, endings[place])
      endings.push(whole)
    }
  }

  /// The rewrites with which `a` falls, in order of number.
  private func rewrites(fallingFrom a: Diagram) -> [Int32] {
    var seen = Bits(count: rewrites.count)
    var found: [Int32] = []
    for terminal in terminals(of: a, where: .falls) {
      for place in endings.members(of: terminal) where endings[place].kind == .falls {
        if seen.insert(Int(endings[place].rewrite)) { found.append(endings[place].rewrite) }
      }
    }
    found.sort()
    return found
  }

  /// An ending of what follows, as one of the whole: with what was done before.
  mutating func after(_ rewrite: Int32, _ ending: Ending) -> Ending {
    var whole = ending
    switch ending.kind {
    case .falls, .waits, .returns, .accepts, .maps:
      whole.rewrite = rewrites.number(rewrite, then: ending.rewrite)
    case .leaves, .isDelivered, .isForwarded:
      let report = rewrites.report(of: rewrite)
      whole.rewrite = rewrites.number(report, then: ending.rewrite)
    case .drops, .rejects, .unknown, .hit, .differs, .member: break
    }
    return whole
  }
}

private struct Then: Combination {
  var operation: Operation { .then }

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == arena.falls { return b }
    if b == arena.falls || !arena.traits(a).contains(.falls) { return a }
    guard a.isTerminal, b.isTerminal else { return nil }
    let mark = arena.endings.pending.count
    for place in arena.endings.members(of: a.terminal) {
      let ending = arena.endings[place]
      if ending.kind == .falls {
        arena.push(b.terminal, after: ending.rewrite)
      } else {
        arena.endings.push(number: arena.endings.number(at: place))
      }
    }
    return arena.endings.finish(since: mark)
  }
}

/// `then` for the endings whose rewrite leads to `read`.
private struct Follow: Combination {
  let operation: Operation
  /// What follows each rewrite, by its number.
  let next: [Diagram]
  let read: Diagram
  /// Some of which a diagram with such endings has.
  let takes: Traits

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    guard !arena.traits(a).isDisjoint(with: takes) else { return a }
    guard a.isTerminal else { return nil }
    let members = arena.endings.members(of: a.terminal)
    guard members.contains(where: { isTaken(arena.endings[$0]) }) else { return a }
    guard b.isTerminal else { return nil }

    let mark = arena.endings.pending.count
    for place in members {
      let ending = arena.endings[place]
      if isTaken(ending) {
        arena.push(b.terminal, after: ending.rewrite)
      } else {
        arena.endings.push(number: arena.endings.number(at: place))
      }
    }
    return arena.endings.finish(since: mark)
  }

  private func isTaken(_ ending: Ending) -> Bool {
    ending.kind == .falls && next[Int(ending.rewrite)] == read
  }
}
