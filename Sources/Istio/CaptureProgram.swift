import Addresses

/// The rules a config asks for, in the order Istio's generator emits them.
///
/// One algorithm for every version and both back ends: what differs between versions is asked of
/// `IstioVersion.Feature`, what differs between back ends is spelling. Models `Run` of
/// tools/istio-iptables/pkg/capture/run.go and tools/istio-nftables/pkg/capture/run.go.
public struct CaptureProgram: Sendable {
  let config: CaptureConfig
  let version: IstioVersion
  let excluded: OutboundRanges
  let included: OutboundRanges
  /// DNS capture that has something to capture.
  let capturesDNS: Bool
  private(set) var rules: [CaptureRule] = []

  /// Throws what the version's generator refuses.
  public init(_ config: CaptureConfig, version: IstioVersion) throws(Refusal) {
    try config.validate(for: version)
    self.config = config
    self.version = version
    excluded = try OutboundRanges(
      config.outboundIPRangesExclude, of: .outboundIPRangesExclude, version: version)
    if excluded.isEverything {
      throw Refusal(
        by: .generator, .outboundIPRangesExclude, value: "*",
        because: .wildcard(instead: "0.0.0.0/0,::/0"))
    }
    included = try OutboundRanges(
      config.outboundIPRangesInclude, of: .outboundIPRangesInclude, version: version)
    capturesDNS =
      config.redirectDNS && !(version.has(.dnsNeedsServers) && config.capturesNoDNSServer)
    collect()
  }

  private mutating func collect() {
    passByInterfaces()
    dropInvalid()
    append(.nat, .inbound, .tunnelPort(config.inboundTunnelPort))
    append(.nat, .redirect, .toOutboundListener(port: config.proxyPort))
    append(.nat, .inRedirect, .toInboundListener(port: config.inboundCapturePort))
    captureInbound()
    captureOutbound()
    if config.isTProxy { markForTProxy() }
  }

  private mutating func passByInterfaces() {
    let interfaces = config.items(of: \.excludeInterfaces)
    for table in [CaptureRule.Table.nat] + (config.isTProxy ? [.mangle] : []) {
      for name in interfaces {
        append(table, .prerouting, .excludedInterface(name, .inbound))
        append(table, .output, .excludedInterface(name, .outbound))
      }
    }
    for name in config.items(of: \.rerouteVirtualInterfaces) {
      insert(1, .nat, .prerouting, .virtualInterfacePassedBy(name))
    }
  }

  private mutating func dropInvalid() {
    guard config.dropInvalid else { return }
    if version.has(.dropChain) {
      append(.mangle, .prerouting, .invalidToDropChain)
      append(.mangle, .drop, .drop)
    } else {
      append(.mangle, .prerouting, .invalidDropped)
    }
  }
}

// MARK: - Substance

extension CaptureProgram {
  /// What the rules come to, by whichever back end and however they are spelled: programs that agree
  /// in it make rulesets that are alike, chain by chain.
  public struct Substance: Equatable, Sendable {
    /// In which order chains are filled makes no difference.
    fileprivate let chains: [ChainPlace: [CaptureRule]]
    fileprivate let loopback: String
    fileprivate let isIPv6Enabled: Bool
  }

  public var substance: Substance {
    Substance(
      chains: Dictionary(grouping: rules, by: ChainPlace.init),
      loopback: config.loopback(.ipv4, version: version), isIPv6Enabled: config.enableIPv6)
  }
}

// MARK: - Collecting

extension CaptureProgram {
  var owners: [RulePurpose.Owner] {
    config.items(of: \.proxyUID).map(RulePurpose.Owner.user)
      + config.items(of: \.proxyGID).map(RulePurpose.Owner.group)
  }

  mutating func append(
    _ table: CaptureRule.Table, _ chain: CaptureRule.Chain, _ purpose: RulePurpose,
    in families: [Family] = Family.allCases
  ) {
    if let companion = companion(of: purpose) {
      add(table, chain, .append, companion, families)
    }
    add(table, chain, .append, purpose, families)
  }

  /// Inserted after it, at its place, a trace rule comes to stand before the rule it traces.
  mutating func insert(
    _ position: Int, _ table: CaptureRule.Table, _ chain: CaptureRule.Chain,
    _ purpose: RulePurpose, in families: [Family] = Family.allCases
  ) {
    add(table, chain, .insert(position), purpose, families)
    if let companion = companion(of: purpose) {
      add(table, chain, .insert(position), companion, families)
    }
  }

  private func companion(of purpose: RulePurpose) -> RulePurpose? {
    guard config.traceLogging, version.has(.traceRules), let label = purpose.traceLabel else {
      return nil
    }
    return .traced(purpose, label: label)
  }

  private mutating func add(
    _ table: CaptureRule.Table, _ chain: CaptureRule.Chain, _ placement: CaptureRule.Placement,
    _ purpose: RulePurpose, _ families: [Family]
  ) {
    guard !families.isEmpty else { return }
    rules.append(
      CaptureRule(
        table: table, chain: chain, placement: placement, purpose: purpose, families: families))
  }
}
