import Addresses
public import Ruleset

/// Where diagrams of some rulesets live together, so that they can be compared.
///
/// Everything that both sides of a question must agree on belongs to the space: the groups of mark
/// bits, the matches not understood, the pod's own addresses. A space and what it made are for one
/// thread.
public final class FlowSpace {
  /// Intervals a space may hold: 20 bytes each, and as much again for what was computed.
  public static let defaultBudget = 6_000_000

  public let network: PodNetwork
  let vocabulary: Vocabulary
  var arena: Arena

  /// A space for these rulesets and no others.
  public init(
    for rulesets: [Ruleset], in network: PodNetwork = PodNetwork(), budget: Int = defaultBudget
  ) {
    self.network = network
    vocabulary = Vocabulary(of: rulesets, localMark: network.localMark)
    arena = Arena(budget: budget, rules: rulesets.reduce(0) { $0 + $1.ruleCount })
  }

  /// Whether the budget is used up, which spoils whatever is made from then on.
  public var isExhausted: Bool { arena.isExhausted }

  /// Throws if the budget was used up, which spoils whatever was made since; ask before believing an
  /// answer.
  public func checkBudget(_ place: @autoclosure () -> String) throws(FlowError) {
    guard isExhausted else { return }
    throw arena.isTooDeep
      ? .tooDeep(whileBuilding: place(), questions: Arena.maximumDepth)
      : .tooLarge(whileBuilding: place(), edges: arena.budget)
  }
}

extension Ruleset {
  fileprivate var ruleCount: Int {
    tables.reduce(0) { $0 + $1.chains.reduce(0) { $0 + $1.rules.count } }
  }
}

extension FlowSpace {
  /// Intervals stored so far, for figures.
  public var edgeCount: Int { arena.bounds.count }
}
