public import Addresses

extension Sequence<Ruleset> {
  /// One interface for all that no rule of these rulesets tells apart: `uplink` for its like, then the
  /// others, sorted. What no rule singles out, where some rule singles out the uplink, is `other`. `lo` is
  /// in every pod and not listed.
  public func typicalInterfaces(uplink: InterfaceName = .firstEthernet) -> [InterfaceName] {
    let names = IntervalSet([0...0, InterfaceName.loopback.bits...InterfaceName.loopback.bits])
      .complement(in: IntervalSet([0...UInt128.max]))
    let others = Atoms.classes(of: flatMap(\.interfaceSets), in: names)
      .filter { !$0.contains(uplink.bits) }
      .compactMap { InterfaceName(typicalOf: $0) }
    return [uplink] + others.sorted()
  }
}

extension Ruleset {
  /// What rules ask of interfaces.
  fileprivate var interfaceSets: [IntervalSet] {
    var sets: [IntervalSet] = []
    for rule in tables.lazy.flatMap(\.chains).flatMap(\.rules) {
      for case .test(let test) in rule.steps {
        for arm in test.arms {
          for constraint in arm.box.constraints
          where constraint.field == .inputInterface || constraint.field == .outputInterface {
            if constraint.set != sets.last { sets.append(constraint.set) }
          }
        }
      }
    }
    return sets
  }
}

extension InterfaceName {
  /// A name of the class: the one that is named, `tap0` for `tap*`, or `other`. Nil where it has none.
  fileprivate init?(typicalOf names: IntervalSet) {
    let stems = names.intervals.map { "\(InterfaceName(bits: $0.lowerBound))" }
    let candidates =
      ["\(InterfaceName.other)"]
      + stems.flatMap { stem in
        (0...9).map { "\(stem)\($0)" } + [stem]
      }
    let named = names.intervals.first { $0.lowerBound == $0.upperBound }
      .flatMap { InterfaceName("\(InterfaceName(bits: $0.lowerBound))") }
    let found =
      named
      ?? candidates.lazy.compactMap { InterfaceName($0) }
      .first { names.contains($0.bits) }
    guard let found else { return nil }
    self = found
  }
}
