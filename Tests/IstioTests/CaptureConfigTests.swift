import Testing

@testable import Istio

@Suite struct CaptureConfigTests {
  @Test func keysNotGivenHaveTheDefaultsOfIstioIptables() throws {
    let config = try CaptureConfig([(key: "ProxyUID", value: .number("0"))])
    #expect(config.proxyUID == "0" && config.proxyGID == "1337")
    #expect(config.outboundIPRangesInclude == "" && config.inboundPortsInclude == "")
    #expect(config.ownerGroupsInclude == "*" && config.proxyPort == "15001")
  }

  @Test(arguments: ["EnableIPv6", "EnableInboundIPv6"])
  func bothSpellingsAreOneKey(spelling: String) throws {
    #expect(try CaptureConfig([(key: spelling, value: .flag(true))]).enableIPv6)
    let error = #expect(throws: CaptureConfig.KeyError.self) {
      try CaptureConfig([
        (key: "EnableIPv6", value: .flag(true)), (key: spelling, value: .flag(true)),
      ])
    }
    #expect(error == CaptureConfig.KeyError(key: spelling, index: 1, reason: .repeated))
  }

  @Test(arguments: [
    ("OutboundPortExclude", CaptureConfig.Value.text("80"), CaptureConfig.KeyError.Reason.unknown),
    ("outboundPortsExclude", .text("80"), .unknown),
    ("EnableIPv6", .text("true"), .wrongKind(expected: "true or false")),
    ("DryRun", .text("x"), .wrongKind(expected: "true or false")),
    ("ProxyUID", .flag(true), .wrongKind(expected: "a text")),
    ("ProxyUID", .mapping, .wrongKind(expected: "a text")),
    ("DNSServersV4", .text("8.8.8.8"), .wrongKind(expected: "a list of addresses")),
    ("DNSServersV4", .list([.flag(true)]), .wrongKind(expected: "a list of addresses")),
  ])
  func refuses(
    key: String, value: CaptureConfig.Value, reason: CaptureConfig.KeyError.Reason
  ) {
    #expect(throws: CaptureConfig.KeyError(key: key, index: 0, reason: reason)) {
      try CaptureConfig([(key: key, value: value)])
    }
  }

  @Test func keysWithoutEffectAreTaken() throws {
    let config = try CaptureConfig([
      (key: "DryRun", value: .flag(true)), (key: "RestoreFormat", value: .flag(false)),
      (key: "ProxyPort", value: .null),
    ])
    #expect(config == CaptureConfig())
  }
}

@Suite struct GeneratorTests {
  private func refusal(
    _ version: Int, _ change: (inout CaptureConfig) -> Void
  ) -> Refusal? {
    var config = CaptureConfig()
    change(&config)
    do throws(Refusal) {
      _ = try CaptureRules(for: config, version: IstioVersion(minor: version))
      return nil
    } catch {
      return error
    }
  }

  @Test func aBadRangeIsSkippedUpTo126AndRefusedFrom127On() throws {
    var config = CaptureConfig()
    config.outboundIPRangesExclude = "10.0.0.0/8,10.1.2.3,*"
    let rules = try CaptureRules(for: config, version: IstioVersion(minor: 26))
    #expect(
      rules.notices == [
        .rangeSkipped(
          .outboundIPRangesExclude, item: "10.1.2.3", offset: 11,
          .noLength(meant: .init(.init("10.1.2.3")!))),
        .rangeSkipped(.outboundIPRangesExclude, item: "*", offset: 20, .wildcard),
      ])
    let refusal = refusal(27) { $0.outboundIPRangesExclude = "10.0.0.0/8,10.1.2.3" }
    #expect(refusal?.item == "10.1.2.3" && refusal?.offset == 11)
    #expect(refusal?.stage == .generator)
  }

  @Test(arguments: IstioVersion.all)
  func noVersionExcludesEverythingByAStar(version: IstioVersion) {
    let refusal = refusal(version.minor) { $0.outboundIPRangesExclude = "*" }
    #expect(refusal?.reason == .wildcard(instead: "0.0.0.0/0,::/0"))
  }

  @Test func moreThan64GroupsAreRefused() {
    let groups = { (count: Int) in (1...count).map(String.init).joined(separator: ",") }
    #expect(refusal(31) { $0.ownerGroupsInclude = groups(64) } == nil)
    #expect(refusal(31) { $0.ownerGroupsInclude = groups(65) }?.reason == .tooManyGroups(65))
    #expect(refusal(31) { $0.ownerGroupsExclude = groups(65) } == nil)
  }

  @Test(arguments: ["10.0.0.0/8", "127.0.0.1", "127.0.0.0/7", "::1/128", "", "127.0.0.1/33"])
  func aLoopbackRangeThatIsNoneIsRefusedFrom121On(range: String) {
    #expect(refusal(20) { $0.hostIPv4LoopbackCidr = range } == nil)
    #expect(refusal(21) { $0.hostIPv4LoopbackCidr = range } != nil)
  }

  /// What the app sends itself over lo is captured where a range that is included says so.
  @Test(arguments: [
    ("127.0.0.2/32", true), ("::1/128", true), ("::ffff:127.0.0.1/128", true),
    ("::ffff:127.0.0.1/64", true), ("::ffff:10.0.0.1/128", false), ("::127.0.0.1/128", false),
    ("126.0.0.0/7", false),
  ])
  func anIncludedLoopbackAddressKeepsTheAppsOwnCalls(range: String, isKept: Bool) throws {
    var config = CaptureConfig()
    config.outboundIPRangesInclude = range
    let text = try CaptureRules(for: config, version: .newest).text
    #expect(text.contains("-o lo -m owner ! --uid-owner") == !isKept)
  }

  @Test func nativeNftablesNeeds127() {
    #expect(throws: Refusal.self) {
      try CaptureRules(
        for: CaptureConfig(), version: IstioVersion(minor: 26), backend: .nftables)
    }
  }

  @Test func dnsWithoutServersIsSwitchedOffFrom125On() throws {
    var config = CaptureConfig()
    config.redirectDNS = true
    let old = try CaptureRules(for: config, version: IstioVersion(minor: 24))
    let new = try CaptureRules(for: config, version: IstioVersion(minor: 25))
    #expect(old.notices == [.dnsCapturesNothing] && old.text.contains("! --dport 53"))
    #expect(new.notices == [.noDNSServers] && !new.text.contains("53"))
  }

  /// One rule a line, and a line of a rule always says what it is there for.
  @Test(arguments: IstioVersion.all)
  func everyRuleHasAPurpose(version: IstioVersion) throws {
    var config = CaptureConfig()
    config.outboundPortsExclude = "3307"
    config.inboundPortsInclude = "*"
    config.outboundIPRangesInclude = "*"
    for backend in Backend.allCases where backend == .iptables || version.has(.nativeNftables) {
      let rules = try CaptureRules(for: config, version: version, backend: backend)
      let lines = rules.text.split(separator: "\n")
      #expect(lines.count == rules.lines.count)
      for (index, line) in lines.enumerated() {
        let isRule = line.contains("-A ") || line.contains("-I ") || line.contains(" rule ")
        let purpose = rules.purpose(ofLine: index + 1)
        #expect((purpose != nil) == isRule, "\(line)")
        #expect(purpose.map { !$0.description.isEmpty && !$0.description.contains("\n") } ?? true)
      }
      let excluded = lines.firstIndex { $0.contains("3307") }
      #expect(
        excluded.flatMap { rules.purpose(ofLine: $0 + 1) } == .excludedOutboundPort("3307", .tcp))
    }
  }
}
