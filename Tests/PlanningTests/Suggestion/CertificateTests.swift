import Addresses
import Ruleset
import TestSupport
import Testing

@testable import Planning

@Suite struct CertificateTests {
  private func suggestion(_ world: SmallWorld) throws -> Suggestion {
    let settings = try #require(SmallWorld.settings)
    return try Suggestion(
      SuggestionQuestion(
        endpoints: world.endpoints,
        reach: CaptureReach(
          settings, services: SmallWorld.ports.map { .init(port: $0, transport: .tcp) }),
        kept: world.kept,
        preferences: world.preferences), in: settings)
  }

  /// The endpoints named cannot have what they want together; without any one of them the others can.
  @Test(arguments: 0..<10)
  func namesNoWantTooMany(batch: Int) throws {
    var refused = 0
    for seed in (batch * 100)..<(batch * 100 + 100) {
      let world = SmallWorld(seed: seed)
      guard case .impossible(let refusal) = try suggestion(world).answer,
        case .conflict(let conflict) = refusal.certificate
      else { continue }
      refused += 1
      func only(_ kept: [Int]) -> SmallWorld {
        var part = world
        for index in part.endpoints.indices where !kept.contains(index) {
          part.endpoints[index].want = .either
        }
        return part
      }
      #expect(only(conflict.endpoints).leastCost == nil, "seed \(seed)")
      for left in conflict.endpoints {
        let rest = only(conflict.endpoints.filter { $0 != left })
        #expect(rest.leastCost != nil, "seed \(seed) without \(left)")
      }
    }
    #expect(refused > 10)
  }

  /// A way out leads where it says, and one that is said to lead nowhere does.
  @Test(arguments: 0..<10)
  func waysOutLeadWhereTheySay(batch: Int) throws {
    for seed in (batch * 100)..<(batch * 100 + 100) {
      let world = SmallWorld(seed: seed)
      guard case .impossible(let refusal) = try suggestion(world).answer else { continue }
      #expect(refusal.alternatives.contains { $0.exclusion != nil }, "seed \(seed)")
      for alternative in refusal.alternatives {
        var rest = world
        for concession in alternative.concessions {
          switch concession {
          case .want(let endpoint): rest.endpoints[endpoint].want = .either
          case .neverPort(let port): rest.preferences.neverPorts.remove(port)
          case .keptPort(let port): rest.kept.ports.removeAll { $0 == port }
          case .keptRange(let range): rest.kept.ranges.removeAll { $0 == range }
          }
        }
        #expect(alternative.exclusion.map(rest.cost) == rest.leastCost, "seed \(seed)")
      }
    }
  }
}
