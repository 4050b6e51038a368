import Addresses
import Ruleset

/// The steps of a rule as they are found: constraints that follow each other become one test, for
/// nothing can happen between them.
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

  mutating func finish() -> [Rule.Step] {
    flush()
    return steps
  }

  private mutating func flush() {
    guard !pending.isEmpty else { return }
    steps.append(.test(.all(pending)))
    pending = []
  }
}
