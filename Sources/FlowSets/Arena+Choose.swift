import Addresses

extension Arena {
  /// Whether a field lies in a set.
  struct Question {
    var level: Level
    /// Of the level's domain.
    var last: UInt128
    var set: IntervalSet
  }

  /// `yes` for the packets that answer every question of `line` with yes, `no`, a terminal, for others.
  ///
  /// The questions are in order of level, each level once. What of `yes` lies off the line is never
  /// looked at: a chain that a rule jumps to costs its caller no more than what that rule sends it.
  mutating func choose(_ line: [Question], _ yes: Diagram, _ no: Diagram) -> Diagram {
    choose(LineWalk(line: line, no: no, operation: memory.freshOperation()), from: 0, yes)
  }

  private struct LineWalk {
    let line: [Question]
    let no: Diagram
    let operation: Operation
  }

  private mutating func choose(_ walk: LineWalk, from place: Int, _ yes: Diagram) -> Diagram {
    if place == walk.line.count || yes == walk.no { return yes }
    let asked = walk.line[place].level
    let level = level(yes)
    if asked < level {
      let inside = choose(walk, from: place + 1, yes)
      return node(
        asked, last: walk.line[place].last, walk.line[place].set, inside: inside, outside: walk.no)
    }
    let isShared = isShared(yes)
    if isShared, let known = memory.result(walk.operation, yes.index, Int32(place)) {
      return known
    }
    guard enter() else { return .nothing }
    defer { leave() }
    let mark = pending.count
    if asked == level {
      split(yes, by: walk, at: place, since: mark)
    } else {
      for edge in edges(yes) {
        push(choose(walk, from: place, children[edge]), upTo: bounds[edge], since: mark)
      }
    }
    let result = finish(level, since: mark)
    if isShared { memory.remember(walk.operation, yes.index, Int32(place), is: result) }
    return result
  }

  /// The edges of a node whose own level is asked about: each within the set, `no` between.
  private mutating func split(
    _ yes: Diagram, by walk: LineWalk, at place: Int, since mark: Int
  ) {
    let intervals = walk.line[place].set.intervals
    var next = 0
    var edge = edges(yes).lowerBound
    let end = edges(yes).upperBound
    var first: UInt128 = 0
    while edge < end {
      while next < intervals.count, intervals[next].upperBound < first { next += 1 }
      let isInside = next < intervals.count && intervals[next].lowerBound <= first
      let runsTo =
        if isInside {
          intervals[next].upperBound
        } else if next < intervals.count {
          intervals[next].lowerBound - 1
        } else {
          UInt128.max
        }
      let last = min(bounds[edge], runsTo)
      push(
        isInside ? choose(walk, from: place + 1, children[edge]) : walk.no, upTo: last, since: mark)
      if bounds[edge] == last { edge += 1 }
      first = last &+ 1
    }
  }
}
