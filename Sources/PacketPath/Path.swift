public import Ruleset

/// The way one packet takes through the hooks of a network namespace, and where it ends.
public struct Path: Hashable, Sendable {
  public var outcome: Outcome
  /// The rule that decided: the one that captured, mapped, dropped or refused the packet, or the last
  /// that returned or accepted it before rules which could have. Absent where a policy decided, or
  /// nothing did. Of an unknown outcome: the rule that holds what is not known.
  public var decidedBy: RuleReference?
  /// The same by its place in the ruleset.
  var place: RulePlace?
  /// The base chain whose policy dropped it, `filter OUTPUT`; absent where a rule did, or routing.
  public internal(set) var policy: String?
  /// The packet as it is after each hook it came through, and in the one where its way ended.
  public var passages: [Passage]
  /// The conntrack zone its connection is looked up in; absent for the default zone.
  public var zone: UInt16?
  /// Every rule looked at, in order; empty unless asked for.
  public var steps: [Step]

  public struct Passage: Hashable, Sendable {
    public var hook: Hook
    /// After the hook, or as the rule met it that ended its way; source and destination are those
    /// known last where the kernel picks one.
    public var packet: Packet

    public init(hook: Hook, packet: Packet) {
      self.hook = hook
      self.packet = packet
    }
  }

  /// One rule looked at.
  public struct Step: Hashable, Sendable {
    public var hook: Hook
    public var rule: RuleReference
    /// Absent where that is not known; the path then goes on as if the rule did not match.
    public var matched: Bool?
    var failures: [Failure] = []

    /// The first condition that failed, with the packet's value and the values wanted.
    public var why: String? {
      failures.isEmpty ? nil : failures.map(\.description).joined(separator: "; ")
    }
  }

  public init(
    outcome: Outcome, decidedBy: RuleReference? = nil, passages: [Passage] = [],
    zone: UInt16? = nil, steps: [Step] = []
  ) {
    self.outcome = outcome
    self.decidedBy = decidedBy
    self.passages = passages
    self.zone = zone
    self.steps = steps
  }
}
