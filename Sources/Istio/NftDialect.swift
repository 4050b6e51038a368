import Addresses

/// Spells rules as statements of a native nft script, in the order Istio gives them.
struct NftDialect {
  let config: CaptureConfig
  let version: IstioVersion

  /// What follows the chain's name.
  ///
  /// The counter stands between what a rule matches and what it does.
  func words(for purpose: RulePurpose, _ family: Family) -> [String] {
    let (match, action) = sentence(for: purpose, family)
    return match + (version.has(.nftCounters) ? ["counter"] : []) + action
  }

  private func sentence(
    for purpose: RulePurpose, _ family: Family
  ) -> (match: [String], action: [String]) {
    let notLoopback = [address(family), "daddr", "!=", config.loopback(family, version: version)]
    let fromEnvoy = [address(family), "saddr", family == .ipv4 ? "127.0.0.6/32" : "::6/128"]
    switch purpose {
    case .excludedInterface(let name, .inbound): return (["iifname", name], ["return"])
    case .excludedInterface(let name, .outbound): return (["oifname", name], ["return"])
    case .virtualInterfacePassedBy(let name): return (["iifname", name], ["return"])
    case .virtualInterfaceCaptured(let name, let range):
      return (["iifname", name] + (range.map(destination) ?? []), jump(.redirect))

    case .invalidDropped: return (tcp + ["ct", "state", "invalid"], ["drop"])
    case .invalidToDropChain: return (tcp + ["ct", "state", "invalid"], jump(.drop))
    case .drop: return ([], ["drop"])

    case .toOutboundListener(let port), .toInboundListener(let port):
      return (tcp, ["redirect", "to", ":" + port])

    case .tunnelPort(let port), .excludedInboundPort(let port):
      return (tcp + destinationPort(port), ["return"])
    case .enterInbound: return (tcp, jump(.inbound))
    case .establishedInbound(let port):
      return (
        tcp + ["ct", "state", "related,established"] + (port.map { destinationPort($0) } ?? []),
        jump(.divert)
      )
    case .capturedInbound(let port, let way):
      return (
        tcp + (port.map { destinationPort($0) } ?? []),
        jump(way == .tproxy ? .tproxy : .inRedirect)
      )
    case .divertMark(let mark): return ([], ["meta", "mark", "set", mark])
    case .divertAccept: return ([], ["accept"])
    case .tproxy(let mark, let port):
      return (
        tcp + notLoopback + [
          "tproxy", address(family), "to", ":" + port, "meta", "mark", "set", mark,
        ],
        ["accept"]
      )

    case .enterOutput: return ([], jump(.outbound))
    case .excludedOutboundPort(let port, let transport):
      return (destinationPort(port, transport), ["return"])
    case .passthroughSource: return (["oifname", "lo"] + fromEnvoy, ["return"])
    case .proxyToItself(let owner, let ports):
      let notTo = ports.count > 1 ? "{ " + ports.joined(separator: ", ") + " }" : ports.joined()
      return (
        ["oifname", "lo"] + tcp + notLoopback + ["tcp", "dport", "!=", notTo] + self.owner(owner),
        jump(.inRedirect)
      )
    case .appToItself(let owner, let exceptDNS):
      return (
        ["oifname", "lo"] + (exceptDNS ? tcp + ["tcp", "dport", "!=", "53"] : []) + notOwner(owner),
        ["return"]
      )
    case .proxyTraffic(let owner): return (self.owner(owner), ["return"])
    case .excludedGroup(let group): return (owner(.group(group)), ["return"])
    case .otherGroups(let groups): return (groups.flatMap { notOwner(.group($0)) }, ["return"])
    case .loopbackDestination:
      return ([address(family), "daddr", config.loopback(family, version: version)], ["return"])
    case .excludedRange(let range): return (destination(range), ["return"])
    case .includedOutboundPort(let port): return (destinationPort(port), jump(.redirect))
    case .includedRange(let range): return (destination(range), jump(.redirect))
    case .everythingElseCaptured: return ([], jump(.redirect))
    case .everythingElsePassedBy: return ([], ["return"])

    case .enterDNS: return ([], jump(.outboundDNS))
    case .dnsCaptured(let server, let transport):
      let any = transport == .tcp ? tcp : []
      return (
        (server.map { host("daddr", $0, family) } ?? any) + destinationPort("53", transport),
        ["redirect", "to", ":15053"]
      )
    case .dnsOfProxy(let owner): return (dns + self.owner(owner), ["return"])
    case .dnsOfExcludedGroup(let group): return (dns + owner(.group(group)), ["return"])
    case .dnsOfOtherGroups(let groups):
      return (dns + groups.flatMap { notOwner(.group($0)) }, ["return"])
    case .dnsZoneOfProxyQuery(let owner): return (dns + ["meta"] + self.owner(owner), zone(1))
    case .dnsZoneOfProxyAnswer(let owner):
      return (["udp", "sport", "15053", "meta"] + self.owner(owner), zone(2))
    case .dnsZoneOfQuery(let server):
      return (dns + (server.map { host("daddr", $0, family) } ?? []), zone(2))
    case .dnsZoneOfReply(let server, _):
      return (["udp", "sport", "53"] + (server.map { host("saddr", $0, family) } ?? []), zone(1))
    case .enterDNSReplies: return ([], jump(.inbound))

    case .saveMark(let mark): return (tcp + ["mark", mark], ["ct", "mark", "set", "mark"])
    case .restoreMark(let mark):
      return (tcp + ["ct", "mark", mark], ["meta", "mark", "set", "ct", "mark"])
    case .markedOverLoopback(let mark):
      return (["oifname", "lo"] + tcp + ["mark", mark], ["return"])
    case .markProxyToItself(let owner):
      return (
        ["oifname", "lo"] + tcp + notLoopback + self.owner(owner), ["meta", "mark", "set", "1338"]
      )
    case .markedInbound(let mark): return (tcp + ["mark", mark], ["return"])
    case .passthroughInbound: return (["iifname", "lo"] + tcp + fromEnvoy, ["return"])
    case .appToItselfInbound:
      return (["iifname", "lo"] + tcp + ["mark", "!=", "1338"], ["return"])

    case .traced(let purpose, let label):
      return (sentence(for: purpose, family).match, ["log", "prefix", "\"\(label)\""])
    }
  }
}

// MARK: - Pieces

extension NftDialect {
  private var tcp: [String] { ["meta", "l4proto", "tcp"] }
  private var dns: [String] { ["udp", "dport", "53"] }

  private func address(_ family: Family) -> String { family == .ipv4 ? "ip" : "ip6" }

  private func destination(_ range: Prefix) -> [String] {
    [address(range.family), "daddr", range.description]
  }

  private func destinationPort(
    _ port: String, _ transport: RulePurpose.Transport = .tcp
  ) -> [String] {
    [transport.rawValue, "dport", port]
  }

  private func host(_ end: String, _ server: String, _ family: Family) -> [String] {
    [address(family), end, "\(server)/\(family.width)"]
  }

  private func owner(_ owner: RulePurpose.Owner) -> [String] {
    switch owner {
    case .user(let id): ["skuid", id]
    case .group(let id): ["skgid", id]
    }
  }

  private func notOwner(_ owner: RulePurpose.Owner) -> [String] {
    let words = self.owner(owner)
    return [words[0], "!="] + words[1...]
  }

  private func zone(_ number: Int) -> [String] { ["ct", "zone", "set", "\(number)"] }

  private func jump(_ chain: CaptureRule.Chain) -> [String] { ["jump", chain.nftName] }
}

extension CaptureRule.Chain {
  /// The name in nft.
  public var nftName: String {
    switch self {
    case .prerouting: "prerouting"
    case .output: "output"
    case .divert: "istio-divert"
    case .tproxy: "istio-tproxy"
    case .inbound: "istio-inbound"
    case .redirect: "istio-redirect"
    case .inRedirect: "istio-in-redirect"
    case .outbound: "istio-output"
    case .outboundDNS: "istio-output-dns"
    case .drop: "istio-drop"
    }
  }
}
