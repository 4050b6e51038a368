extension PodTraffic {
  /// The config the CNI plugin makes of the injected pod's annotations and its proxy's environment.
  ///
  /// Models `NewRedirect` and `Program` of cni/pkg/plugin. The listeners' ports are fixed here, and
  /// owner groups and the loopback range do not reach the plugin, which has its own environment.
  func cniConfig(_ version: IstioVersion) -> CaptureConfig {
    var config = CaptureConfig()
    config.inboundInterceptionMode = cniSetting(.interceptionMode).text
    config.outboundIPRangesInclude = cniSetting(.includeOutboundIPRanges).text
    config.outboundIPRangesExclude = cniSetting(.excludeOutboundIPRanges).text
    config.outboundPortsInclude = cniSetting(.includeOutboundPorts).text
    config.outboundPortsExclude = cniSetting(.excludeOutboundPorts).text
    config.inboundPortsInclude = cniSetting(.includeInboundPorts).text
    config.inboundPortsExclude = cniInboundPortsExclude
    config.excludeInterfaces = cniSetting(.excludeInterfaces).text
    config.rerouteVirtualInterfaces = virtualInterfaces(version).text
    if let user = runAsUser, user != 0 { config.proxyUID = "\(user)" }
    if let group = runAsGroup, group != 0 { config.proxyGID = "\(group)" }
    config.redirectDNS = flag("ISTIO_META_DNS_CAPTURE")
    config.captureAllDNS = config.redirectDNS
    config.dropInvalid = flag("INVALID_DROP")
    config.enableIPv6 = enablesIPv6(dualStack: flag("ISTIO_DUAL_STACK"))
    return config
  }

  /// The injected list, then the agent's own ports, each once.
  private var cniInboundPortsExclude: String {
    var ports: [Substring] = []
    let list = inboundPortsPassedBy.text.trimmed
    let joined = list.isEmpty || list.hasSuffix(",") ? String(list) : list + ","
    for item in ListItem.all(of: joined + "15020,15021,15090") where !ports.contains(item.text) {
      ports.append(item.text)
    }
    return ports.joined(separator: ",")
  }
}
