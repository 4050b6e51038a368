/// What has a say over a pod in an ambient mesh, where ztunnel captures by mark and not by port,
/// range or owner.
///
/// None of the `traffic.sidecar.istio.io` annotations is read there, so no exclusion applies
/// (istio/istio#49829). Source: `getPodLevelTrafficOverrides` of cni/pkg/nodeagent.
public enum AmbientCapture: String, Hashable, Sendable, CaseIterable {
  /// A label of the namespace or the pod: `ambient` or `none`.
  case dataplaneMode = "istio.io/dataplane-mode"
  case bypassInboundCapture = "ambient.istio.io/bypass-inbound-capture"
  case dnsCapture = "ambient.istio.io/dns-capture"
  case rerouteVirtualInterfaces = "istio.io/reroute-virtual-interfaces"
  /// Written by the node agent, not by the user.
  case redirection = "ambient.istio.io/redirection"

  /// What it does, in a line.
  public var meaning: String {
    switch self {
    case .dataplaneMode: "'ambient' puts the pod into the ambient mesh, 'none' keeps it out"
    case .bypassInboundCapture: "'true' leaves inbound traffic alone"
    case .dnsCapture: "'true' or 'false' decides whether DNS goes to ztunnel"
    case .rerouteVirtualInterfaces: "what comes in by these interfaces is treated as outbound"
    case .redirection: "a status: 'enabled' once ztunnel captures the pod"
    }
  }

  /// Whether a pod is in the ambient mesh: its own label beats its namespace's, and a pod with an
  /// injected sidecar never is.
  public static func holds(
    podLabels: [String: String], podAnnotations: [String: String],
    namespaceLabels: [String: String] = [:]
  ) -> Bool {
    guard podAnnotations["sidecar.istio.io/status"] == nil else { return false }
    let label = dataplaneMode.rawValue
    return (podLabels[label] ?? namespaceLabels[label]) == "ambient"
  }
}
