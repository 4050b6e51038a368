/// Why the kernel would refuse a ruleset's jumps.
public struct JumpError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case noSuchChain(String)
    /// Names of the chains of the loop, first to last.
    case loop([String])
    /// Jumps nested deeper than `Ruleset.maximumDepth`.
    case tooDeep
  }

  public var rule: RuleReference
  public var reason: Reason

  public init(rule: RuleReference, reason: Reason) {
    self.rule = rule
    self.reason = reason
  }

  public var description: String {
    let place = "\(rule.table) \(rule.chain) rule \(rule.number)"
    return switch reason {
    case .noSuchChain(let name): "\(place): jumps to '\(name)', and there is no such chain"
    case .loop(let chains): "\(place): closes a loop of jumps: \(chains.joined(separator: " → "))"
    case .tooDeep:
      "\(place): jumps nest deeper than \(Ruleset.maximumDepth), which the kernel refuses"
    }
  }
}

extension Ruleset {
  /// Jumps within jumps that nf_tables takes below a base chain (measured; `NFT_JUMP_STACK_SIZE` is
  /// one more). x_tables sizes its stack by the number of chains and has no such bound.
  public static let maximumDepth = 15

  /// Every jump has a chain to go to, none closes a loop, and native tables nest no deeper than
  /// the kernel allows. O(rules).
  public func validateJumps() throws(JumpError) {
    for t in tables.indices {
      var walk = JumpWalk(ruleset: self, table: t)
      try walk.run()
    }
  }
}

/// Depth-first over one table's chains, with a stack of its own: chains may nest ten thousand deep
/// in a hostile file.
private struct JumpWalk {
  let ruleset: Ruleset
  let table: Int
  let chains: [String: Int]
  /// Deepest nesting below each finished chain, in jumps.
  var depth: [Int?]
  var isOpen: [Bool]

  init(ruleset: Ruleset, table: Int) {
    self.ruleset = ruleset
    self.table = table
    let all = ruleset.tables[table].chains
    chains = Dictionary(all.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
    depth = Array(repeating: nil, count: all.count)
    isOpen = Array(repeating: false, count: all.count)
  }

  private struct Frame {
    var chain: Int
    var jumps: [(rule: Int, target: String)]
    var next = 0
    var deepest = 0
  }

  mutating func run() throws(JumpError) {
    for start in depth.indices where depth[start] == nil {
      var stack = [open(start)]
      while let top = stack.last {
        guard top.next < top.jumps.count else {
          isOpen[top.chain] = false
          depth[top.chain] = top.deepest
          stack.removeLast()
          if !stack.isEmpty {
            stack[stack.count - 1].deepest = max(stack[stack.count - 1].deepest, top.deepest + 1)
          }
          continue
        }
        let (rule, name) = top.jumps[top.next]
        stack[stack.count - 1].next += 1
        guard let target = chains[name] else {
          throw error(top.chain, rule, .noSuchChain(name))
        }
        if isOpen[target] {
          let loop = stack.drop { $0.chain != target }.map { chainName($0.chain) } + [name]
          throw error(top.chain, rule, .loop(loop))
        }
        if let known = depth[target] {
          stack[stack.count - 1].deepest = max(stack[stack.count - 1].deepest, known + 1)
        } else {
          stack.append(open(target))
        }
      }
    }
    try checkDepth()
  }

  private func checkDepth() throws(JumpError) {
    guard [.nftables, .iptablesNFT].contains(ruleset.tables[table].backend) else { return }
    for (index, chain) in ruleset.tables[table].chains.enumerated() where chain.base != nil {
      for (number, rule) in chain.rules.enumerated() {
        for name in rule.targets {
          let below = chains[name].flatMap { depth[$0] } ?? 0
          if below + 1 > Ruleset.maximumDepth { throw error(index, number, .tooDeep) }
        }
      }
    }
  }

  private mutating func open(_ chain: Int) -> Frame {
    isOpen[chain] = true
    let rules = ruleset.tables[table].chains[chain].rules
    return Frame(
      chain: chain,
      jumps: rules.enumerated().flatMap { rule in rule.element.targets.map { (rule.offset, $0) } })
  }

  private func chainName(_ chain: Int) -> String { ruleset.tables[table].chains[chain].name }

  private func error(_ chain: Int, _ rule: Int, _ reason: JumpError.Reason) -> JumpError {
    let place = ChainIndex(table: table, chain: chain)
    return JumpError(rule: ruleset.reference(to: rule + 1, in: place), reason: reason)
  }
}

extension Rule {
  /// The chains this rule may jump or go to.
  public var targets: [String] {
    var names: [String] = []
    steps.addTargets(to: &names)
    return names
  }
}

extension Chain {
  /// The chains its rules may jump or go to, in their order, each as often as it is named.
  public var targets: [String] {
    var names: [String] = []
    let rules = rules.span
    for place in rules.indices { rules[place].steps.addTargets(to: &names) }
    return names
  }
}

extension [Rule.Step] {
  fileprivate func addTargets(to names: inout [String]) {
    let steps = span
    for place in steps.indices {
      switch steps[place] {
      case .verdict(let verdict): if let name = verdict.target { names.append(name) }
      case .test(let test): names += test.arms.lazy.compactMap(\.result.target)
      case .effect: break
      }
    }
  }
}

extension Verdict {
  /// The chain a jump or goto names.
  public var target: String? {
    switch self {
    case .jump(let name), .goto(let name): name
    default: nil
    }
  }
}

extension Test.Result {
  fileprivate var target: String? {
    if case .verdict(let verdict) = self { verdict.target } else { nil }
  }
}
