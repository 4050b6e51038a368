public import FlowSets
public import PacketPath
public import Ruleset

/// An assertion held against all packets it speaks of.
public struct AssertionCheck: Sendable {
  public enum Result: String, Sendable, CaseIterable {
    case holds
    /// Some packet certainly has another fate.
    case refuted
    /// No packet certainly has another fate, but some may: a match is not understood.
    case unknown
    /// It speaks of no packet that the question's universe has, so nothing is said.
    case empty
  }

  public let assertion: Assertion
  /// Of which packets it speaks, together with its own words.
  public let universe: Universe
  public let result: Result
  /// Why it does not hold: all packets with another fate than asserted, and the way of one of them.
  public let against: Counterexample?

  public struct Counterexample: Sendable {
    public let fate: Fate
    public let traffic: Traffic
    public let path: Path
  }
}

/// Checks assertions against one ruleset.
public struct AssertionChecker {
  private let simulator: Simulator
  private let space: FlowSpace
  private let flows: FlowMap
  private let universe: Universe

  public init(
    of ruleset: Ruleset, in network: PodNetwork, _ universe: Universe
  ) throws(FlowError) {
    simulator = try Simulator.valid(ruleset, in: network)
    space = FlowSpace(for: [ruleset], in: network)
    flows = try space.flows(of: ruleset, universe.direction)
    self.universe = universe
  }

  public func check(_ assertion: Assertion) throws(FlowError) -> AssertionCheck {
    let asked = assertion.universe(within: universe)
    let all = space.packets(in: asked)
    let meant = all.intersection(space.packets(in: assertion.region(in: asked)))
    func checkBudget() throws(FlowError) { try space.checkBudget("'\(assertion.text)'") }
    func result(
      _ result: AssertionCheck.Result, _ against: AssertionCheck.Counterexample? = nil
    ) -> AssertionCheck {
      AssertionCheck(assertion: assertion, universe: asked, result: result, against: against)
    }
    try checkBudget()
    if meant.isEmpty { return result(.empty) }
    let others = flows.fates(in: meant).filter { $0.fate != assertion.fate }
    try checkBudget()
    // A certain counterexample says more than a possible one.
    guard let worst = others.first(where: { $0.fate != .unknown }) ?? others.first,
      let traffic = Traffic(worst.set, in: all, of: asked)
    else { return result(.holds) }
    try checkBudget()
    return result(
      worst.fate == .unknown ? .unknown : .refuted,
      .init(
        fate: worst.fate, traffic: traffic,
        path: simulator.path(of: traffic.witness, tracing: true)))
  }
}
