import Addresses

extension CaptureProgram {
  /// A DNS server of one family, or every server of both.
  private struct Target {
    var server: String?
    var families: [Family]
  }

  private var targets: [Target] {
    if config.captureAllDNS { return [Target(server: nil, families: Family.allCases)] }
    return config.dnsServersV4.map { Target(server: $0, families: [.ipv4]) }
      + config.dnsServersV6.map { Target(server: $0, families: [.ipv6]) }
  }

  /// The families that have a server to capture.
  private var families: [Family] {
    Family.allCases.filter { family in targets.contains { $0.families.contains(family) } }
  }

  // MARK: From 1.25 on

  mutating func captureDNSInChains() {
    append(.raw, .output, .enterDNS)
    append(.nat, .outbound, .enterDNS, in: families)
    redirectDNS(.tcp, in: .outboundDNS)
    redirectDNS(.udp, in: .outboundDNS)
    splitZones(in: .outboundDNS)
    append(.raw, .prerouting, .enterDNSReplies, in: families)
    for target in targets {
      append(.raw, .outboundDNS, .dnsZoneOfQuery(server: target.server), in: target.families)
      append(
        .raw, .inbound, .dnsZoneOfReply(server: target.server, bySource: true),
        in: target.families)
    }
  }

  // MARK: Up to 1.24

  mutating func captureDNSOverTCP() {
    redirectDNS(.tcp, in: .outbound)
  }

  mutating func captureDNSOverUDP() {
    let chain: CaptureRule.Chain
    if version.has(.dnsThroughOutputChain) {
      append(.nat, .output, .enterOutput(.udp))
      append(.raw, .output, .enterOutput(.udp))
      chain = .outbound
    } else {
      chain = .output
    }
    for owner in owners { append(.nat, chain, .dnsOfProxy(owner)) }
    switch config.ownerGroups {
    case .allBut(let groups):
      for group in groups { append(.nat, chain, .dnsOfExcludedGroup(group)) }
    case .only(let groups):
      append(.nat, chain, .dnsOfOtherGroups(groups))
    }
    redirectDNS(.udp, in: chain)
    splitZones(in: chain)
    for target in targets {
      append(.raw, chain, .dnsZoneOfQuery(server: target.server), in: target.families)
      append(
        .raw, .prerouting,
        .dnsZoneOfReply(
          server: target.server, bySource: target.server != nil && version.has(.dnsRepliesBySource)),
        in: target.families)
    }
  }

  // MARK: Both

  private mutating func redirectDNS(
    _ transport: RulePurpose.Transport, in chain: CaptureRule.Chain
  ) {
    for target in targets {
      append(
        .nat, chain, .dnsCaptured(server: target.server, transport), in: target.families)
    }
  }

  /// The agent's queries and answers are tracked apart from the app's, so that both may use the
  /// same source port.
  private mutating func splitZones(in chain: CaptureRule.Chain) {
    for owner in owners {
      append(.raw, chain, .dnsZoneOfProxyQuery(owner))
      append(.raw, chain, .dnsZoneOfProxyAnswer(owner))
    }
  }
}
