/// A setting as istio-iptables takes it: by flag, or else from its environment.
///
/// Source: tools/istio-iptables/pkg/cmd/root.go and pkg/constants, 1.19–1.31.
struct InitFlag: Hashable {
  var key: CaptureKey
  /// One letter after a single dash.
  var short: Character?
  /// After two dashes; nil for what only the environment says.
  var long: String?
  /// In order of precedence.
  var variables: [String]

  private init(
    _ key: CaptureKey, _ short: Character? = nil, _ long: String? = nil, _ variables: String...
  ) {
    self.key = key
    self.short = short
    self.long = long
    self.variables = variables
  }

  static let texts: [InitFlag] = [
    InitFlag(.proxyPort, "p", "envoy-port"),
    InitFlag(.inboundCapturePort, "z", "inbound-capture-port", "INBOUND_CAPTURE_PORT"),
    InitFlag(.inboundTunnelPort, "e", "inbound-tunnel-port", "INBOUND_TUNNEL_PORT"),
    InitFlag(.proxyUID, "u", "proxy-uid", "PROXY_UID"),
    InitFlag(.proxyGID, "g", "proxy-gid", "PROXY_GID"),
    InitFlag(
      .inboundInterceptionMode, "m", "istio-inbound-interception-mode",
      "ISTIO_INBOUND_INTERCEPTION_MODE"),
    InitFlag(.inboundTProxyMark, "t", "istio-inbound-tproxy-mark", "ISTIO_INBOUND_TPROXY_MARK"),
    InitFlag(
      .inboundTProxyRouteTable, "r", "istio-inbound-tproxy-route-table",
      "ISTIO_INBOUND_TPROXY_ROUTE_TABLE"),
    InitFlag(.inboundPortsInclude, "b", "istio-inbound-ports", "ISTIO_INBOUND_PORTS"),
    InitFlag(.inboundPortsExclude, "d", "istio-local-exclude-ports", "ISTIO_LOCAL_EXCLUDE_PORTS"),
    InitFlag(.excludeInterfaces, "c", "istio-exclude-interfaces", "ISTIO_EXCLUDE_INTERFACES"),
    InitFlag(.outboundIPRangesInclude, "i", "istio-service-cidr", "ISTIO_SERVICE_CIDR"),
    InitFlag(
      .outboundIPRangesExclude, "x", "istio-service-exclude-cidr", "ISTIO_SERVICE_EXCLUDE_CIDR"),
    InitFlag(.outboundPortsInclude, "q", "istio-outbound-ports", "ISTIO_OUTBOUND_PORTS"),
    InitFlag(
      .outboundPortsExclude, "o", "istio-local-outbound-ports-exclude",
      "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE"),
    InitFlag(.rerouteVirtualInterfaces, "k", "kube-virt-interfaces", "KUBE_VIRT_INTERFACES"),
    InitFlag(.ownerGroupsInclude, nil, nil, "ISTIO_OUTBOUND_OWNER_GROUPS"),
    InitFlag(.ownerGroupsExclude, nil, nil, "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE"),
    InitFlag(.hostIPv4LoopbackCidr, nil, nil, "ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR"),
  ]

  static let switches: [InitFlag] = [
    InitFlag(.redirectDNS, nil, "redirect-dns", "ISTIO_META_DNS_CAPTURE", "REDIRECT_DNS"),
    InitFlag(.captureAllDNS, nil, "capture-all-dns", "CAPTURE_ALL_DNS"),
    InitFlag(.dropInvalid, nil, "drop-invalid", "INVALID_DROP", "DROP_INVALID"),
    InitFlag(.traceLogging, nil, "iptables-trace-logging", "IPTABLES_TRACE_LOGGING"),
  ]
}
