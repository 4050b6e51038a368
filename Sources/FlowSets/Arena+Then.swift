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
      let mark = arena.endings.pending.count
      for place in arena.endings.members(of: terminal) {
        let ending = arena.endings[place]
        if ending.kind != .falls {
          arena.endings.push(number: arena.endings.number(at: place))
        } else if let next = seen[ending.rewrite], next.isTerminal {
          arena.push(next.terminal, after: ending.rewrite)
        } else {
          arena.endings.push(Ending(kind: .waits, rewrite: ending.rewrite))
        }
      }
      return arena.endings.finish(since: mark)
    }
    for next in order {
      let how = Follow(operation: memory.freshOperation(), rewrites: groups[next] ?? [])
      result = combine(how, result, next)
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
    var found: Set<Int32> = []
    for terminal in terminals(of: a, where: .falls) {
      for place in endings.members(of: terminal) where endings[place].kind == .falls {
        found.insert(endings[place].rewrite)
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

/// `then` for the endings that wait with one of `rewrites`.
private struct Follow: Combination {
  let operation: Operation
  let rewrites: Set<Int32>

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    guard arena.traits(a).contains(.rewrites) else { return a }
    guard a.isTerminal else { return nil }
    let members = arena.endings.members(of: a.terminal)
    if !members.contains(where: { isMine(arena.endings[$0]) }) { return a }
    guard b.isTerminal else { return nil }

    let mark = arena.endings.pending.count
    for place in members {
      let ending = arena.endings[place]
      if isMine(ending) {
        arena.push(b.terminal, after: ending.rewrite)
      } else {
        arena.endings.push(number: arena.endings.number(at: place))
      }
    }
    return arena.endings.finish(since: mark)
  }

  private func isMine(_ ending: Ending) -> Bool {
    ending.kind == .waits && rewrites.contains(ending.rewrite)
  }
}
