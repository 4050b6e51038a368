import Addresses
import TestSupport
import Testing

@testable import Istio

@Suite struct LoadProblemTests {
  @Test(arguments: [
    ("*", Backend.iptables), ("*", .nftables), (" ", .iptables), ("70000", .iptables),
    ("70000", .nftables), ("3000:3010", .nftables), ("3000-3010", .iptables), ("80 90", .iptables),
  ])
  func aPortItsToolRefusesIsTold(port: String, backend: Backend) throws {
    var config = CaptureConfig()
    config.outboundPortsExclude = "3306," + port
    let problem = try #require(CaptureRules(for: config, backend: backend).loadProblems.first)
    #expect(problem.key == .outboundPortsExclude)
    #expect(problem.item == port)
    #expect(problem.isCertain)
  }

  @Test func whatNftTakesForNoSingleValueIsTold() throws {
    let items: [(WritableKeyPath<CaptureConfig, String>, String)] = [
      (\.excludeInterfaces, "eth 0"), (\.outboundPortsInclude, "80;"),
      (\.ownerGroupsInclude, "a b"), (\.inboundTunnelPort, "15008,1"),
      (\.inboundTProxyMark, "0xff/0xff"), (\.inboundTProxyMark, "1337/0xffff"),
    ]
    for (setting, item) in items {
      var config = CaptureConfig()
      config.inboundInterceptionMode = "TPROXY"
      config.inboundPortsInclude = "*"
      config[keyPath: setting] = item
      let problems = try CaptureRules(for: config, backend: .nftables).loadProblems
      #expect(problems.contains { $0.item == item && $0.isCertain }, "\(item)")
    }
  }

  @Test(arguments: [("3000:3010", Backend.iptables), ("3000-3010", .nftables), (" 80", .nftables)])
  func aPortItsToolTakesIsNotTold(port: String, backend: Backend) throws {
    var config = CaptureConfig()
    config.outboundPortsExclude = port
    #expect(try CaptureRules(for: config, backend: backend).loadProblems.isEmpty)
  }

  @Test func aGroupNameIsToldAsDependingOnThePlace() throws {
    var config = CaptureConfig()
    config.ownerGroupsExclude = "java,4242"
    for backend in Backend.allCases {
      let problems = try CaptureRules(for: config, backend: backend).loadProblems
      #expect(problems.map(\.item) == ["java"])
      #expect(problems.map(\.kind) == [.name(in: "/etc/group")])
    }
  }

  /// Servers of a family that is off: nft has one jump for both families, and nothing to jump to.
  @Test func aJumpToNoChainIsTold() throws {
    var config = CaptureConfig()
    config.redirectDNS = true
    config.dnsServersV6 = ["fd00:10:96::a"]
    let problems = try CaptureRules(for: config, backend: .nftables).loadProblems
    #expect(problems.map(\.item) == ["istio-output-dns", "istio-inbound"])
    #expect(problems.allSatisfy { $0.kind == .missingChain })
    #expect(try CaptureRules(for: config).loadProblems.isEmpty)
  }

  @Test func theDefaultsLoad() throws {
    for version in IstioVersion.all {
      for backend in Backend.allCases where backend == .iptables || version.has(.nativeNftables) {
        let rules = try CaptureRules(for: CaptureConfig(), version: version, backend: backend)
        #expect(rules.loadProblems.isEmpty)
      }
    }
  }
}

/// What we say the tools do against what they do, in a namespace of our own.
@Suite struct LoadProblemToolTests {
  @Test func theToolsAgreeOnOddItems() throws {
    let tools = LoadTools()
    guard tools.arePresent else { return }
    let settings: [WritableKeyPath<CaptureConfig, String>] = [
      \.outboundPortsExclude, \.proxyPort, \.inboundCapturePort, \.inboundTunnelPort, \.proxyUID,
      \.ownerGroupsExclude, \.inboundTProxyMark,
    ]
    for item in odd {
      for setting in settings {
        var config = CaptureConfig()
        config.inboundInterceptionMode = "TPROXY"
        config.inboundPortsInclude = "*"
        config.redirectDNS = true
        config.captureAllDNS = true
        config[keyPath: setting] = item
        try tools.add(config, note: "'\(item)' in \(setting)")
      }
      var config = CaptureConfig()
      config.redirectDNS = true
      config.dnsServersV4 = [item]
      try tools.add(config, note: "'\(item)' as a DNS server")
    }
    for name in oddInterfaces {
      var config = CaptureConfig()
      config.excludeInterfaces = name
      try tools.add(config, note: "interface '\(name)'")
    }
    try tools.judge()
  }

  @Test func theToolsAgreeOnRandomConfigs() throws {
    let tools = LoadTools()
    guard tools.arePresent, let root = casesRoot() else { return }
    for version in ["1.24", "1.31"] {
      for line in try TestFiles.text("\(root)/istio/\(version)/random.jsonl").split(separator: "\n")
      {
        let record = try RandomCase(line)
        try tools.add(record.config, note: record.name)
      }
    }
    try tools.judge()
  }

  private var odd: [String] {
    [
      "80", " 80 ", "0", "65535", "65536", "4294967294", "4294967295", "4294967296",
      "99999999999999999999999", "0x50", "0xfffff", "010", "08", "0080", "+80", "-1", "-80", "80-",
      ":80", "80:", ":", "80:90", "90:80", "80-90", "90-80", "80-80", "1:2:3", "1-2-3", "80 90",
      "abc", "nosuch-name", "http", "root", "*", "a*", "80*", "eth+", "a:b", "a.b", "80.90", "1_2",
      "_", "8.8.8.8", "::1", "1.2.3", "300.1.1.1", "8.8.8.8:53", " ", "80%", "/", "80;", "80;x",
      "80,90", "80/8", "80/16", "80/17", "80/33", "0xff/0xff", "1337/0xffff", "http/8", "a b",
      "80 x",
    ]
  }

  private var oddInterfaces: [String] {
    [
      "eth0", " eth0", "eth0.100", "eth+", "eth*", "*", "+", "verylonginterface",
      "sixteen-chars-xx", "fifteen-chars-x", "counter", "bridge", "tun-in", "_x", ".x", "-x", "1x",
      "123", "0x1f", "1.2", "10.0.0.1", "300.1.1.1", " ", "eth%0", "wg0", "dummy0",
      "eth 0", "eth0;", "a/b",
    ]
  }
}
