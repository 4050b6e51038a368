import Addresses
import PacketPath
import Ruleset
import TestSupport
import Testing

@testable import FlowSets

/// The two engines share no code behind the model: one walks rules for a packet, the other computes
/// with sets of packets. Where they agree on everything that can be drawn, both are likely right.
@Suite struct AgreementTests {
  @Test(arguments: 0..<100)
  func exactSetsAndSinglePacketsAgree(seed: Int) throws {
    var draw = RandomRulesets(seed: seed)
    for round in 0..<4 {
      let ruleset = draw.ruleset()
      let localMark: UInt32? = draw.chance(30) ? 1337 : nil
      let space = FlowSpace(
        for: [ruleset], pod: .init(local: RandomRulesets.local, localMark: localMark))
      let simulator = try Simulator(
        ruleset, in: PodNetwork(RandomRulesets.local, localMark: localMark))
      for direction in Direction.allCases {
        let flows = try space.flows(of: ruleset, direction)
        for _ in 0..<60 {
          let packet = draw.packet(direction == .inbound)
          let sets = flows.outcomes(of: packet)
          let single = simulator.path(of: packet).outcome
          #expect(
            agrees(sets, single), "round \(round) \(direction) \(packet): \(sets) or \(single)")
        }
      }
    }
  }

  private func agrees(_ sets: [Outcome], _ single: Outcome) -> Bool {
    if case .unknown = single {
      return sets.count > 1 || sets.contains { if case .unknown = $0 { true } else { false } }
    }
    return sets == [single]
  }
}
