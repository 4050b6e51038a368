import TestSupport
import Testing

@testable import Addresses

@Suite struct IntervalSetTests {
  /// The algebra against the plainest model there is, on a domain small enough to enumerate.
  @Test(arguments: 0..<200)
  func agreesWithPlainSets(seed: Int) {
    var random = Seeded(seed)
    let domain = IntervalSet([0...255])
    let a = random.set()
    let b = random.set()
    #expect(elements(a.union(b)) == elements(a).union(elements(b)))
    #expect(elements(a.intersection(b)) == elements(a).intersection(elements(b)))
    #expect(elements(a.subtracting(b)) == elements(a).subtracting(elements(b)))
    #expect(elements(a.complement(in: b)) == elements(b).subtracting(elements(a)))
    #expect(a.complement(in: domain).complement(in: domain) == a)
    #expect(a.isSubset(of: b) == elements(a).isSubset(of: elements(b)))
    for value in elements(domain) { #expect(a.contains(value) == elements(a).contains(value)) }
  }

  @Test func adjacentIntervalsBecomeOne() {
    #expect(IntervalSet([80...80, 81...90]).intervals == [80...90])
  }

  @Test func reachesTheLastNumber() {
    let all = IntervalSet([0...UInt128.max])
    #expect(IntervalSet.empty.complement(in: all) == all)
    #expect(all.complement(in: all).isEmpty)
  }
}

private func elements(_ set: IntervalSet) -> Set<UInt128> {
  Set(set.intervals.flatMap { Array($0) })
}

extension Seeded {
  /// Up to five intervals in 0...255.
  fileprivate mutating func set() -> IntervalSet {
    let ends = (0..<Int.random(in: 0...5, using: &self)).map { _ in
      (UInt128.random(in: 0...255, using: &self), UInt128.random(in: 0...255, using: &self))
    }
    return IntervalSet(ends.map { min($0, $1)...max($0, $1) })
  }
}
