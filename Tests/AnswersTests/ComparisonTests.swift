import Addresses
import Answers
import FlowSets
import Istio
import PacketPath
import Ruleset
import Testing

@Suite struct ComparisonTests {
  @Test(arguments: ["1.24", "1.31"])
  func oneMoreExcludedPortIsThatTCPPortAndNothingElse(version: String) throws {
    let changes = try compare(
      rules(version, ports: "3307"), rules(version, ports: "3307,11211"))
    let change = try #require(changes.first)
    #expect(changes.count == 1)
    #expect(change.universe.direction == .outbound)
    #expect((change.from, change.to) == (.captured, .bypass))
    let region = try #require(change.traffic.cover.first)
    #expect(change.traffic.cover.count == 1)
    #expect(region.family == .ipv4)
    #expect(region.protocols == IntervalSet(6))
    #expect(region.ports == IntervalSet(11211))
    #expect(region.outputInterfaces == [.firstEthernet])
    #expect(region.destinations == nil && region.uids == nil && region.gids == nil)
    #expect(change.new.decidedBy?.text == "-p tcp --dport 11211 -j RETURN")
  }

  @Test func excludedPort53WithDNSCaptureDependsOnTheVersion() throws {
    func ports(_ version: String) throws -> Ruleset {
      try rules(version, ports: "3307,53") {
        $0.redirectDNS = true
        $0.captureAllDNS = true
      }
    }
    let changes = try compare(try ports("1.24"), try ports("1.31"))
    #expect(changes.map(\.from) == [.dns, .dns])
    #expect(changes.map(\.to) == [.bypass, .local])
    for region in changes.flatMap(\.traffic.cover) {
      #expect(region.protocols == IntervalSet(17))
      #expect(region.ports == IntervalSet(53))
    }
  }

  @Test func theOrderOfExclusionsMakesNoDifference() throws {
    for version in ["1.24", "1.31"] {
      let changes = try compare(
        rules(version, ports: "1,2,3") { $0.outboundIPRangesExclude = "10.0.0.0/8,10.1.0.0/16" },
        rules(version, ports: "3,2,1") { $0.outboundIPRangesExclude = "10.1.0.0/16,10.0.0.0/8" })
      #expect(changes.isEmpty)
    }
  }

  @Test func aNativeTableActsOnIPv6WhereIptablesHadNoRules() throws {
    let old = try rules("1.31", ports: "3307")
    let new = try rules("1.31", ports: "3307", .nftables)
    let changes = try compare(old, new)
    #expect(changes.map(\.universe.direction) == [.outbound, .inbound])
    #expect(changes.allSatisfy { $0.to == .captured })
    #expect(changes.flatMap(\.traffic.cover).allSatisfy { $0.family == .ipv6 })
    #expect(changes.allSatisfy { $0.traffic.witness.family == .ipv6 })
  }

  /// Every change has a witness that the packet walk tells apart in the same way.
  @Test func theWitnessGoesBothWays() throws {
    let old = try rules("1.24", ports: "53,3307") { $0.redirectDNS = true }
    let new = try rules("1.31", ports: "11211", .nftables) { $0.redirectDNS = true }
    let changes = try compare(old, new)
    #expect(changes.count >= 3)
    for change in changes {
      #expect(change.old.outcome.fate == change.from)
      #expect(change.new.outcome.fate == change.to)
    }
  }

  /// A rule put in before a stateful match leaves it the match it was; a second one is another.
  @Test func aRuleBeforeALimitChangesWhatItSays() throws {
    func ruleset(_ limits: Int, inserting first: [Rule] = []) -> Ruleset {
      let limit = UnknownMatch(name: "limit", detail: "--limit 5/min", isStateful: true)
      let tcp = Constraint(.transportProtocol, is: 6)
      let limited = Rule(
        [.test(.all([tcp, Constraint(.unknown(limit), is: 1)])), .verdict(.accept)], text: "limit")
      let rest = Rule([.test(.all([tcp])), .verdict(.drop)], text: "drop")
      let base = BaseChain(.filter, hook: .output, priority: 0)
      let rules = first + [Rule](repeating: limited, count: limits) + [rest]
      return Ruleset([
        Table(
          .ip, "filter", backend: .iptables, chains: [Chain("OUTPUT", base: base, rules: rules)])
      ])
    }
    let port9 = [Constraint(.transportProtocol, is: 17), Constraint(.destinationPort, is: 9)]
    let inserted = Rule([.test(.all(port9)), .verdict(.drop)], text: "udp 9")
    let change = try compare(ruleset(1), ruleset(1, inserting: [inserted]))
    #expect(change.map(\.from) == [.bypass, .local])
    #expect(change.allSatisfy { $0.traffic.cover.allSatisfy { $0.ports == IntervalSet(9) } })
    let second = try compare(ruleset(1), ruleset(2))
    #expect(!second.isEmpty && second.allSatisfy { $0.to == .unknown })
  }

  private func compare(_ old: Ruleset, _ new: Ruleset) throws -> [Comparison.Change] {
    try Comparison(
      from: old, to: new, in: PodNetwork(),
      Direction.allCases.map { Universe($0, families: Family.allCases) }
    ).changes
  }
}

/// What an injected pod gets that excludes these ports.
func rules(
  _ version: String, ports: String = "", _ backend: Istio.Backend = .iptables,
  _ change: (inout CaptureConfig) -> Void = { _ in }
) throws -> Ruleset {
  var config = CaptureConfig()
  config.outboundIPRangesInclude = "*"
  config.inboundPortsInclude = "*"
  config.outboundPortsExclude = ports
  change(&config)
  let version = try #require(IstioVersion(version))
  return try CaptureRules(for: config, version: version, backend: backend).ruleset()
}
