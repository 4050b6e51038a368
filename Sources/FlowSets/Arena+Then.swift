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
    let unit = falls
    guard traits.contains(.falls), b != unit else { return a }
    guard traits.contains(.rewrites), !self.traits(b).isDisjoint(with: rewrites.levels) else {
      return combine(Then(unit: unit), a, b)
    }
    let found = rewrites(fallingFrom: a)
    // What no rewrite touches reads the same before and after.
    return found.allSatisfy { self.traits(b).isDisjoint(with: rewrites.levels($0)) }
      ? combine(Then(unit: unit), a, b) : follow(a, found, b)
  }

  /// Goes on, unchanged.
  var falls: Diagram {
    mutating get { endings.terminal(.falls) }
  }

  /// `then` for an `a` that changes packets: what follows must be read with the changes in place.
  ///
  /// Rewrites under which `b` reads the same are followed together, so that ten thousand DNAT targets
  /// cost one walk if nothing behind them looks at the destination.
  private mutating func follow(_ a: Diagram, _ found: [Int32], _ b: Diagram) -> Diagram {
    var next = [Diagram](repeating: .nothing, count: rewrites.count)
    var walks: [Diagram] = []
    var isWalked: Set<Diagram> = []
    // Worth a walk of its own only for many.
    let cuts = found.count > 16 ? Cuts(of: b, in: self) : nil
    var known: [[Cuts.Place]: Diagram] = [:]
    for rewrite in found {
      let place = cuts?.place(of: rewrites[rewrite])
      let read = place.flatMap { known[$0] } ?? substitute(b, rewrite)
      if let place { known[place] = read }
      next[Int(rewrite)] = read
      if !read.isTerminal, isWalked.insert(read).inserted { walks.append(read) }
    }
    // The first walk also puts in place what asks nothing more; the rest waits for its own.
    var result = a
    for (number, read) in (walks.isEmpty ? [.nothing] : walks).enumerated() {
      let how = Follow(
        operation: memory.freshOperation(), next: next, read: read, isFirst: number == 0)
      result = combine(how, result, read)
    }
    return result
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
  let unit: Diagram
  var operation: Operation { .then }

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == unit { return b }
    if b == unit || !arena.traits(a).contains(.falls) { return a }
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
  let isFirst: Bool

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    guard arena.traits(a).contains(isFirst ? .falls : .rewrites) else { return a }
    guard a.isTerminal else { return nil }
    let members = arena.endings.members(of: a.terminal)
    let needsMore = members.contains {
      isOpen(arena.endings[$0]) && next(arena.endings[$0]) == read
    }
    if !needsMore, !isFirst { return a }
    if needsMore, !b.isTerminal { return nil }

    let mark = arena.endings.pending.count
    for place in members {
      let ending = arena.endings[place]
      if !isOpen(ending) {
        arena.endings.push(number: arena.endings.number(at: place))
      } else if next(ending) == read {
        arena.push(b.terminal, after: ending.rewrite)
      } else if next(ending).isTerminal, isFirst {
        arena.push(next(ending).terminal, after: ending.rewrite)
      } else {
        arena.endings.push(Ending(kind: .waits, rewrite: ending.rewrite))
      }
    }
    return arena.endings.finish(since: mark)
  }

  /// Not followed yet.
  private func isOpen(_ ending: Ending) -> Bool { ending.kind == (isFirst ? .falls : .waits) }

  private func next(_ ending: Ending) -> Diagram { next[Int(ending.rewrite)] }
}
