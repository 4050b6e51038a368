import Ruleset

extension Rule {
  /// Whether it changes nothing and ends nothing, whatever the packet: LOG, or a rule that only counts.
  var isIdle: Bool {
    steps.allSatisfy { step in
      switch step {
      case .test(let test): !test.givesVerdict
      case .effect(.aside), .verdict(.continue): true
      case .effect, .verdict: false
      }
    }
  }
}

extension Test {
  var givesVerdict: Bool {
    arms.contains { if case .verdict = $0.result { true } else { false } }
  }
}
