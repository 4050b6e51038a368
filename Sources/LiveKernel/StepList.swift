import Addresses
import Ruleset

/// The steps of a rule as they are found: constraints that follow each other become one test, for
/// nothing can happen between them.
///
/// One list serves rule after rule: it keeps its room, and a finished rule takes just what it needs.
struct StepList {
  private var steps: [Rule.Step] = []
  private var pending: [Constraint] = []

  /// Two constraints of one field are one: `>= 1000` and `<= 2000`.
  mutating func require(_ constraint: Constraint) {
    if let place = pending.firstIndex(where: { $0.field == constraint.field }) {
      pending[place].set = pending[place].set.intersection(constraint.set)
    } else {
      pending.append(constraint)
    }
  }

  mutating func test(_ test: Test) {
    if test.arms.count == 1, let arm = test.arms.first, arm.result == .goOn {
      for constraint in arm.box.constraints { require(constraint) }
    } else {
      flush()
      steps.append(.test(test))
    }
  }

  mutating func effect(_ effect: Effect) {
    flush()
    steps.append(.effect(effect))
  }

  mutating func verdict(_ verdict: Verdict) {
    flush()
    steps.append(.verdict(verdict))
  }

  /// The steps of the rule, which ends with this.
  mutating func finish() -> [Rule.Step] {
    flush()
    return steps.takeAll()
  }

  private mutating func flush() {
    guard !pending.isEmpty else { return }
    steps.append(.test(.all(pending.takeAll())))
  }
}

extension Array {
  /// The elements, in no more room than they need; this array is empty then and keeps its room.
  fileprivate mutating func takeAll() -> [Element] {
    defer { removeAll(keepingCapacity: true) }
    return map { $0 }
  }
}
