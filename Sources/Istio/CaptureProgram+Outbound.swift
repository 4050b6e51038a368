import Addresses

extension CaptureProgram {
  /// The order of these steps is the order of precedence: what returns first wins.
  mutating func captureOutbound() {
    let everyProtocol = version.has(.everyProtocolInOutput)
    append(.nat, .output, .enterOutput(everyProtocol ? nil : .tcp))
    for port in config.items(of: \.outboundPortsExclude) {
      append(.nat, .outbound, .excludedOutboundPort(port, .tcp))
      if everyProtocol { append(.nat, .outbound, .excludedOutboundPort(port, .udp)) }
    }
    append(.nat, .outbound, .passthroughSource)
    for owner in owners { passBy(owner) }
    passByGroups()
    if capturesDNS {
      if version.has(.dnsChains) { captureDNSInChains() } else { captureDNSOverTCP() }
    }
    append(.nat, .outbound, .loopbackDestination)
    for range in excluded.prefixes {
      append(.nat, .outbound, .excludedRange(range), in: [range.family])
    }
    for port in config.items(of: \.outboundPortsInclude) {
      append(.nat, .outbound, .includedOutboundPort(port))
    }
    captureRanges()
    if capturesDNS, !version.has(.dnsChains) { captureDNSOverUDP() }
  }

  private mutating func passBy(_ owner: RulePurpose.Owner) {
    append(.nat, .outbound, .proxyToItself(owner, exceptPorts: portsNotTurnedBack(for: owner)))
    if !included.holdsLoopback {
      append(.nat, .outbound, .appToItself(owner, exceptDNS: capturesDNS))
    }
    append(.nat, .outbound, .proxyTraffic(owner))
  }

  /// DNS is the agent's business and is not turned back to Envoy; Istio says so for users only.
  private func portsNotTurnedBack(for owner: RulePurpose.Owner) -> [String] {
    if capturesDNS, case .user = owner { return ["53", config.inboundTunnelPort] }
    return [config.inboundTunnelPort]
  }

  private mutating func passByGroups() {
    switch config.ownerGroups {
    case .allBut(let groups):
      for group in groups { append(.nat, .outbound, .excludedGroup(group)) }
    case .only(let groups):
      append(.nat, .outbound, .otherGroups(groups))
    }
  }

  private mutating func captureRanges() {
    let interfaces = config.items(of: \.rerouteVirtualInterfaces)
    if included.isEverything {
      append(.nat, .outbound, .everythingElseCaptured)
      for name in interfaces {
        insert(1, .nat, .prerouting, .virtualInterfaceCaptured(name, to: nil))
      }
      return
    }
    for family in Family.allCases {
      let ranges = included.prefixes(of: family)
      for range in ranges {
        for name in interfaces {
          insert(1, .nat, .prerouting, .virtualInterfaceCaptured(name, to: range), in: [family])
        }
        append(.nat, .outbound, .includedRange(range), in: [family])
      }
      if !ranges.isEmpty, version.has(.returnAfterRanges) {
        append(.nat, .outbound, .everythingElsePassedBy, in: [family])
      }
    }
  }
}
