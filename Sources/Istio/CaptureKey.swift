/// The keys of a capture config, spelled as the fields of Istio's own `Config`.
public enum CaptureKey: String, Hashable, Sendable, CaseIterable {
  case proxyPort = "ProxyPort"
  case inboundCapturePort = "InboundCapturePort"
  case inboundTunnelPort = "InboundTunnelPort"
  case proxyUID = "ProxyUID"
  case proxyGID = "ProxyGID"
  case inboundInterceptionMode = "InboundInterceptionMode"
  case inboundTProxyMark = "InboundTProxyMark"
  case inboundTProxyRouteTable = "InboundTProxyRouteTable"
  case inboundPortsInclude = "InboundPortsInclude"
  case inboundPortsExclude = "InboundPortsExclude"
  case outboundPortsInclude = "OutboundPortsInclude"
  case outboundPortsExclude = "OutboundPortsExclude"
  case outboundIPRangesInclude = "OutboundIPRangesInclude"
  case outboundIPRangesExclude = "OutboundIPRangesExclude"
  case ownerGroupsInclude = "OwnerGroupsInclude"
  case ownerGroupsExclude = "OwnerGroupsExclude"
  case excludeInterfaces = "ExcludeInterfaces"
  case rerouteVirtualInterfaces = "RerouteVirtualInterfaces"
  case redirectDNS = "RedirectDNS"
  case captureAllDNS = "CaptureAllDNS"
  case dnsServersV4 = "DNSServersV4"
  case dnsServersV6 = "DNSServersV6"
  case dropInvalid = "DropInvalid"
  case enableIPv6 = "EnableIPv6"
  case hostIPv4LoopbackCidr = "HostIPv4LoopbackCidr"
  case traceLogging = "TraceLogging"
  case dryRun = "DryRun"
  case restoreFormat = "RestoreFormat"

  /// The key of either spelling: two fields were renamed along the way, and both names are taken at
  /// every version.
  public init?(spelling: some StringProtocol) {
    switch spelling {
    case "EnableInboundIPv6": self = .enableIPv6
    case "KubeVirtInterfaces": self = .rerouteVirtualInterfaces
    default: self.init(rawValue: String(spelling))
    }
  }

  /// Where the key's value is kept.
  enum Slot {
    case text(WritableKeyPath<CaptureConfig, String>)
    case flag(WritableKeyPath<CaptureConfig, Bool>)
    case list(WritableKeyPath<CaptureConfig, [String]>)
    /// Checked to be a flag, and without effect on the rules.
    case unusedFlag
  }

  var slot: Slot {
    switch self {
    case .proxyPort: .text(\.proxyPort)
    case .inboundCapturePort: .text(\.inboundCapturePort)
    case .inboundTunnelPort: .text(\.inboundTunnelPort)
    case .proxyUID: .text(\.proxyUID)
    case .proxyGID: .text(\.proxyGID)
    case .inboundInterceptionMode: .text(\.inboundInterceptionMode)
    case .inboundTProxyMark: .text(\.inboundTProxyMark)
    case .inboundTProxyRouteTable: .text(\.inboundTProxyRouteTable)
    case .inboundPortsInclude: .text(\.inboundPortsInclude)
    case .inboundPortsExclude: .text(\.inboundPortsExclude)
    case .outboundPortsInclude: .text(\.outboundPortsInclude)
    case .outboundPortsExclude: .text(\.outboundPortsExclude)
    case .outboundIPRangesInclude: .text(\.outboundIPRangesInclude)
    case .outboundIPRangesExclude: .text(\.outboundIPRangesExclude)
    case .ownerGroupsInclude: .text(\.ownerGroupsInclude)
    case .ownerGroupsExclude: .text(\.ownerGroupsExclude)
    case .excludeInterfaces: .text(\.excludeInterfaces)
    case .rerouteVirtualInterfaces: .text(\.rerouteVirtualInterfaces)
    case .redirectDNS: .flag(\.redirectDNS)
    case .captureAllDNS: .flag(\.captureAllDNS)
    case .dnsServersV4: .list(\.dnsServersV4)
    case .dnsServersV6: .list(\.dnsServersV6)
    case .dropInvalid: .flag(\.dropInvalid)
    case .enableIPv6: .flag(\.enableIPv6)
    case .hostIPv4LoopbackCidr: .text(\.hostIPv4LoopbackCidr)
    case .traceLogging: .flag(\.traceLogging)
    case .dryRun, .restoreFormat: .unusedFlag
    }
  }
}
