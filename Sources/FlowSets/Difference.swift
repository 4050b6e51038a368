public import Ruleset

/// Packets whose outcome differs between two rulesets.
public struct Change {
  /// Equal to `to` where the fate is the same and the outcome is not: another port, another reply.
  /// `unknown` stands on a side whose outcome hangs on a match that is not understood.
  public let from: Fate
  public let to: Fate
  public let set: FlowSet
}

extension FlowMap {
  /// Exactly the packets of `universe` that `new` treats otherwise than this, by pairs of fates in the
  /// order of `Fate.allCases`. None if the rulesets are equal for it, which is decided before matches
  /// that are not understood are set aside: two sides that ask the same unknown question agree, two
  /// that ask different ones are `unknown` to `unknown` and never "no difference".
  ///
  /// Both must be of one space and direction.
  public func changes(to new: FlowMap, in universe: FlowSet) -> [Change] {
    precondition(space === new.space, "flows of two spaces cannot be compared")
    if first == new.first { return [] }
    let differ = Differ(
      operation: space.arena.memory.freshOperation(),
      firstUnknown: space.vocabulary.firstUnknown)
    let differing = space.arena.combine(differ, first, new.first)
    if differing == .nothing { return [] }

    var found: [FatePair: Bool] = [:]
    for terminal in space.arena.terminals(of: differing) {
      if let pair = space.arena.fates(ofDifference: terminal) { found[pair] = true }
    }
    var changes: [Change] = []
    for from in Fate.allCases {
      for to in Fate.allCases where found[FatePair(from: from, to: to)] != nil {
        let select = Select(operation: space.arena.memory.freshOperation()) { terminal, arena in
          arena.fates(ofDifference: terminal) == FatePair(from: from, to: to)
        }
        let set = space.arena.combine(select, universe.diagram, differing)
        if set != .nothing {
          changes.append(Change(from: from, to: to, set: FlowSet(space: space, diagram: set)))
        }
      }
    }
    return changes
  }
}

private struct FatePair: Hashable {
  var from: Fate
  var to: Fate
}

extension Arena {
  fileprivate func fates(ofDifference terminal: Int32) -> FatePair? {
    guard let ending = endings.only(in: terminal), ending.kind == .differs else { return nil }
    let pair = endings.pairs[ending.detail]
    guard let from = fate(ofTerminal: pair.from), let to = fate(ofTerminal: pair.to) else {
      return nil
    }
    return FatePair(from: from, to: to)
  }
}

/// Nothing where two diagrams agree, else the pair of what they say.
private struct Differ: Combination {
  let operation: Operation
  let firstUnknown: Level

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == b { return .nothing }
    guard arena.level(a) >= firstUnknown, arena.level(b) >= firstUnknown else { return nil }
    let from = arena.forget(from: firstUnknown, a, .forget).terminal
    let to = arena.forget(from: firstUnknown, b, .forget).terminal
    // One and the same ending: only the questions differ, and nothing hangs on them.
    if from == to, arena.endings.only(in: from) != nil { return .nothing }
    let pair = arena.endings.pair(from, to)
    return arena.endings.terminal(Ending(kind: .differs, detail: pair))
  }
}
