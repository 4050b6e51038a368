public import Answers
import Istio
import PacketPath
public import Ruleset

/// Packets whose fate is not the one asked for, and the rules that decide on either side.
public struct Drift: Sendable {
  /// `from` is what was asked, `to` what is live.
  public var change: Comparison.Change
  /// One of the packets: that of a connection there is, where there is one.
  public var witness: Packet
  /// The rule that selects the witness; nil where no rule decides.
  public var asked: RuleReference?
  public var live: RuleReference?
  /// Whether the asked rule stands nowhere in the live chain, and the live one nowhere in the asked.
  public var isAbsent: Bool
  public var isUnasked: Bool
  /// Other traffic that drifts for the same reason: the proxy's own, or what arrives.
  public var also: [Comparison.Change] = []
}

extension Drift {
  /// The rule that makes the difference.
  enum Cause: Hashable {
    case missing(RuleReference)
    case added(RuleReference)
  }

  var cause: Cause? {
    if isAbsent, let asked { return .missing(asked) }
    if isUnasked, let live { return .added(live) }
    return nil
  }
}

extension Path {
  /// The rule that chose this packet: the one that decided, or where that is the only rule of its
  /// chain (as in ISTIO_REDIRECT) the one that sent the packet there. Needs a trace.
  func selectingRule(in ruleset: Ruleset) -> RuleReference? {
    guard let decidedBy else { return nil }
    let chain = ruleset.tables.lazy
      .filter { $0.family == decidedBy.family && $0.name == decidedBy.table }
      .flatMap(\.chains).first { $0.name == decidedBy.chain }
    guard let chain, chain.base == nil, chain.rules.count == 1,
      let last = steps.lastIndex(where: { $0.rule == decidedBy })
    else { return decidedBy }
    return steps[..<last].last { $0.matched == true }?.rule ?? decidedBy
  }
}
