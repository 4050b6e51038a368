import Ruleset

/// What the rules of a chain, and of all chains they lead to, could do to a packet's fate.
struct Reach: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  /// Send it elsewhere: destination NAT, TPROXY, and whatever is not understood.
  static let captures = Reach(rawValue: 1)
  /// Drop or refuse it.
  static let stops = Reach(rawValue: 2)

  /// Of every chain of `table`. O(rules).
  static func ofChains(in table: Table, named chains: [String: Int]) -> [Reach] {
    var reach = table.chains.map { $0.rules.reduce(into: Reach()) { $0.formUnion(of($1)) } }
    var callers = [[Int]](repeating: [], count: table.chains.count)
    for (index, chain) in table.chains.enumerated() {
      for target in chain.targets {
        if let target = chains[target] { callers[target].append(index) }
      }
    }
    var changed = Array(reach.indices)
    while let chain = changed.popLast() {
      for caller in callers[chain] where !reach[caller].isSuperset(of: reach[chain]) {
        reach[caller].formUnion(reach[chain])
        changed.append(caller)
      }
    }
    return reach
  }

  private static func of(_ rule: Rule) -> Reach {
    rule.steps.reduce(into: Reach()) { reach, step in
      switch step {
      case .test(let test):
        for case .verdict(let verdict) in test.arms.map(\.result) { reach.formUnion(of(verdict)) }
      case .verdict(let verdict): reach.formUnion(of(verdict))
      case .effect(.tproxy): reach.formUnion(.captures)
      case .effect: break
      }
    }
  }

  private static func of(_ verdict: Verdict) -> Reach {
    switch verdict {
    case .drop, .reject: .stops
    case .queue, .opaque: .captures
    case .nat(let mapping): mapping.isOfDestination ? .captures : []
    case .accept, .return, .jump, .goto, .continue: []
    }
  }
}
