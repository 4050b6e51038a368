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
    // What no rewrite touches reads the same before and after.
    let isUntouched = self.traits(b).isDisjoint(with: rewrites.levels)
    return isUntouched || !traits.contains(.rewrites)
      ? combine(Then(unit: unit), a, b) : follow(a, b)
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
    var seen: [Int32: Diagram] = [:]
    var groups: [Diagram: Set<Int32>] = [:]
    var order: [Diagram] = []
    for rewrite in rewrites(fallingFrom: a) {
      let next = substitute(b, rewrite)
      seen[rewrite] = next
      if next.isTerminal { continue }
      if groups[next] == nil { order.append(next) }
      groups[next, default: []].insert(rewrite)
    }
    // Where nothing more is asked the endings are put in place at once, else they wait for their group.
    var result = mapTerminals(a, memory.freshOperation()) { arena, terminal in
      var numbers: [Int32] = []
      for ending in arena.endings.endings(in: terminal) {
        guard ending.kind == .falls else {
          numbers.append(arena.endings.number(ending))
          continue
        }
        if let next = seen[ending.rewrite], next.isTerminal {
          numbers += arena.numbers(after: ending.rewrite, next.terminal)
        } else {
          let waits = Ending(kind: .waits, rewrite: ending.rewrite)
          numbers.append(arena.endings.number(waits))
        }
      }
      return arena.endings.terminal(numbers: numbers)
    }
    for next in order {
      let how = Follow(operation: memory.freshOperation(), rewrites: groups[next] ?? [])
      result = combine(how, result, next)
    }
    return result
  }

  /// The endings of a terminal that is reached after a rewrite.
  fileprivate mutating func numbers(after rewrite: Int32, _ terminal: Int32) -> [Int32] {
    var numbers = endings.numbers(in: terminal)
    if rewrite == 0 { return numbers }
    for place in numbers.indices {
      let whole = after(rewrite, endings.ending(numbers[place]))
      numbers[place] = endings.number(whole)
    }
    return numbers
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
    var numbers: [Int32] = []
    for ending in arena.endings.endings(in: a.terminal) {
      if ending.kind == .falls {
        numbers += arena.numbers(after: ending.rewrite, b.terminal)
      } else {
        numbers.append(arena.endings.number(ending))
      }
    }
    return arena.endings.terminal(numbers: numbers)
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
    for ending in waiting { numbers += arena.numbers(after: ending.rewrite, b.terminal) }
    return arena.endings.terminal(numbers: numbers)
  }

  private func isMine(_ ending: Ending) -> Bool {
    ending.kind == .waits && rewrites.contains(ending.rewrite)
  }
}
