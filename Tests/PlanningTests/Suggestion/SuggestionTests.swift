import Addresses
import Istio
import Ruleset
import TestSupport
import Testing

@testable import Planning

@Suite struct SuggestionTests {
  private func endpoint(
    _ text: String, _ want: Endpoint.Want, _ transport: TransportProtocol = .tcp
  ) throws -> Endpoint {
    var endpoint = try Endpoint(argument: text)
    endpoint.want = want
    endpoint.transport = transport
    return endpoint
  }

  private func settings(
    ipv6: Bool = false, version: IstioVersion = .newest, backend: Istio.Backend = .iptables,
    annotations: [String: String] = [:], metadata: [String: String] = [:]
  ) throws -> PlanSettings {
    var pod = PodTraffic()
    pod.ipv6 = .known(ipv6)
    pod.proxyMetadata = metadata
    for (key, value) in annotations {
      pod.annotations["traffic.sidecar.istio.io/\(key)"] = value
    }
    return try PlanSettings(pod, version: version, backend: backend)
  }

  private func found(_ suggestion: Suggestion) throws -> Suggestion.Found {
    guard case .exclusion(let found) = suggestion.answer else {
      Issue.record("no exclusion: \(suggestion.answer)")
      throw WantError.noEndpoints
    }
    return found
  }

  /// What is found by cutting a graph holds in the rules Istio writes, for every version and back end,
  /// under settings of all kinds.
  @Test(arguments: 0..<60)
  func everySuggestionHoldsInIstiosOwnRules(seed: Int) throws {
    var random = Seeded(seed)
    let version = try #require(IstioVersion.all.randomElement(using: &random))
    let isNative = version.has(.nativeNftables) && Bool.random(using: &random)
    var annotations: [String: String] = [:]
    if Int.random(in: 0..<3, using: &random) == 0 {
      annotations["includeOutboundIPRanges"] = "10.0.0.2/31,fd00::/128"
      if Bool.random(using: &random) { annotations["includeOutboundIPRanges"]? += ",127.0.0.0/8" }
    }
    if Int.random(in: 0..<3, using: &random) == 0 { annotations["includeOutboundPorts"] = "1002" }
    var world = SmallWorld(seed: seed)
    var metadata: [String: String] = [:]
    if Bool.random(using: &random) {
      metadata = ["ISTIO_META_DNS_CAPTURE": "true", "CAPTURE_ALL_DNS": "true"]
      for index in world.endpoints.indices where world.endpoints[index].port == 1003 {
        world.endpoints[index].port = 53
        if Bool.random(using: &random) { world.endpoints[index].transport = .udp }
      }
    }
    if !world.kept.isEmpty {
      world.preferences.keepsExclusions = true
      annotations["excludeOutboundPorts"] = world.kept.ports.map(String.init).joined(separator: ",")
      annotations["excludeOutboundIPRanges"] =
        world.kept.ranges.map(\.description).joined(separator: ",")
    }
    let settings = try settings(
      ipv6: Bool.random(using: &random), version: version,
      backend: isNative ? .nftables : .iptables, annotations: annotations, metadata: metadata)
    let suggestion = try Suggestion(
      for: world.endpoints, in: settings, preferences: world.preferences)
    guard case .exclusion(let found) = suggestion.answer else { return }
    let check = try SuggestionCheck(found, of: suggestion)
    #expect(check.missing.isEmpty, "\(version) \(annotations) \(world.endpoints)")
    #expect(check.lost.isEmpty, "\(version) \(annotations) \(world.endpoints)")
  }

  /// iptables and nft take a leading zero for octal, and Istio hands the text on as it is: what is
  /// kept, or included, is the port of the rules.
  @Test func aPortIsTheOneTheRulesHave() throws {
    var keeping = SuggestionPreferences()
    keeping.keepsExclusions = true
    let excluded = try Suggestion(
      for: [endpoint("10.0.0.1:3307", .bypass)],
      in: settings(annotations: ["excludeOutboundPorts": "03307"]), preferences: keeping)
    #expect(excluded.kept.ports == [0o3307])
    #expect(try found(excluded).exclusion.ports == [3307])
    #expect(try SuggestionCheck(found(excluded), of: excluded).holds)

    let included = try Suggestion(
      for: [endpoint("10.0.0.1:3307", .bypass), endpoint("10.0.0.1:1735", .bypass)],
      in: settings(annotations: [
        "includeOutboundIPRanges": "10.9.0.0/16", "includeOutboundPorts": "03307",
      ]))
    #expect(try found(included).exclusion.ports == [0o3307])
    #expect(try SuggestionCheck(found(included), of: included).holds)
  }

  @Test func cautionsSpeakOfThePortsTheRulesHave() throws {
    func codes(_ ports: String, dns: Bool) throws -> Set<String> {
      let metadata =
        dns ? ["ISTIO_META_DNS_CAPTURE": "true", "CAPTURE_ALL_DNS": "true"] : [:]
      return Set(
        try settings(annotations: ["excludeOutboundPorts": ports], metadata: metadata).cautions()
          .map(\.code.id))
    }
    #expect(try codes("53", dns: true).contains("BP106"))
    #expect(try codes("065", dns: true).contains("BP106"))
    #expect(try !codes("053", dns: true).contains("BP106"))
    #expect(try codes("15001", dns: false).contains("BP113"))
    #expect(try codes("035231", dns: false).contains("BP113"))
    #expect(try !codes("015001", dns: false).contains("BP113"))
  }

  @Test func adjacentWantedAddressesShareARange() throws {
    let endpoints = try (0..<8).map { try endpoint("10.0.0.\($0):\(4000 + $0)", .bypass) }
    let found = try found(Suggestion(for: endpoints, in: settings()))
    #expect(found.exclusion.ranges.map(\.description) == ["10.0.0.0/29"])
    #expect(found.exclusion.ports.isEmpty)
  }

  @Test func noAddressIsGivenAwayUnlessAskedFor() throws {
    let endpoints = try [1, 9, 77].map { try endpoint("10.0.0.\($0):\(4000 + $0)", .bypass) }
    var preferences = SuggestionPreferences()
    preferences.preferred = .ranges
    let tight = try found(Suggestion(for: endpoints, in: settings(), preferences: preferences))
    #expect(tight.exclusion.count == 3)
    preferences.aggregation[.ipv4] = 24
    let wide = try found(Suggestion(for: endpoints, in: settings(), preferences: preferences))
    #expect(wide.exclusion.ranges.map(\.description) == ["10.0.0.0/25"])
  }

  @Test func spaceCountsInsteadOfEntries() throws {
    let endpoints = try [1, 9, 77].map { try endpoint("10.0.0.\($0):3306", .bypass) }
    var preferences = SuggestionPreferences()
    #expect(try found(Suggestion(for: endpoints, in: settings())).exclusion.ports == [3306])
    preferences.weight = .space
    let narrow = try found(Suggestion(for: endpoints, in: settings(), preferences: preferences))
    #expect(narrow.exclusion.ranges.count == 3)
  }

  @Test func theSameEndpointTwiceNeedsOneEntry() throws {
    let endpoints = try ["a=10.0.0.1:3306", "b=10.0.0.1:3306"].map { try endpoint($0, .bypass) }
    #expect(try found(Suggestion(for: endpoints, in: settings())).exclusion.ports == [3306])
  }

  @Test(arguments: [
    ("10.0.0.1", "10.0.0.1"), ("10.0.0.0/8", "10.1.0.0/16"), ("10.1.0.0/16", "10.0.0.0/8"),
  ])
  func contradictingWantsAreNamed(wanted: String, held: String) throws {
    let endpoints = try [
      endpoint("x=10.9.9.9:80", .either), endpoint("a=\(wanted):3306", .bypass),
      endpoint("b=\(held):3306", .captured),
    ]
    guard case .impossible(let refusal) = try Suggestion(for: endpoints, in: settings()).answer,
      case .conflict(let conflict) = refusal.certificate
    else {
      Issue.record("the wants contradict each other")
      return
    }
    #expect(conflict.endpoints == [1, 2])
    #expect(conflict.againstPort == .captured(endpoint: 2))
    #expect(conflict.againstRange == .captured(endpoint: 2))
  }

  @Test func nothingIsNeededForWhatBypassesAnyway() throws {
    let endpoints = try [
      endpoint("lo=127.0.0.1:9000", .bypass), endpoint("udp=10.0.0.1:514", .bypass, .udp),
      endpoint("six=[fd00::1]:5432", .bypass), endpoint("own=10.244.1.5:80", .bypass),
    ]
    let suggestion = try Suggestion(
      for: endpoints, in: settings(), local: LocalAddresses([#require(IPAddress("10.244.1.5"))]))
    let found = try found(suggestion)
    #expect(found.exclusion.isEmpty)
    #expect(found.served == [0, 1, 2, 3])
    #expect(found.packing.isEmpty)
  }

  @Test(arguments: [
    ("127.0.0.1:80", TransportProtocol.tcp, "loopback"), ("10.244.1.5:80", .tcp, "own address"),
    ("10.0.0.1:514", .udp, "UDP"), ("[fd00::1]:5432", .tcp, "no rule"),
  ])
  func whatIsNeverCapturedCannotStayCaptured(
    server: String, transport: TransportProtocol, reason: String
  ) throws {
    let suggestion = try Suggestion(
      for: [endpoint(server, .captured, transport)], in: settings(),
      local: LocalAddresses([#require(IPAddress("10.244.1.5"))]))
    guard case .impossible(let refusal) = suggestion.answer,
      case .neverCaptured(0, let because) = refusal.certificate
    else {
      Issue.record("\(server) is never captured")
      return
    }
    #expect(because.contains(reason))
  }

  @Test(arguments: [
    "224.0.0.1:80", "240.0.0.1:80", "255.255.255.255:80", "0.0.0.0:80", "[ff02::1]:80", "[::]:80",
    "[::ffff:10.0.0.1]:80",
  ])
  func addressesWithoutServersAreRefused(server: String) throws {
    let endpoint = try endpoint(server, .bypass)
    #expect(throws: WantError.self) { try Suggestion(for: [endpoint], in: settings()) }
  }

  @Test func anEmptyInventoryIsRefused() throws {
    #expect(throws: WantError.noEndpoints) { try Suggestion(for: [], in: settings()) }
  }

  @Test func aPortOfOthersIsSaidWithThePriceOfDoingWithoutIt() throws {
    let endpoints = try [
      endpoint("a=10.0.0.1:443", .bypass), endpoint("b=10.7.0.1:443", .bypass),
      endpoint("c=10.0.0.1:3306", .bypass), endpoint("d=10.7.0.1:3306", .bypass),
      endpoint("e=10.8.0.1:3306", .either), endpoint("f=10.8.0.2:443", .either),
    ]
    let found = try found(Suggestion(for: endpoints, in: settings()))
    #expect(found.exclusion.ports == [443, 3306])
    #expect(
      found.risks == [.init(port: 443, reason: .common), .init(port: 3306, reason: .endpoint(4))])
    guard case .exclusion(let careful)? = found.withoutRisks else {
      Issue.record("ranges would do")
      return
    }
    #expect(careful.ranges.map(\.description) == ["10.0.0.1/32", "10.7.0.1/32"])
  }

  @Test func aMeshWideListThatLetsACapturedOneBypassIsEnded() throws {
    var pod = PodTraffic()
    pod.mesh.values[.excludeOutboundPorts] = "3306"
    let settings = try PlanSettings(pod)
    let endpoints = try [
      endpoint("10.0.0.1:3306", .captured), endpoint("10.0.0.0/31:80", .either),
    ]
    let found = try found(Suggestion(for: endpoints, in: settings))
    #expect(found.exclusionAnnotations.first?.value == "")
    let check = try SuggestionCheck(found, of: Suggestion(for: endpoints, in: settings))
    #expect(check.holds)
  }

  /// 100,000 endpoints, a tenth of them captured, are answered in bounded time and memory.
  @Test(.timeLimit(.minutes(2)))
  func aHundredThousandEndpointsAreAnswered() throws {
    let endpoints = Endpoint.many(100_000, seed: 1)
    let question = try SuggestionQuestion(
      endpoints: endpoints,
      reach: CaptureReach(
        settings(), services: endpoints.map { .init(port: $0.port, transport: .tcp) }),
      kept: Exclusion(),
      preferences: SuggestionPreferences())
    let least = try #require(try question.least())
    #expect(least.count > 0)
  }
}

extension Endpoint {
  /// Servers all over 10.0.0.0/8 on a thousand ports, each captured one on a port of its own.
  static func many(_ count: Int, seed: Int) -> [Endpoint] {
    var random = Seeded(seed)
    return (0..<count).map { index in
      let isHeld = index % 10 == 0
      // Captured ones live in the upper half, so that nothing is blocked on both sides.
      let half: UInt128 = isHeld ? 0x0A80_0000 : 0x0A00_0000
      let address = IPAddress(.ipv4, half | UInt128.random(in: 0..<0x80_0000, using: &random))
      return Endpoint(
        name: "e\(index)", place: .prefixes([Prefix(address)]),
        port: UInt16.random(in: 2000..<3000, using: &random), want: isHeld ? .captured : .bypass)
    }
  }
}
