public import Addresses
import Documents
public import Istio
public import LiveKernel

extension Expectation {
  /// What the pod itself says: its annotations as the kubelet mounts them for the proxy, and the
  /// proxy's environment, which holds all of `proxyMetadata`.
  ///
  /// Mesh-wide lists of the chart are not among it: istio-init had them as arguments, and they are
  /// gone with it. With the CNI plugin the injector writes them back as annotations.
  ///
  /// - Parameters:
  ///   - families: of the pod's addresses, in their order.
  ///   - place: what the annotations were read from.
  public init(
    of proxy: Pod.Proxy, annotations: [String: String], from place: String, families: [Family],
    nameServers: [IPAddress]
  ) {
    var pod = PodTraffic()
    pod.annotations = annotations
    pod.proxyMetadata = proxy.environment
    pod.ipv6 = .addresses(families)
    pod.nameServers = nameServers
    pod.runs(as: proxy)
    var origins = Self.origins(of: annotations, from: place)
    let environment = "the environment of pid \(proxy.process.pid)"
    if annotations[TrafficSetting.interceptionMode.annotation] == nil,
      let mode = proxy.environment["ISTIO_META_INTERCEPTION_MODE"]
    {
      pod.mesh.values[.interceptionMode] = mode
      if mode != "REDIRECT" {
        origins.append(
          Origin("ISTIO_META_INTERCEPTION_MODE \(Self.quoted(mode))", from: environment))
      }
    }
    origins += Self.variables.compactMap { name in
      proxy.environment[name].map { Origin("\(name) \(Self.quoted($0))", from: environment) }
    }
    let install = Self.install(annotations)
    self.init(
      .pod(pod), installs: install.map { [$0] } ?? PodTraffic.Install.allCases, origins: origins,
      knowsMesh: install == .cni)
  }

  /// The annotations that traffic settings have, in the order of Istio's own table.
  public static func origins(of annotations: [String: String], from place: String) -> [Origin] {
    TrafficSetting.allCases.compactMap { setting in
      annotations[setting.annotation].map {
        Origin("\(setting.rawValue) \(quoted($0))", from: place)
      }
    }
  }

  /// The values that the mesh gives to whatever the pod has no annotation for, in that order.
  public static func origins(
    of mesh: MeshValues, beside annotations: [String: String],
    from place: (TrafficSetting) -> String
  ) -> [Origin] {
    TrafficSetting.allCases.compactMap { setting in
      guard mesh.places[setting] != nil, annotations[setting.annotation] == nil,
        let value = mesh.settings.values[setting]
      else { return nil }
      return Origin("\(setting.rawValue) \(quoted(value))", from: place(setting))
    }
  }

  /// Adds what holds for the mesh, where the pod does not say otherwise.
  public mutating func join(_ mesh: MeshValues, from file: String) {
    guard case .pod(var pod) = settings else { return }
    origins += Self.origins(of: mesh, beside: pod.annotations) { _ in file }
    for (setting, value) in mesh.settings.values where pod.mesh.values[setting] == nil {
      pod.mesh.values[setting] = value
    }
    pod.mesh.proxyListenPort = mesh.settings.proxyListenPort
    pod.mesh.proxyInboundListenPort = mesh.settings.proxyInboundListenPort
    pod.proxyMetadata.merge(mesh.proxyMetadata) { own, _ in own }
    settings = .pod(pod)
    knowsMesh = true
  }

  /// Variables of `proxyMetadata` that istio-init and the CNI plugin read too.
  ///
  /// Source: tools/istio-iptables/pkg/cmd/root.go and `FillConfigFromEnvironment` of
  /// tools/common/config.
  static let variables = [
    "ISTIO_META_DNS_CAPTURE", "CAPTURE_ALL_DNS", "INVALID_DROP", "ISTIO_DUAL_STACK",
    "ISTIO_OUTBOUND_OWNER_GROUPS", "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE",
    "ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR", "INBOUND_TUNNEL_PORT", "ISTIO_INBOUND_TPROXY_MARK",
  ]

  /// The injector writes down which init container it added: istio-validation means the CNI plugin.
  private static func install(_ annotations: [String: String]) -> PodTraffic.Install? {
    guard let status = annotations["sidecar.istio.io/status"],
      case .sequence(let names)? = (try? Node(reading: Array(status.utf8)))?["initContainers"]?
        .value
    else { return nil }
    let words = names.compactMap(\.scalar?.text)
    if words.contains("istio-init") { return .`init` }
    return words.contains("istio-validation") ? .cni : nil
  }

  static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

extension PodTraffic {
  /// The proxy's own numbers, unless they are root's: in TPROXY mode Envoy runs as root, and its
  /// rules are about 1337 all the same.
  public mutating func runs(as proxy: Pod.Proxy) {
    let owner = proxy.owner
    guard owner.uid != 0, owner.uid != 1337 || owner.gid != 1337 else { return }
    mesh.proxyUID = "\(owner.uid)"
    runAsUser = owner.uid
    if owner.gid != 0 { runAsGroup = owner.gid }
  }
}
