import Ruleset
import TestSupport
import Testing

@testable import Istio

/// What is told of rules before they are spelled: versions whose programs agree write rulesets that are
/// alike, and those whose programs differ do not.
@Suite struct SubstanceTests {
  private static let configs: [CaptureConfig] = {
    var plain = CaptureConfig()
    plain.inboundPortsInclude = "*"
    plain.outboundIPRangesInclude = "*"
    plain.outboundPortsExclude = "3307,11211"
    var configs = [plain]
    func add(_ change: (inout CaptureConfig) -> Void) {
      var config = plain
      change(&config)
      configs.append(config)
    }
    add { $0.enableIPv6 = true }
    add { $0.inboundInterceptionMode = "TPROXY" }
    add { ($0.dropInvalid, $0.outboundIPRangesInclude) = (true, "10.0.0.0/8,fd00::/8") }
    add { ($0.redirectDNS, $0.captureAllDNS, $0.enableIPv6) = (true, true, true) }
    add { $0.hostIPv4LoopbackCidr = "127.0.0.0/8" }
    add { ($0.ownerGroupsInclude, $0.excludeInterfaces) = ("java,202", "eth1") }
    add { $0.traceLogging = true }
    return configs
  }()

  @Test(arguments: Self.configs.indices)
  func programsAgreeWhereRulesetsDo(config index: Int) throws {
    let config = Self.configs[index]
    for backend in Backend.allCases {
      let versions = IstioVersion.all.filter { (try? $0.validate(backend)) != nil }
      let written = try versions.map { version in
        (
          substance: try CaptureProgram(config, version: version).substance,
          chains: try CaptureRules(for: config, version: version, backend: backend).ruleset().steps
        )
      }
      for (first, a) in zip(versions, written) {
        for (second, b) in zip(versions, written) {
          #expect(
            (a.substance == b.substance) == (a.chains == b.chains), "\(backend) \(first) \(second)")
        }
      }
    }
  }
}

extension Ruleset {
  /// What the rules do, by chain; those without rules are left out.
  fileprivate var steps: [[String]: [[Rule.Step]]] {
    var steps: [[String]: [[Rule.Step]]] = [:]
    for table in tables {
      for chain in table.chains where !chain.rules.isEmpty {
        steps[[table.family.rawValue, table.name, chain.name]] = chain.rules.map(\.steps)
      }
    }
    return steps
  }
}
