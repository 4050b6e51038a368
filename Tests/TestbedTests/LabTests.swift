import Glibc
import Istio
import LiveKernel
import PacketPath
import Ruleset
import RulesetText
import Testing

@testable import Testbed

/// What the lab expects, and one quick run of it with a real Envoy.
@Suite(.serialized) struct LabTests {
  private static func expectation(_ scenario: LabScenario, _ name: String) throws -> LabOutcome {
    let connection = try #require(scenario.connections.first { $0.name == name })
    let isDirect = LabScenario.excludedPorts.contains(connection.server.port)
    return scenario.expectation(of: connection, isProxied: !isDirect)
  }

  @Test(arguments: [
    ("redis Envoy 60/10/3", false), ("redis Envoy 7200/75/9", true), ("redis", true),
    ("redis on port 6380", false), ("6380, keepalive off", true),
  ])
  func onlyKeepaliveBelowTheDevicesTimerHolds(name: String, isLost: Bool) throws {
    for (word, failure) in [("drop", LabOutcome.Failure.hang), ("reset", .reset)] {
      let outcome = try Self.expectation(.middlebox, "\(word): \(name)")
      #expect(outcome.ending == (isLost ? .fails(failure) : .answers))
      #expect((outcome.forgotten != nil) == isLost)
    }
  }

  @Test func redisKeepsItsConnectionItselfAndTheOthersDoNot() throws {
    let endings = LabScenario.keepaliveByServer.connections.map {
      LabScenario.keepaliveByServer.expectation(of: $0, isProxied: true).ending
    }
    #expect(endings == [.answers, .fails(.hang), .fails(.hang), .fails(.hang)])
  }

  @Test func aMeasurementAgreesWithinTwoPercentOrThreeTenths() {
    func closed(_ milliseconds: Int64) -> LabOutcome {
      LabOutcome(.closed(.fin, after: .init(milliseconds: milliseconds)))
    }
    #expect(closed(3000).agrees(with: closed(3300)))
    #expect(!closed(3000).agrees(with: closed(3301)))
    #expect(!closed(3000).agrees(with: closed(2699)))
    #expect(closed(100_000).agrees(with: closed(102_000)))
    #expect(!closed(100_000).agrees(with: closed(102_001)))
    #expect(!closed(3000).agrees(with: LabOutcome(.answers)))
    let reset = LabOutcome(.closed(.reset, after: .init(milliseconds: 3000)))
    #expect(!closed(3000).agrees(with: reset))
    let lost = LabOutcome(.fails(.hang), forgotten: .seconds(5))
    #expect(!lost.agrees(with: LabOutcome(.fails(.hang))))
  }

  /// The sockets of two connections to one address and port could not be told apart.
  @Test(arguments: LabScenario.all)
  func noTwoConnectionsGoToTheSamePlace(scenario: LabScenario) {
    let places = scenario.connections.map { "\($0.route):\($0.server.port)" }
    #expect(Set(places).count == places.count)
    #expect(scenario.connections.allSatisfy { scenario.servers.contains($0.server) })
  }

  @Test func aRunningLabIsNoLeftover() throws {
    guard geteuid() == 0 else {
      print("lab: no root here, no lab claimed")
      return
    }
    let first = try LabClaim()
    let second = try LabClaim()
    #expect(first.name != second.name)
    let leftovers = try LabClaim.leftovers().map(\.name)
    #expect(!leftovers.contains(first.name) && !leftovers.contains(second.name))
    try first.removeEverything()
    try second.removeEverything()
    #expect(access(first.folder, F_OK) != 0)
  }

  // MARK: - Real clients

  @Test(arguments: LabClient.allCases)
  func aClientIsToldWhatItsTableSays(client: LabClient) throws {
    let library = try #require(client.library)
    let middlebox = try #require(LabScenario.middlebox.driven(by: client))
    let outcomes = middlebox.connections.map { connection in
      (
        connection.name,
        middlebox.expectation(of: connection, isProxied: !connection.name.hasSuffix("excluded"))
      )
    }
    let drops = try #require(outcomes.first { $0.0 == "device drops" }?.1)
    #expect(drops.forgotten == .seconds(5))
    if library.reuse.value == .retry {
      #expect(drops.ending == .answers)
    } else {
      #expect(drops.ending == .told(library.texts.value.timeout, after: .seconds(2)))
    }
    #expect(outcomes.first { $0.0 == "drops, Envoy 60/10/3" }?.1.ending == .answers)
    // Nothing of its own would be there to be told apart.
    #expect(middlebox.servers.count == 1 && middlebox.connections.count == 7)
    #expect(LabScenario.sniffing.driven(by: client) == nil)
  }

  @Test func whatAClientIsToldHoldsTheTextOfItsTable() {
    func told(_ text: String, _ milliseconds: Int64 = 0) -> LabOutcome {
      LabOutcome(.told(text, after: .init(milliseconds: milliseconds)))
    }
    #expect(told("i/o timeout", 2000).agrees(with: told("read tcp: i/o timeout", 2100)))
    #expect(!told("i/o timeout", 2000).agrees(with: told("read tcp: i/o timeout", 1000)))
    #expect(!told("invalid connection").agrees(with: told("EOF")))
    #expect(!told("invalid connection").agrees(with: LabOutcome(.answers)))
  }
}
