/// What istio-iptables is told: the whole capture config as the rule generator gets it, with
/// annotations, Helm values and flags already applied.
///
/// Texts are kept verbatim, for the generator splits and prints them as they came. The values given
/// here are the defaults of istio-iptables itself, where both include lists are empty; an injected
/// pod gets others (`SidecarCapture`). Models `Config` of tools/common/config/config.go.
public struct CaptureConfig: Hashable, Sendable {
  public var proxyPort = "15001"
  public var inboundCapturePort = "15006"
  public var inboundTunnelPort = "15008"
  public var proxyUID = "1337"
  public var proxyGID = "1337"

  /// `TPROXY`; every other text acts as `REDIRECT`.
  public var inboundInterceptionMode = ""
  public var inboundTProxyMark = "1337"
  public var inboundTProxyRouteTable = "133"

  /// `*` alone is every port.
  public var inboundPortsInclude = ""
  /// Heeded only where `inboundPortsInclude` is `*`.
  public var inboundPortsExclude = ""
  public var outboundPortsInclude = ""
  public var outboundPortsExclude = ""
  /// `*` alone is every address of both families.
  public var outboundIPRangesInclude = ""
  public var outboundIPRangesExclude = ""

  /// `*` alone is every group.
  public var ownerGroupsInclude = "*"
  /// Heeded only where `ownerGroupsInclude` is `*`.
  public var ownerGroupsExclude = ""

  public var excludeInterfaces = ""
  public var rerouteVirtualInterfaces = ""

  public var redirectDNS = false
  public var captureAllDNS = false
  public var dnsServersV4: [String] = []
  public var dnsServersV6: [String] = []

  public var dropInvalid = false
  public var enableIPv6 = false
  /// Heeded from 1.21 on.
  public var hostIPv4LoopbackCidr = "127.0.0.1/32"
  /// Heeded up to 1.24.
  public var traceLogging = false

  public init() {}

  public var isTProxy: Bool { inboundInterceptionMode == "TPROXY" }
}
