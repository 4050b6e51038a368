import Addresses
import Istio
import PacketPath
import Ruleset
import RulesetText
import TestSupport
import Testing

@testable import Planning

@Suite struct EndpointJudgeTests {
  /// Which endpoints are captured is the same with and without the rules that say so.
  @Test(arguments: [
    [:], ["excludeOutboundPorts": "3306,11211"], ["excludeOutboundIPRanges": "10.20.0.0/16"],
    ["includeOutboundIPRanges": "10.20.30.0/24"], ["includeOutboundPorts": "6379"],
  ])
  func capturesWhatTheirPartsSay(annotations: [String: String]) throws {
    var pod = PodTraffic()
    for (key, value) in annotations { pod.annotations["traffic.sidecar.istio.io/\(key)"] = value }
    let rules = try SidecarCapture(pod, version: .newest, install: .`init`).rules(.iptables)
    let simulator = try Simulator(try rules?.ruleset() ?? Ruleset(), in: PodNetwork())
    let judge = EndpointJudge(simulator, proxies: .istioDefault)
    let endpoints =
      try Middleware.catalogue.map { Endpoint($0) }
      + ["10.20.30.40:3306", "10.20.31.0/24:6379", "127.0.0.1:6379", "192.0.2.1:80"].map {
        try Endpoint(argument: $0)
      }
    for endpoint in endpoints {
      let addresses = endpoint.addresses(in: .ipv4, outside: simulator.network.addresses)
      let parts = judge.parts(
        of: addresses, in: .ipv4, port: endpoint.port, endpoint.transport)
      let isCaptured = try judge.captures(endpoint, families: [.ipv4])
      #expect(isCaptured == parts.contains { $0.outcome.fate == .captured }, "\(endpoint.name)")
    }
    #expect(try judge.captures(Endpoint(argument: "[fd00::1]:80"), families: [.ipv4]) == nil)
  }

  /// Every packet to an endpoint lies in just one of its parts, and that says what becomes of it:
  /// whoever sends it, from whichever port, out by whichever interface.
  @Test(arguments: [
    "-A OUTPUT -p tcp -j REDIRECT --to-ports 15001",
    """
    -A OUTPUT -o net1 -j RETURN
    -A OUTPUT -p tcp -m tcp --sport 50000:65535 -j RETURN
    -A OUTPUT -p tcp -j REDIRECT --to-ports 15001
    """,
    """
    -A OUTPUT -o net1 -p tcp -m tcp --sport 1024:2047 -j REDIRECT --to-ports 15001
    -A OUTPUT -d 10.20.7.0/24 -o net+ -j RETURN
    -A OUTPUT -p tcp -m owner --uid-owner 1000 -j REDIRECT --to-ports 15001
    -A OUTPUT -d 10.20.0.0/17 -p tcp -m tcp --sport 40000 -j REDIRECT --to-ports 15001
    """,
    """
    -A OUTPUT -m owner --uid-owner 1000 -j RETURN
    -A OUTPUT -m owner --gid-owner 7 -j RETURN
    -A OUTPUT -p tcp -j REDIRECT --to-ports 15001
    """,
  ])
  func partsAreExact(rules: String) throws {
    let text = "*nat\n:OUTPUT ACCEPT [0:0]\n\(rules)\nCOMMIT\n"
    let ruleset = try Ruleset(IPTables.readSave(Array(text.utf8), family: .ip))
    let simulator = try Simulator(ruleset, in: PodNetwork())
    let prefix = try #require(Prefix("10.20.0.0/16"))
    let parts = EndpointJudge(simulator, proxies: .istioDefault)
      .parts(of: IntervalSet([prefix.range]), in: .ipv4, port: 3306, .tcp)

    var random = Seeded(rules.utf8.count)
    for _ in 0..<2_000 {
      let packet = Packet(
        .tcp, from: IPAddress(.ipv4, 0x0AF4_0105),
        port: [0, 1023, 1500, 39999, 40000, 49999, 50000, 65535].randomElement(using: &random)!,
        to: IPAddress(.ipv4, prefix.range.lowerBound + .random(in: 0...0xFFFF, using: &random)),
        port: 3306,
        owner: Owner(
          uid: [0, 1000, 1001].randomElement(using: &random)!,
          gid: [0, 7].randomElement(using: &random)!),
        out: [ruleset].typicalInterfaces().randomElement(using: &random)!)
      let holding = parts.filter { $0.holds(packet) }
      #expect(holding.count == 1, "\(packet)")
      #expect(holding.first?.outcome.fate == simulator.path(of: packet).outcome.fate, "\(packet)")
    }
  }

  /// Sixty users by sixty ports by sixty groups by sixty networks are thirteen million packets: nobody
  /// is kept waiting for them, and nothing is guessed.
  @Test(.timeLimit(.minutes(1))) func tooManyCombinationsAreUnknown() throws {
    let crossed = (0..<60).map { number in
      """
      -A OUTPUT -p tcp -m owner --uid-owner \(5000 + number) -m tcp --sport \(2000 + number) -j DROP
      -A OUTPUT -d 10.9.\(number).0/24 -p tcp -m owner --gid-owner \(7000 + number) -j DROP
      """
    }
    func judge(_ rules: [String]) throws -> EndpointJudge {
      let text = "*filter\n:OUTPUT ACCEPT [0:0]\n\(rules.joined(separator: "\n"))\nCOMMIT\n"
      let nat = "*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp --dport 3306 -j REDIRECT\nCOMMIT\n"
      let ruleset = try Ruleset(IPTables.readSave(Array((text + nat).utf8), family: .ip))
      return EndpointJudge(try Simulator(ruleset, in: PodNetwork()), proxies: .istioDefault)
    }
    let all = IntervalSet([try #require(Prefix("10.0.0.0/8")).range])
    let parts = try judge(crossed).parts(of: all, in: .ipv4, port: 3306, .tcp)
    #expect(parts.map(\.destinations) == [all])
    let outcome = try #require(parts.first?.outcome)
    #expect(outcome == .unknown(EndpointJudge.TooManyCombinations.reason))
    let database = try Endpoint(argument: "db=10.0.0.0/8:3306")
    let cache = try Endpoint(argument: "cache=10.0.0.0/8:6379")
    #expect(try judge(crossed).captures(database, families: [.ipv4]) == true)
    #expect(throws: EndpointJudge.TooManyCombinations(endpoint: "cache")) {
      try judge(crossed).captures(cache, families: [.ipv4])
    }
    // Fewer rules are tried in full.
    let few = try judge(Array(crossed.prefix(5))).parts(of: all, in: .ipv4, port: 3306, .tcp)
    #expect(few.count > 1)
    #expect(few.allSatisfy { $0.outcome.fate != .unknown })
  }

  /// The user named the address: it is judged, whatever families the pod has.
  @Test(arguments: [(Istio.Backend.iptables, Fate.bypass), (.nftables, .captured)])
  func anAddressOfTheOtherFamilyHasItsFate(backend: Istio.Backend, fate: Fate) throws {
    let capture = try SidecarCapture(PodTraffic(), version: .newest, install: .`init`)
    let simulator = try Simulator(
      try capture.rules(backend)?.ruleset() ?? Ruleset(), in: PodNetwork())
    let plan = Plan(
      for: [try Endpoint(argument: "db=[fd00::1]:80")], under: simulator, families: [.ipv4])
    #expect(plan.answers.map(\.fate) == [fate])
  }
}

extension EndpointJudge.Part {
  fileprivate func holds(_ packet: Packet) -> Bool {
    func holds(_ set: IntervalSet?, _ value: UInt128?) -> Bool {
      set.map { set in value.map { set.contains($0) } ?? false } ?? true
    }
    return holds(destinations, packet.destination.bits)
      && holds(sourcePorts, UInt128(packet.sourcePort))
      && holds(interfaces, packet.outputInterface?.bits)
      && holds(owners?.uids, packet.owner.map { UInt128($0.uid) })
      && holds(owners?.gids, packet.owner.map { UInt128($0.gid) })
  }
}
