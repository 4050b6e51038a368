import Addresses

/// How the injector calls istio-iptables in the init container, and the config that makes.
///
/// Models injection-template.yaml and tools/istio-iptables/pkg/cmd/root.go.
struct InitInvocation {
  private let pod: PodTraffic
  private let version: IstioVersion
  private let uid: String
  private let mode: String

  init(_ pod: PodTraffic, version: IstioVersion) {
    self.pod = pod
    self.version = version
    mode = pod.setting(.interceptionMode).text
    let own = version.has(.proxyUserFromPod) ? pod.runAsUser ?? 0 : 0
    // In TPROXY mode Envoy runs as root, and the agent's number stands for it.
    uid = own != 0 ? "\(own)" : mode == "TPROXY" ? "1337" : pod.mesh.proxyUID
  }

  /// Ports the agent itself answers on, before the pod's own list.
  private var inboundPortsExclude: String {
    let list = pod.inboundPortsPassedBy.text
    return "15090,15021" + (list.isEmpty ? "" : "," + list)
  }

  private var flags: [(flag: String, key: CaptureKey, text: String)] {
    var flags: [(String, CaptureKey, String)] = [
      ("-p", .proxyPort, pod.mesh.proxyListenPort),
      ("-z", .inboundCapturePort, pod.mesh.proxyInboundListenPort),
      ("-u", .proxyUID, uid),
      ("-m", .inboundInterceptionMode, mode),
      ("-i", .outboundIPRangesInclude, pod.setting(.includeOutboundIPRanges).text),
      ("-x", .outboundIPRangesExclude, pod.setting(.excludeOutboundIPRanges).text),
      ("-b", .inboundPortsInclude, pod.setting(.includeInboundPorts).text),
      ("-d", .inboundPortsExclude, inboundPortsExclude),
    ]
    let optional = [
      pod.setting(.includeOutboundPorts), pod.setting(.excludeOutboundPorts),
      pod.virtualInterfaces(version), pod.setting(.excludeInterfaces),
    ]
    for setting in optional where setting.origin == .annotation || !setting.text.isEmpty {
      if let flag = setting.setting.flag { flags.append((flag, setting.setting.key, setting.text)) }
    }
    return flags
  }

  var arguments: [String] {
    ["istio-iptables"] + flags.flatMap { [$0.flag, $0.text] }
  }

  /// The environment counts where no flag says otherwise.
  var config: CaptureConfig {
    var config = CaptureConfig()
    for flag in InitFlag.texts {
      guard case .text(let path) = flag.key.slot else { continue }
      for name in flag.variables {
        if let text = pod.proxyMetadata[name] { config[keyPath: path] = text }
      }
    }
    for (_, key, text) in flags {
      if case .text(let path) = key.slot { config[keyPath: path] = text }
    }
    if pod.proxyMetadata["PROXY_GID"] == nil { config.proxyGID = config.proxyUID }
    config.redirectDNS = pod.flag("ISTIO_META_DNS_CAPTURE", "REDIRECT_DNS")
    config.captureAllDNS = pod.flag("CAPTURE_ALL_DNS")
    config.dropInvalid = pod.flag("INVALID_DROP", "DROP_INVALID")
    config.traceLogging = pod.flag("IPTABLES_TRACE_LOGGING")
    config.enableIPv6 = pod.enablesIPv6(dualStack: pod.flag("ISTIO_DUAL_STACK", "DUAL_STACK"))
    if config.redirectDNS, !config.captureAllDNS {
      let servers = pod.nameServers
      config.dnsServersV4 = servers.filter { $0.family == .ipv4 }.map(\.description)
      config.dnsServersV6 = servers.filter { $0.family == .ipv6 }.map(\.description)
    }
    return config
  }
}
