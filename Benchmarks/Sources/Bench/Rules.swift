import Addresses
import CPeers
import Istio
import Ruleset
import RulesetText

/// The rulesets measured, made here so that every machine has the same.
enum Rules {
  /// Istio's defaults with so many exclusions, half of them ports and half networks.
  static func istio(exclusions: Int) throws -> CaptureRules {
    var config = CaptureConfig()
    config.inboundPortsInclude = "*"
    config.inboundPortsExclude = "15090,15021,15020"
    config.outboundIPRangesInclude = "*"
    config.outboundPortsExclude = excludedPorts(exclusions).map(String.init).joined(separator: ",")
    config.outboundIPRangesExclude = excludedNetworks(exclusions).map {
      "\(IPAddress(.ipv4, UInt128($0)))/24"
    }.joined(separator: ",")
    return try CaptureRules(for: config, version: .newest, backend: .iptables)
  }

  private static func excludedPorts(_ exclusions: Int) -> [UInt16] {
    (0..<(exclusions / 2)).map { UInt16(3000 + 7 * $0) }
  }

  private static func excludedNetworks(_ exclusions: Int) -> [UInt32] {
    (0..<(exclusions - exclusions / 2)).map { 0x0A14_0000 + UInt32($0) << 9 }
  }

  /// What those rules capture of an app's outbound traffic, as one flat chain for the peer in C.
  static func flat(exclusions: Int) -> [peer_rule] {
    let ports = excludedPorts(exclusions).map { peer_rule(ports: $0...$0) }
    let proxy = [peer_rule(uids: 1337...1337), peer_rule(gids: 1337...1337)]
    let loopback = [
      peer_rule(lo: 1...1), peer_rule(destinations: 0x7F00_0001...0x7F00_0001),
    ]
    let networks = excludedNetworks(exclusions).map { peer_rule(destinations: $0...($0 | 255)) }
    return ports + loopback + proxy + networks + [peer_rule(protocols: 6...6, redirects: true)]
  }

  /// A nat table as kube-proxy writes it, of about so many rules: services of three endpoints each,
  /// chosen at random by `statistic`.
  static func kubernetes(rules: Int) -> String {
    var chains = [
      ":PREROUTING ACCEPT [0:0]", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]",
      ":POSTROUTING ACCEPT [0:0]", ":KUBE-MARK-MASQ - [0:0]", ":KUBE-NODEPORTS - [0:0]",
      ":KUBE-POSTROUTING - [0:0]", ":KUBE-SERVICES - [0:0]",
    ]
    var head = [
      "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES",
      "-A OUTPUT -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES",
      "-A POSTROUTING -m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING",
      "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
      "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
      "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0",
      "-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" "
        + "-j MASQUERADE",
    ]
    var tail: [String] = []
    for service in 0..<max(1, (rules - 8) / 11) {
      let id = String(service, radix: 36, uppercase: true)
      let name = "\"ns\(service % 50)/service\(service):http\""
      let address = IPAddress(.ipv4, UInt128(0x0A60_0000 + service))
      chains.append(":KUBE-SVC-\(id) - [0:0]")
      head.append(
        "-A KUBE-SERVICES -d \(address)/32 -p tcp -m comment --comment \(name) -m tcp "
          + "--dport \(80 + service % 3) -j KUBE-SVC-\(id)")
      tail.append(
        "-A KUBE-SVC-\(id) ! -s 10.244.0.0/16 -d \(address)/32 -p tcp -m comment --comment \(name) "
          + "-m tcp --dport \(80 + service % 3) -j KUBE-MARK-MASQ")
      let odds = ["0.33333333349", "0.50000000000"].map {
        "-m statistic --mode random --probability \($0) "
      }
      for (endpoint, odds) in (odds + [""]).enumerated() {
        let pod = IPAddress(.ipv4, UInt128(0x0AF4_0000 + service * 3 + endpoint))
        chains.append(":KUBE-SEP-\(id)\(endpoint) - [0:0]")
        tail.append(
          "-A KUBE-SVC-\(id) -m comment --comment \(name) \(odds)-j KUBE-SEP-\(id)\(endpoint)")
        tail.append(
          "-A KUBE-SEP-\(id)\(endpoint) -s \(pod)/32 -m comment --comment \(name) "
            + "-j KUBE-MARK-MASQ")
        tail.append(
          "-A KUBE-SEP-\(id)\(endpoint) -p tcp -m comment --comment \(name) -m tcp "
            + "-j DNAT --to-destination \(pod):8080")
      }
    }
    head.append(
      "-A KUBE-SERVICES -m comment --comment \"kubernetes service nodeports\" -m addrtype "
        + "--dst-type LOCAL -j KUBE-NODEPORTS")
    return (["*nat"] + chains + head + tail + ["COMMIT", ""]).joined(separator: "\n")
  }

  /// An nft script of plain rules in so many chains.
  static func native(chains: Int, rules: Int) -> String {
    var lines = ["table ip bench {"]
    for chain in 0..<chains {
      lines.append("  chain c\(chain) {")
      for rule in 0..<rules {
        let address = IPAddress(.ipv4, UInt128(0x0A00_0000 + chain << 16 + rule))
        lines.append(
          "    ip daddr \(address) tcp dport \(1 + rule % 65535) meta skuid 1000 counter accept")
      }
      lines.append("  }")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }
}

extension peer_rule {
  init(
    destinations: ClosedRange<UInt32> = 0...UInt32.max, ports: ClosedRange<UInt16> = 0...UInt16.max,
    protocols: ClosedRange<UInt8> = 0...UInt8.max, uids: ClosedRange<UInt32> = 0...UInt32.max,
    gids: ClosedRange<UInt32> = 0...UInt32.max, lo: ClosedRange<UInt8> = 0...1,
    redirects: Bool = false
  ) {
    self.init(
      destination_low: destinations.lowerBound, destination_high: destinations.upperBound,
      uid_low: uids.lowerBound, uid_high: uids.upperBound, gid_low: gids.lowerBound,
      gid_high: gids.upperBound, port_low: ports.lowerBound, port_high: ports.upperBound,
      protocol_low: protocols.lowerBound, protocol_high: protocols.upperBound,
      lo_low: lo.lowerBound, lo_high: lo.upperBound, redirects: redirects ? 1 : 0)
  }
}
