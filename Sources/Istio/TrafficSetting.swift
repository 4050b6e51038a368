/// A setting of traffic capture that a pod's annotation can carry.
public enum TrafficSetting: String, Hashable, Sendable, CaseIterable {
  case includeOutboundIPRanges
  case excludeOutboundIPRanges
  case includeOutboundPorts
  case excludeOutboundPorts
  case includeInboundPorts
  case excludeInboundPorts
  case excludeInterfaces
  case rerouteVirtualInterfaces
  case kubevirtInterfaces
  case interceptionMode
  case statusPort
}

// MARK: - The table

extension TrafficSetting {
  /// The annotation's name, on the pod (a workload's pod template).
  ///
  /// Source: istio.io/api annotation.
  public var annotation: String {
    switch self {
    case .includeOutboundIPRanges, .excludeOutboundIPRanges, .includeOutboundPorts,
      .excludeOutboundPorts, .includeInboundPorts, .excludeInboundPorts, .excludeInterfaces,
      .kubevirtInterfaces:
      "traffic.sidecar.istio.io/\(rawValue)"
    case .rerouteVirtualInterfaces: "istio.io/reroute-virtual-interfaces"
    case .interceptionMode: "sidecar.istio.io/interceptionMode"
    case .statusPort: "status.sidecar.istio.io/port"
    }
  }

  public init?(annotation: some StringProtocol) {
    guard let setting = Self.allCases.first(where: { $0.annotation == annotation }) else {
      return nil
    }
    self = setting
  }

  /// Where the mesh-wide value stands, in the values of Istio's chart; nil when there is none.
  ///
  /// Source: manifests/charts/istio-control/istio-discovery.
  public var helmPath: String? {
    switch self {
    case .includeOutboundIPRanges: "global.proxy.includeIPRanges"
    case .excludeOutboundIPRanges: "global.proxy.excludeIPRanges"
    case .includeOutboundPorts: "global.proxy.includeOutboundPorts"
    case .excludeOutboundPorts: "global.proxy.excludeOutboundPorts"
    case .includeInboundPorts: "global.proxy.includeInboundPorts"
    case .excludeInboundPorts: "global.proxy.excludeInboundPorts"
    case .statusPort: "global.proxy.statusPort"
    case .interceptionMode: "meshConfig.defaultConfig.interceptionMode"
    case .excludeInterfaces, .rerouteVirtualInterfaces, .kubevirtInterfaces: nil
    }
  }

  /// The chart's own value.
  public var helmDefault: String {
    switch self {
    case .includeOutboundIPRanges, .includeInboundPorts: "*"
    case .statusPort: "15020"
    case .interceptionMode: "REDIRECT"
    case .excludeOutboundIPRanges, .includeOutboundPorts, .excludeOutboundPorts,
      .excludeInboundPorts, .excludeInterfaces, .rerouteVirtualInterfaces, .kubevirtInterfaces:
      ""
    }
  }

  /// What the CNI plugin takes where neither an annotation nor the chart says anything.
  ///
  /// Source: cni/pkg/plugin/sidecar_redirect.go. Note the port, which istio-init does not exclude.
  public var cniDefault: String {
    self == .excludeOutboundPorts ? "15020" : helmDefault
  }

  /// The flag of istio-iptables, as the injector writes it.
  public var flag: String? {
    switch self {
    case .includeOutboundIPRanges: "-i"
    case .excludeOutboundIPRanges: "-x"
    case .includeOutboundPorts: "-q"
    case .excludeOutboundPorts: "-o"
    case .includeInboundPorts: "-b"
    case .excludeInboundPorts: "-d"
    case .excludeInterfaces: "-c"
    case .rerouteVirtualInterfaces, .kubevirtInterfaces: "-k"
    case .interceptionMode: "-m"
    case .statusPort: nil
    }
  }

  /// The key of the capture config it ends up in; the status port joins the excluded ports.
  public var key: CaptureKey {
    switch self {
    case .includeOutboundIPRanges: .outboundIPRangesInclude
    case .excludeOutboundIPRanges: .outboundIPRangesExclude
    case .includeOutboundPorts: .outboundPortsInclude
    case .excludeOutboundPorts: .outboundPortsExclude
    case .includeInboundPorts: .inboundPortsInclude
    case .excludeInboundPorts, .statusPort: .inboundPortsExclude
    case .excludeInterfaces: .excludeInterfaces
    case .rerouteVirtualInterfaces, .kubevirtInterfaces: .rerouteVirtualInterfaces
    case .interceptionMode: .inboundInterceptionMode
    }
  }

  /// What the injection webhook takes, as an annotation only; nobody checks values of the chart.
  ///
  /// Source: `AnnotationValidation` of pkg/kube/inject/validate.go. includeOutboundPorts has no
  /// validator in any version: what is wrong with it shows when the rules are loaded.
  public func webhookGrammar(_ version: IstioVersion) -> SettingGrammar {
    switch self {
    case .includeOutboundIPRanges: .ranges(orWildcard: true)
    case .excludeOutboundIPRanges: .ranges(orWildcard: false)
    case .includeOutboundPorts: .anything
    case .includeInboundPorts: .ports(orWildcard: true)
    case .excludeOutboundPorts, .excludeInboundPorts: .ports(orWildcard: false)
    case .interceptionMode: .word(["REDIRECT", "TPROXY", "NONE"])
    case .statusPort: .port
    case .excludeInterfaces, .rerouteVirtualInterfaces, .kubevirtInterfaces:
      version.has(.interfaceNamesChecked) ? .interfaces : .anything
    }
  }

  /// What the CNI plugin takes, wherever the value comes from.
  ///
  /// Source: `annotationRegistry` of cni/pkg/plugin/sidecar_redirect.go.
  public func cniGrammar(_ version: IstioVersion) -> SettingGrammar {
    switch self {
    case .includeOutboundIPRanges: .ranges(orWildcard: true)
    case .excludeOutboundIPRanges: .ranges(orWildcard: false)
    case .includeOutboundPorts, .excludeOutboundPorts, .includeInboundPorts, .excludeInboundPorts:
      .ports(orWildcard: true)
    case .interceptionMode: .word(["REDIRECT", "TPROXY"])
    case .excludeInterfaces: version.has(.interfaceNamesChecked) ? .interfaces : .anything
    case .rerouteVirtualInterfaces, .kubevirtInterfaces, .statusPort: .anything
    }
  }

  /// Whether every stage takes the list, so that it can be recommended.
  public func isTaken(_ list: String) -> Bool {
    let grammar: SettingGrammar =
      switch self {
      case .includeOutboundPorts: .ports(orWildcard: false)
      default: webhookGrammar(.newest)
      }
    return grammar.faults(in: list).isEmpty
  }

  /// Whether the version reads the annotation at all.
  public func isRead(by version: IstioVersion) -> Bool {
    self != .rerouteVirtualInterfaces || version.has(.rerouteAnnotation)
  }

  /// Whether the value is a comma list, so that two of them can be merged.
  public var isList: Bool { self != .interceptionMode && self != .statusPort }
}
