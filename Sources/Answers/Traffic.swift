public import FlowSets
public import Ruleset

/// A set of packets as people take it in: how many, which, and one of them.
public struct Traffic: Hashable, Sendable {
  /// Combinations of everything a packet has, exactly.
  public let count: Count
  /// All of them and no others, in as few regions as read well.
  public let cover: [Region]
  public let witness: Packet

  /// Nil for the empty set. `universe` must hold `set`.
  init?(_ set: FlowSet, in universe: FlowSet) {
    guard let witness = set.witness() else { return nil }
    count = set.count()
    cover = set.cover(in: universe)
    self.witness = witness
  }
}
