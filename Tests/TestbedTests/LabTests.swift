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
    ("redis on port 6380", false), ("same, app keepalive off", true),
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

  @Test func envoyClosesWhatIdlesAndExclusionKeepsItOpen() throws {
    let missing = LabScenario.idleTimeout.servers.map(\.kind.program).filter {
      (try? $0.find()) == nil
    }
    guard geteuid() == 0, access(Lab.installedEnvoy, X_OK) == 0, missing.isEmpty else {
      print("lab: NOT RUN with a real Envoy: needs root and what tools/lab-setup installs")
      return
    }
    let rules = """
      *nat
      :ISTIO_OUTPUT - [0:0]
      :ISTIO_REDIRECT - [0:0]
      -A OUTPUT -p tcp -j ISTIO_OUTPUT
      -A ISTIO_OUTPUT -p tcp -m multiport --dports 6380,11212 -j RETURN
      -A ISTIO_OUTPUT -d \(LabScenario.excludedRange) -j RETURN
      -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
      -A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
      -A ISTIO_OUTPUT -j ISTIO_REDIRECT
      -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
      COMMIT

      """
    let ruleset = Ruleset(try IPTables.readSave(Array(rules.utf8), family: .ip))
    let lab = Lab(
      LabRules(ruleset, text: LoadableText(ipv4: Array(rules.utf8))), envoy: Lab.installedEnvoy)
    let result = try lab.run(.idleTimeout)
    print("lab: idle-timeout with a real Envoy, \(result.rows.count) connections")
    let wrong = result.rows.filter { !$0.agrees }
    #expect(wrong.isEmpty, "\(wrong.map { "\($0.name): \($0.expected) / \($0.measured)" })")
    #expect(result.rows.map(\.way).filter { $0 == "direct" }.count == 2)
    // One of the application and two of Envoy for each of the five captured.
    #expect(result.sockets.count == 5 * 3 + 2)
  }
}
