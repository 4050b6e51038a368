import Addresses
import Ruleset
import TestSupport
import Testing

@testable import Planning

@Suite struct SmallestExclusionTests {
  /// A hundred questions a case, each against every exclusion there is.
  @Test(arguments: 0..<40)
  func noExclusionIsCheaper(batch: Int) throws {
    let reach = try #require(SmallWorld.reach)
    for seed in (batch * 100)..<(batch * 100 + 100) {
      let world = SmallWorld(seed: seed)
      let wants = try Wants(world.endpoints, in: reach, kept: world.kept)
      let obstruction = Obstruction(wants, neverPorts: world.preferences.neverPorts)
      let least = world.leastCost
      guard wants.lost.isEmpty, obstruction.conflicts.isEmpty else {
        #expect(least == nil, "seed \(seed)")
        continue
      }
      let found = SmallestExclusion(
        wants, obstruction, world.preferences, families: [.ipv4, .ipv6])
      #expect(world.cost(found.exclusion) == least, "seed \(seed)")
      let bypassing = SmallWorld.cells(found.exclusion.union(world.kept))
      #expect(world.wanted(.bypass) & ~bypassing == 0, "seed \(seed)")
      #expect(world.wanted(.captured) & bypassing == 0, "seed \(seed)")
      #expect(found.exclusion.ranges.allSatisfy(world.mayExclude), "seed \(seed)")
    }
  }

  @Test(arguments: 0..<20)
  func thePackingProvesThatNoFewerEntriesDo(batch: Int) throws {
    try eachPacking(batch, .entries) { world, found, seed in
      #expect(found.packing.count == found.exclusion.count, "seed \(seed)")
      for (index, a) in found.packing.enumerated() {
        for b in found.packing[..<index] {
          #expect(!world.shareAnEntry(a.need, b.need), "seed \(seed): \(a) \(b)")
        }
      }
    }
  }

  /// The shares add up to the cost, and no entry there could be costs less than those it would serve.
  @Test(arguments: 0..<20)
  func theSharesProveThatNoLessSpaceDoes(batch: Int) throws {
    try eachPacking(batch, .space) { world, found, seed in
      let shares = found.packing.reduce(0) { $0 + $1.share }
      #expect(shares == found.cost.weight, "seed \(seed)")
      for entry in world.entries {
        let served = found.packing.filter { world.serves(entry, $0.need) }
        let weight = Int128(world.cost(entry)[0]) << 16
        #expect(served.reduce(0) { $0 + $1.share } <= weight, "seed \(seed): \(entry)")
      }
    }
  }

  private func eachPacking(
    _ batch: Int, _ weight: SuggestionPreferences.Weight,
    _ check: (SmallWorld, SmallestExclusion, Int) -> Void
  ) throws {
    let reach = try #require(SmallWorld.reach)
    for seed in (batch * 100)..<(batch * 100 + 100) {
      var world = SmallWorld(seed: seed)
      world.preferences.weight = weight
      let wants = try Wants(world.endpoints, in: reach, kept: world.kept)
      let obstruction = Obstruction(wants, neverPorts: world.preferences.neverPorts)
      guard wants.lost.isEmpty, obstruction.conflicts.isEmpty else { continue }
      check(
        world,
        SmallestExclusion(wants, obstruction, world.preferences, families: [.ipv4, .ipv6]), seed)
    }
  }
}
