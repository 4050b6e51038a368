/// A way to make one diagram of two, cell by cell.
protocol Combination {
  /// Under which results are remembered.
  var operation: Operation { get }

  /// The result where it is plain without looking further; always so for two terminals.
  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram?
}

extension Arena {
  /// Walks both diagrams at once, each pair of nodes once.
  @inline(__always)
  mutating func combine<C: Combination>(_ how: C, _ a: Diagram, _ b: Diagram) -> Diagram {
    how.settled(a, b, in: &self) ?? remembered(how, a, b)
  }

  private mutating func remembered<C: Combination>(
    _ how: C, _ a: Diagram, _ b: Diagram
  ) -> Diagram {
    if let known = memory.result(how.operation, a.index, b.index) { return known }
    let result = merge(how, a, b)
    memory.remember(how.operation, a.index, b.index, is: result)
    return result
  }

  /// Children of a pair that is being combined. Two that hang on one edge each meet once.
  @inline(__always)
  private mutating func below<C: Combination>(_ how: C, _ a: Diagram, _ b: Diagram) -> Diagram {
    if let settled = how.settled(a, b, in: &self) { return settled }
    return isShared(a) || isShared(b) ? remembered(how, a, b) : merge(how, a, b)
  }

  /// Where both nodes ask about the same field their intervals are merged like sorted lists, else
  /// the higher one asks first.
  private mutating func merge<C: Combination>(_ how: C, _ a: Diagram, _ b: Diagram) -> Diagram {
    guard enter() else { return .nothing }
    defer { leave() }
    let mark = pending.count
    let (levelA, levelB) = (level(a), level(b))
    if levelA == levelB {
      var (i, j) = (edges(a).lowerBound, edges(b).lowerBound)
      let end = edges(a).upperBound
      while i < end {
        let child = below(how, children[i], children[j])
        let (lastA, lastB) = (bounds[i], bounds[j])
        push(child, upTo: min(lastA, lastB), since: mark)
        if lastA <= lastB { i += 1 }
        if lastB <= lastA { j += 1 }
      }
    } else if levelA < levelB {
      for edge in edges(a) {
        push(below(how, children[edge], b), upTo: bounds[edge], since: mark)
      }
    } else {
      for edge in edges(b) {
        push(below(how, a, children[edge]), upTo: bounds[edge], since: mark)
      }
    }
    return finish(min(levelA, levelB), since: mark)
  }

  mutating func union(_ a: Diagram, _ b: Diagram) -> Diagram {
    a.index < b.index ? combine(Union(), a, b) : combine(Union(), b, a)
  }

  /// `a` where it has an ending, else `b`.
  mutating func orElse(_ a: Diagram, _ b: Diagram) -> Diagram { combine(OrElse(), a, b) }

  /// `diagram` within `set`, nothing outside.
  mutating func keep(_ set: Diagram, _ diagram: Diagram) -> Diagram {
    combine(Keep(), set, diagram)
  }

  /// `diagram` outside `set`, nothing within.
  mutating func remove(_ set: Diagram, _ diagram: Diagram) -> Diagram {
    combine(Remove(), set, diagram)
  }

  /// `yes` within `set`, `no` outside.
  mutating func choose(_ set: Diagram, _ yes: Diagram, _ no: Diagram) -> Diagram {
    let kept = keep(set, yes)
    return union(kept, remove(set, no))
  }
}

private struct Union: Combination {
  var operation: Operation { .union }

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == b || b == .nothing { return a }
    if a == .nothing { return b }
    guard a.isTerminal, b.isTerminal else { return nil }
    let mark = arena.endings.pending.count
    arena.endings.push(allOf: a.terminal)
    arena.endings.push(allOf: b.terminal)
    return arena.endings.finish(since: mark)
  }
}

private struct OrElse: Combination {
  var operation: Operation { .orElse }

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == .nothing { return b }
    return a == b || a.isTerminal || b == .nothing ? a : nil
  }
}

private struct Keep: Combination {
  var operation: Operation { .keep }

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == .nothing || b == .nothing { return .nothing }
    return a.isTerminal || a == b ? b : nil
  }
}

private struct Remove: Combination {
  var operation: Operation { .remove }

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == .nothing || b == .nothing { return b }
    return a.isTerminal || a == b ? .nothing : nil
  }
}
