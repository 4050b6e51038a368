import Addresses
import Ruleset

extension Walk {
  /// Rules a packet meets before it is remembered how chains let it go: no ruleset that somebody
  /// wrote has so many in its way.
  private static let rulesBeforeMemory = 1 << 12

  /// How a packet leaves a base chain.
  enum Exit {
    case accepted
    case mapped(NAT, by: RulePlace)
    case ended(End)
  }

  /// What became of one rule.
  private enum Result {
    /// It did not match.
    case failed(why: [Failure])
    /// It came to its end without a verdict.
    case passed
    case verdict(Verdict)
  }

  /// A chain on the stack.
  private struct Frame {
    var chain: Int
    /// The rule to go on with.
    var next = 0
    /// What led here, where that is remembered: a jump, and each goto after it.
    var entries: [Entry] = []
  }

  /// A packet on its way into a chain: whatever comes in alike goes out alike.
  private struct Entry: Hashable {
    var chain: Int
    var changes: Changes
  }

  /// Runs a base chain's rules with a stack of its own, as the kernel does: a goto leaves no way
  /// back, and the end of a chain is a return.
  ///
  /// A few chains that each jump to the next one several times make more ways than anyone can walk, so
  /// after many rules it is remembered how each chain let the packet go. Such a chain's rules
  /// are traced once for each state in which the packet comes to it.
  mutating func traverse(_ base: ChainIndex) -> Exit {
    let ruleset = simulator.ruleset
    let kept = ruleset.base(base)
    var reach = simulator.reach[base.table][base.chain]
    if kept.policy == .drop { reach.formUnion(.stops) }
    var stack = [Frame(chain: base.chain)]
    var ends: [Entry: Changes] = [:]
    func leave() { for entry in stack.removeLast().entries { ends[entry] = changes } }
    while let top = stack.indices.last {
      let chain = ChainIndex(table: base.table, chain: stack[top].chain)
      let next = stack[top].next
      guard next < ruleset[chain].rules.count else {
        leave()
        continue
      }
      stack[top].next += 1
      let place = RulePlace(chain: chain, number: next + 1)
      rulesMet += 1
      if rulesMet > Simulator.longestWalk { return .ended(End(outcome: tooLong(chain), by: place)) }
      let result = run(ruleset[chain].rules[next], at: place)
      if tracing { record(result, at: place) }
      guard case .verdict(let verdict) = result else { continue }
      switch verdict {
      case .continue: break
      case .jump(let name), .goto(let name):
        guard let target = simulator.chains[base.table][name] else { break }
        let isGoto = if case .goto = verdict { true } else { false }
        var frame = Frame(chain: target)
        if rulesMet > Self.rulesBeforeMemory {
          let entry = Entry(chain: target, changes: changes)
          if let end = ends[entry] {
            changes = end
            if isGoto { leave() }
            break
          }
          frame.entries = [entry]
        }
        if isGoto { frame.entries += stack.removeLast().entries }
        stack.append(frame)
      case .return:
        exempt(from: reach, by: place)
        leave()
      case .accept:
        exempt(from: reach, by: place)
        return .accepted
      case .nat(let mapping): return .mapped(mapping, by: place)
      case .drop: return .ended(End(outcome: .drop, by: place))
      case .reject(let with): return .ended(End(outcome: .reject(with: with), by: place))
      case .queue(let queue):
        return .ended(End(outcome: .unknown("user space decides (\(queue))"), by: place))
      case .opaque(let target):
        return .ended(End(outcome: .unknown("the target '\(target)' is not understood"), by: place))
      }
    }
    return kept.policy == .accept ? .accepted : .ended(End(outcome: .drop, policy: base))
  }

  /// A return or an accept decides where rules of the same base chain could have captured the
  /// packet, or else stopped it; the last such one is told.
  private mutating func exempt(from reach: Reach, by place: RulePlace) {
    let spared: Reach = reach.contains(.captures) ? .captures : reach
    guard !spared.isEmpty else { return }
    if exemption?.from == .captures, spared != .captures { return }
    exemption = Exemption(by: place, from: spared)
  }

  private func tooLong(_ chain: ChainIndex) -> Outcome {
    .unknown(
      "its way has more than \(Simulator.longestWalk) rules, and in chain "
        + "\(simulator.ruleset[chain].name) no end is in sight")
  }

  // MARK: One rule

  /// What is not known is asked about only where the answer may count: not for a rule that does
  /// nothing, and not before a condition that fails anyway.
  private mutating func run(_ rule: Rule, at place: RulePlace) -> Result {
    leansOnChoice = false
    let before = (world: world, changes: changes)
    let result = outcome(of: rule, at: place)
    guard leansOnChoice else { return result }
    if case .failed = result, changes == before.changes, let failure = plainFailure(of: rule) {
      world = before.world
      leansOnChoice = false
      return .failed(why: [failure])
    }
    if rule.isIdle { world = before.world }
    return result
  }

  private mutating func outcome(of rule: Rule, at place: RulePlace) -> Result {
    for step in rule.steps {
      switch step {
      case .test(let test):
        switch decide(test, at: place) {
        case .passed: continue
        case let end: return end
        }
      case .effect(let effect):
        if let failure = take(effect, at: place) { return .failed(why: [failure]) }
      case .verdict(let verdict): return .verdict(verdict)
      }
    }
    return .passed
  }

  /// The first condition that fails whatever is not known; nil where the rule could do something
  /// before it comes to it.
  private func plainFailure(of rule: Rule) -> Failure? {
    for step in rule.steps {
      guard case .test(let test) = step, !test.givesVerdict else { return nil }
      guard test.arms.count == 1, case .goOn = test.arms[0].result else { continue }
      let failing = test.arms[0].box.constraints.first { surelyFails($0) }
      if let failing { return failure(of: failing) }
    }
    return nil
  }

  private mutating func decide(_ test: Test, at place: RulePlace) -> Result {
    var failures: [Failure] = []
    for arm in test.arms {
      if let failure = firstFailure(in: arm.box, at: place) {
        if case .fail = arm.result { continue }
        failures.append(failure)
        continue
      }
      switch arm.result {
      case .goOn: return .passed
      case .verdict(let verdict): return .verdict(verdict)
      case .fail: return .failed(why: arm.box.constraints.map { exclusion($0) })
      }
    }
    return .failed(why: failures)
  }

  private mutating func firstFailure(in box: Box, at place: RulePlace) -> Failure? {
    for constraint in box.constraints {
      if !holds(constraint, by: place) { return failure(of: constraint) }
    }
    return nil
  }

  /// Does what the effect says; a failure where the kernel breaks off the rule.
  private mutating func take(_ effect: Effect, at place: RulePlace) -> Failure? {
    switch effect {
    case .mark(let assignment): return assign(assignment, at: place)
    case .notrack: untrack()
    case .zone(let zone): setZone(zone, isNative: isNative(place))
    case .tproxy(let address, let port):
      tproxy = Diversion(address: address, port: port ?? packet.destinationPort, by: place)
    case .aside: break
    }
    return nil
  }

  private func isNative(_ place: RulePlace) -> Bool {
    simulator.ruleset.tables[place.chain.table].dialect.isNative
  }

  /// Without a conntrack entry CONNMARK does nothing, and nft's `ct mark` ends its rule.
  private mutating func assign(_ assignment: MarkAssignment, at place: RulePlace) -> Failure? {
    let needsConnection = assignment.target == .connection || assignment.fromConnection != 0
    if needsConnection, !hasConnection {
      let reads = assignment.fromConnection != 0
      return reads && isNative(place) ? .noConnection : nil
    }
    let result = assignment.result(packet: packet.mark, connection: packet.connectionMark)
    switch assignment.target {
    case .packet: packet.mark = result
    case .connection: packet.connectionMark = result
    }
    return nil
  }

  // MARK: Trace

  private mutating func record(_ result: Result, at place: RulePlace) {
    var step = Path.Step(
      hook: hook, rule: simulator.reference(place), matched: leansOnChoice ? nil : true)
    if case .failed(let why) = result {
      step.matched = why.contains(where: \.isOpen) ? nil : false
      step.failures = why
    }
    steps.append(step)
  }
}
