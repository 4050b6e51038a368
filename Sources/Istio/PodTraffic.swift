public import Addresses

/// Everything that has a say in how a pod's traffic is captured.
public struct PodTraffic: Hashable, Sendable {
  /// Who programs the pod's rules.
  public enum Install: String, Hashable, Sendable, CaseIterable {
    /// The init container istio-init.
    case `init`
    /// The node's CNI plugin.
    case cni
  }

  /// Whether the pod's network makes Istio write IPv6 rules.
  public enum IPv6: Hashable, Sendable {
    case known(Bool)
    /// The families of the pod's addresses in their order, as istio-iptables finds them.
    case addresses([Family])
  }

  /// The pod's own annotations; those of a Deployment or a Namespace do not count.
  public var annotations: [String: String] = [:]
  public var mesh = MeshSettings()
  /// `proxyMetadata`, of the mesh's default config and the pod's `proxy.istio.io/config` together:
  /// the environment of the proxy and of istio-init.
  public var proxyMetadata: [String: String] = [:]
  /// `securityContext` of an istio-proxy container the pod brings itself.
  public var runAsUser: UInt32?
  public var runAsGroup: UInt32?
  public var ipv6 = IPv6.known(false)
  /// Name servers of the pod's resolv.conf.
  public var nameServers: [IPAddress] = []

  public init() {}
}

/// The mesh-wide values of Istio's chart that matter to capture.
public struct MeshSettings: Hashable, Sendable {
  /// Values set by the operator; a setting without a `helmPath` has none.
  public var values: [TrafficSetting: String] = [:]
  /// `meshConfig.proxyListenPort`.
  public var proxyListenPort = "15001"
  /// `meshConfig.proxyInboundListenPort`.
  public var proxyInboundListenPort = "15006"
  /// The injector's `ProxyUID`, which OpenShift sets.
  public var proxyUID = "1337"

  public init() {}
}

// MARK: - Precedence

extension PodTraffic {
  /// The value of a setting: an annotation that exists counts as it stands, even empty; then the
  /// chart's.
  public func setting(_ setting: TrafficSetting) -> Setting {
    let mesh = self.mesh.values[setting]
    let base = Setting.Replaced(
      text: mesh ?? setting.helmDefault, origin: mesh == nil ? .istio : .mesh)
    return annotated(setting, else: base)
  }

  /// The value the CNI plugin sees. The injector writes mesh-wide values back as annotations, but
  /// no empty one; so an empty value of the chart means the plugin's own.
  public func cniSetting(_ setting: TrafficSetting) -> Setting {
    let mesh = self.mesh.values[setting] ?? setting.helmDefault
    let base =
      mesh.isEmpty
      ? Setting.Replaced(text: setting.cniDefault, origin: .cniPlugin)
      : Setting.Replaced(text: mesh, origin: self.mesh.values[setting] == nil ? .istio : .mesh)
    return annotated(setting, else: base)
  }

  private func annotated(_ setting: TrafficSetting, else base: Setting.Replaced) -> Setting {
    guard let text = annotations[setting.annotation] else {
      return Setting(setting: setting, text: base.text, origin: base.origin)
    }
    let isNews = !base.text.isEmpty && base.text != text
    return Setting(
      setting: setting, text: text, origin: .annotation, replaced: isNews ? base : nil)
  }

  /// The virtual interfaces: the newer annotation wins where the version knows it.
  func virtualInterfaces(_ version: IstioVersion) -> Setting {
    let newer = TrafficSetting.rerouteVirtualInterfaces
    if newer.isRead(by: version), annotations[newer.annotation] != nil { return setting(newer) }
    return setting(.kubevirtInterfaces)
  }

  /// The excluded inbound ports with the status port among them.
  ///
  /// Models `excludeInboundPort` of pkg/kube/inject/template.go: only a list the port is added to
  /// is cleaned of white space and empty items.
  var inboundPortsPassedBy: Setting {
    var ports = setting(.excludeInboundPorts)
    let status = String(setting(.statusPort).text.trimmed)
    let items = ListItem.all(of: ports.text).map(\.text)
    if status.isEmpty || status == "0" || items.contains(Substring(status)) { return ports }
    let kept = items.map(\.trimmed).filter { !$0.isEmpty }.map(String.init)
    ports.text = (kept + [status]).joined(separator: ",")
    return ports
  }
}

// MARK: - Environment

extension PodTraffic {
  /// Whether a variable of the proxy's environment says yes, under any of its names.
  func flag(_ names: String...) -> Bool {
    names.contains { proxyMetadata[$0].flatMap(GoText.flag) == true }
  }

  /// Models `getLocalIP` of tools/common/config/config.go: without dual stack the first address
  /// decides for both families.
  func enablesIPv6(dualStack: Bool) -> Bool {
    switch ipv6 {
    case .known(let isEnabled): isEnabled
    case .addresses(let families):
      dualStack ? families.contains(.ipv6) : families.first == .ipv6
    }
  }
}
