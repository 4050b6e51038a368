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
    return traits.contains(.rewrites) ? follow(a, b) : combine(Then(unit: unit), a, b)
  }

  /// Goes on, unchanged.
  var falls: Diagram {
    mutating get { endings.terminal(.falls) }
  }

  /// `then` for an `a` that changes packets: what follows must be read with the changes in place.
  ///
  /// Rewrites under which `b` reads the same are followed together, so that ten thousand DNAT targets
  /// cost one walk if nothing behind them looks at the destination.
  private mutating func follow(_ a: Diagram, _ b: Diagram) -> Diagram {
    var groups: [Diagram: Set<Int32>] = [:]
    var order: [Diagram] = []
    for rewrite in rewrites(fallingFrom: a) {
      let seen = substitute(b, rewrite)
      if groups[seen] == nil { order.append(seen) }
      groups[seen, default: []].insert(rewrite)
    }
    var result = map(a, memory.freshOperation()) { arena, ending in
      arena.endings.number(
        ending.kind == .falls ? Ending(kind: .waits, rewrite: ending.rewrite) : ending)
    }
    for seen in order {
      let how = Follow(operation: memory.freshOperation(), rewrites: groups[seen] ?? [])
      result = combine(how, result, seen)
    }
    return result
  }

  /// The rewrites with which `a` falls, in order of number.
  private func rewrites(fallingFrom a: Diagram) -> [Int32] {
    var found: Set<Int32> = []
    for terminal in terminals(of: a, where: .falls) {
      for ending in endings.endings(in: terminal) where ending.kind == .falls {
        found.insert(ending.rewrite)
      }
    }
    return found.sorted()
  }

  /// An ending of what follows, as one of the whole: with what was done before.
  mutating func after(_ rewrite: Int32, _ ending: Ending) -> Ending {
    var whole = ending
    switch ending.kind {
    case .falls, .waits, .returns, .accepts, .maps:
      whole.rewrite = rewrites.number(rewrite, then: ending.rewrite)
    case .leaves, .isDelivered, .isForwarded:
      let report = rewrites.number(rewrites[rewrite].forReport)
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
    let falls = arena.endings.numbers(in: unit.terminal)[0]
    let stays = arena.endings.numbers(in: a.terminal).filter { $0 != falls }
    return arena.endings.terminal(numbers: stays + arena.endings.numbers(in: b.terminal))
  }
}

/// `then` for the endings that wait with one of `rewrites`.
private struct Follow: Combination {
  let operation: Operation
  let rewrites: Set<Int32>

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    guard arena.traits(a).contains(.rewrites) else { return a }
    guard a.isTerminal else { return nil }
    let waiting = arena.endings.endings(in: a.terminal).filter(isMine)
    if waiting.isEmpty { return a }
    guard b.isTerminal else { return nil }

    var numbers = arena.endings.numbers(in: a.terminal).filter {
      !isMine(arena.endings.ending($0))
    }
    for ending in waiting {
      for next in arena.endings.endings(in: b.terminal) {
        let whole = arena.after(ending.rewrite, next)
        numbers.append(arena.endings.number(whole))
      }
    }
    return arena.endings.terminal(numbers: numbers)
  }

  private func isMine(_ ending: Ending) -> Bool {
    ending.kind == .waits && rewrites.contains(ending.rewrite)
  }
}
