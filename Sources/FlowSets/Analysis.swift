public import Ruleset

/// The packets of a universe that share a fate.
public struct FateSet {
  public let fate: Fate
  public let set: FlowSet
}

extension FlowMap {
  /// The packets of `universe` by what becomes of them, in the order of `Fate.allCases`: a partition,
  /// without empty parts. `unknown` are those whose fate hangs on a match that is not understood, or
  /// on the kernel's choice.
  public func fates(in universe: FlowSet) -> [FateSet] {
    let fates = Set(space.arena.terminals(of: may).compactMap { space.fate(ofTerminal: $0) })
    return Fate.allCases.compactMap { fate in
      guard fates.contains(fate) else { return nil }
      let set = packets(fate, in: universe)
      return set.isEmpty ? nil : FateSet(fate: fate, set: set)
    }
  }

  /// The packets of `universe` that certainly have this fate; for `unknown`, all others.
  public func packets(_ fate: Fate, in universe: FlowSet) -> FlowSet {
    let select = Select(operation: space.arena.memory.freshOperation()) { terminal, arena in
      arena.fate(ofTerminal: terminal) == fate
    }
    return FlowSet(
      space: space, diagram: space.arena.combine(select, universe.diagram, may))
  }

  /// The fate that all packets of a set share; nil where fates are mixed or the set is empty.
  public func fate(of set: FlowSet) -> Fate? {
    let parts = fates(in: set)
    return parts.count == 1 ? parts[0].fate : nil
  }
}

extension FlowSpace {
  func fate(ofTerminal terminal: Int32) -> Fate? { arena.fate(ofTerminal: terminal) }
}

extension Arena {
  /// The one fate of a set of endings; `unknown` where they differ, nil for none.
  func fate(ofTerminal terminal: Int32) -> Fate? {
    var common: Fate?
    for place in endings.members(of: terminal) {
      guard let fate = fate(endings[place]) else { continue }
      if common != nil, common != fate { return .unknown }
      common = fate
    }
    return common
  }
}

/// The packets of a set (the first operand) where a diagram's terminal is of some kind.
struct Select: Combination {
  let operation: Operation
  let isMeant: (Int32, borrowing Arena) -> Bool

  func settled(_ a: Diagram, _ b: Diagram, in arena: inout Arena) -> Diagram? {
    if a == .nothing || b == .nothing { return .nothing }
    guard b.isTerminal else { return nil }
    return isMeant(b.terminal, arena) ? a : .nothing
  }
}
