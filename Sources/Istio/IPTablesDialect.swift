import Addresses

/// Spells rules as arguments of iptables and ip6tables, in the order Istio gives them.
struct IPTablesDialect {
  let config: CaptureConfig
  let version: IstioVersion

  /// What follows the chain's name.
  func words(for purpose: RulePurpose, _ family: Family) -> [String] {
    let loopback = config.loopback(family, version: version)
    let envoy = family == .ipv4 ? "127.0.0.6/32" : "::6/128"
    switch purpose {
    case .excludedInterface(let name, .inbound): return ["-i", name, "-j", "RETURN"]
    case .excludedInterface(let name, .outbound): return ["-o", name, "-j", "RETURN"]
    case .virtualInterfacePassedBy(let name): return ["-i", name, "-j", "RETURN"]
    case .virtualInterfaceCaptured(let name, let range):
      return ["-i", name] + destination(range) + ["-j", "ISTIO_REDIRECT"]

    case .invalidDropped: return ["-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP"]
    case .invalidToDropChain:
      return ["-m", "conntrack", "--ctstate", "INVALID", "-j", "ISTIO_DROP"]
    case .drop: return ["-j", "DROP"]

    case .toOutboundListener(let port), .toInboundListener(let port):
      return ["-p", "tcp", "-j", "REDIRECT", "--to-ports", port]

    case .tunnelPort(let port), .excludedInboundPort(let port):
      return ["-p", "tcp", "--dport", port, "-j", "RETURN"]
    case .enterInbound: return ["-p", "tcp", "-j", "ISTIO_INBOUND"]
    case .establishedInbound(let port):
      return ["-p", "tcp"] + destinationPort(port)
        + ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ISTIO_DIVERT"]
    case .capturedInbound(let port, let way):
      let target = way == .tproxy ? "ISTIO_TPROXY" : "ISTIO_IN_REDIRECT"
      return ["-p", "tcp"] + destinationPort(port) + ["-j", target]
    case .divertMark(let mark): return ["-j", "MARK", "--set-mark", mark]
    case .divertAccept: return ["-j", "ACCEPT"]
    case .tproxy(let mark, let port):
      return ["!", "-d", loopback, "-p", "tcp", "-j", "TPROXY"]
        + ["--tproxy-mark", mark + "/0xffffffff", "--on-port", port]

    case .enterOutput(let transport): return self.transport(transport) + ["-j", "ISTIO_OUTPUT"]
    case .excludedOutboundPort(let port, let transport):
      return self.transport(transport) + ["--dport", port, "-j", "RETURN"]
    case .passthroughSource: return ["-o", "lo", "-s", envoy, "-j", "RETURN"]
    case .proxyToItself(let owner, let ports):
      let notTo =
        ports.count > 1
        ? ["-m", "multiport", "!", "--dports", ports.joined(separator: ",")]
        : ["!", "--dport"] + ports
      return ["-o", "lo", "!", "-d", loopback, "-p", "tcp"] + notTo + self.owner(owner)
        + ["-j", "ISTIO_IN_REDIRECT"]
    case .appToItself(let owner, let exceptDNS):
      return ["-o", "lo"] + (exceptDNS ? ["-p", "tcp", "!", "--dport", "53"] : [])
        + notOwner(owner) + ["-j", "RETURN"]
    case .proxyTraffic(let owner): return self.owner(owner) + ["-j", "RETURN"]
    case .excludedGroup(let group): return owner(.group(group)) + ["-j", "RETURN"]
    case .otherGroups(let groups):
      return groups.flatMap { notOwner(.group($0)) } + ["-j", "RETURN"]
    case .loopbackDestination: return ["-d", loopback, "-j", "RETURN"]
    case .excludedRange(let range): return destination(range) + ["-j", "RETURN"]
    case .includedOutboundPort(let port):
      return ["-p", "tcp", "--dport", port, "-j", "ISTIO_REDIRECT"]
    case .includedRange(let range): return destination(range) + ["-j", "ISTIO_REDIRECT"]
    case .everythingElseCaptured: return ["-j", "ISTIO_REDIRECT"]
    case .everythingElsePassedBy: return ["-j", "RETURN"]

    case .enterDNS: return ["-j", "ISTIO_OUTPUT_DNS"]
    case .dnsCaptured(let server, let transport):
      // Both spellings of the option stand in Istio's rules.
      let option = transport == .tcp ? "--to-ports" : "--to-port"
      return self.transport(transport) + ["--dport", "53"] + host("-d", server, family)
        + ["-j", "REDIRECT", option, "15053"]
    case .dnsOfProxy(let owner): return dns + self.owner(owner) + ["-j", "RETURN"]
    case .dnsOfExcludedGroup(let group): return dns + owner(.group(group)) + ["-j", "RETURN"]
    case .dnsOfOtherGroups(let groups):
      return dns + groups.flatMap { notOwner(.group($0)) } + ["-j", "RETURN"]
    case .dnsZoneOfProxyQuery(let owner): return dns + self.owner(owner) + zone(1)
    case .dnsZoneOfProxyAnswer(let owner):
      return ["-p", "udp", "--sport", "15053"] + self.owner(owner) + zone(2)
    case .dnsZoneOfQuery(let server): return dns + host("-d", server, family) + zone(2)
    case .dnsZoneOfReply(let server, let bySource):
      return ["-p", "udp", "--sport", "53"] + host(bySource ? "-s" : "-d", server, family) + zone(1)
    case .enterDNSReplies: return ["-j", "ISTIO_INBOUND"]

    case .saveMark(let mark):
      return ["-p", "tcp", "-m", "mark", "--mark", mark, "-j", "CONNMARK", "--save-mark"]
    case .restoreMark(let mark):
      return ["-p", "tcp", "-m", "connmark", "--mark", mark, "-j", "CONNMARK", "--restore-mark"]
    case .markedOverLoopback(let mark):
      return ["-p", "tcp", "-o", "lo", "-m", "mark", "--mark", mark, "-j", "RETURN"]
    case .markProxyToItself(let owner):
      return ["!", "-d", loopback, "-p", "tcp", "-o", "lo"] + self.owner(owner)
        + ["-j", "MARK", "--set-mark", "1338"]
    case .markedInbound(let mark):
      return ["-p", "tcp", "-m", "mark", "--mark", mark, "-j", "RETURN"]
    case .passthroughInbound: return ["-p", "tcp", "-s", envoy, "-i", "lo", "-j", "RETURN"]
    case .appToItselfInbound:
      return ["-p", "tcp", "-i", "lo", "-m", "mark", "!", "--mark", "1338", "-j", "RETURN"]

    case .traced(let purpose, let label):
      // As a command of its own the label is quoted for the shell.
      let prefix = version.has(.restoreText) ? label : "\"\(label)\""
      return words(for: purpose, family).prefix { $0 != "-j" } + ["-j", "NFLOG"]
        + ["--nflog-prefix", prefix, "--nflog-group", "1337", "--nflog-size", "20"]
    }
  }
}

// MARK: - Pieces

extension IPTablesDialect {
  private var dns: [String] { ["-p", "udp", "--dport", "53"] }

  private func transport(_ transport: RulePurpose.Transport?) -> [String] {
    transport.map { ["-p", $0.rawValue] } ?? []
  }

  private func destination(_ range: Prefix?) -> [String] {
    range.map { ["-d", $0.description] } ?? []
  }

  private func destinationPort(_ port: String?) -> [String] {
    port.map { ["--dport", $0] } ?? []
  }

  private func host(_ option: String, _ server: String?, _ family: Family) -> [String] {
    server.map { [option, "\($0)/\(family.width)"] } ?? []
  }

  private func owner(_ owner: RulePurpose.Owner) -> [String] {
    ["-m", "owner"] + flag(owner)
  }

  private func notOwner(_ owner: RulePurpose.Owner) -> [String] {
    ["-m", "owner", "!"] + flag(owner)
  }

  private func flag(_ owner: RulePurpose.Owner) -> [String] {
    switch owner {
    case .user(let id): ["--uid-owner", id]
    case .group(let id): ["--gid-owner", id]
    }
  }

  private func zone(_ number: Int) -> [String] {
    ["-j", "CT", "--zone", "\(number)"]
  }
}

extension CaptureRule.Chain {
  /// The name in iptables.
  public var iptablesName: String {
    switch self {
    case .prerouting: "PREROUTING"
    case .output: "OUTPUT"
    case .divert: "ISTIO_DIVERT"
    case .tproxy: "ISTIO_TPROXY"
    case .inbound: "ISTIO_INBOUND"
    case .redirect: "ISTIO_REDIRECT"
    case .inRedirect: "ISTIO_IN_REDIRECT"
    case .outbound: "ISTIO_OUTPUT"
    case .outboundDNS: "ISTIO_OUTPUT_DNS"
    case .drop: "ISTIO_DROP"
    }
  }
}
