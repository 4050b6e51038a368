public import Addresses

extension Ruleset {
  /// Interfaces that some rule names, sorted; of a wildcard's names one stands for all. `lo` is in
  /// every pod and not listed.
  public var namedInterfaces: [InterfaceName] {
    var names: Set<InterfaceName> = []
    for rule in tables.lazy.flatMap(\.chains).flatMap(\.rules) {
      for case .test(let test) in rule.steps {
        for constraint in test.arms.lazy.flatMap(\.box.constraints) {
          names.formUnion(constraint.interfaces)
        }
      }
    }
    return names.subtracting([.loopback]).sorted()
  }

  /// Whether any rule, or policy but accept, could decide about packets of `family`.
  public func decides(_ family: Family) -> Bool {
    tables.contains { table in
      table.family.sees(family)
        && table.chains.contains { !$0.rules.isEmpty || $0.base?.policy == .drop }
    }
  }
}

extension Constraint {
  /// One name for each interval that a test of interfaces names; a negated test leaves gaps, whose
  /// edges are no names.
  fileprivate var interfaces: [InterfaceName] {
    guard field == .inputInterface || field == .outputInterface else { return [] }
    return set.named + set.complement(in: IntervalSet([0...UInt128.max])).named
  }
}

extension IntervalSet {
  /// `tap` itself stands for `tap+`.
  fileprivate var named: [InterfaceName] {
    intervals.compactMap { interval in
      let name = InterfaceName(bits: interval.lowerBound)
      let isOne = interval.lowerBound == interval.upperBound
      let isWildcard =
        InterfaceName.names(startingWith: Array("\(name)".utf8)).upperBound
        == interval.upperBound
      return isOne || isWildcard ? InterfaceName("\(name)") : nil
    }
  }
}
