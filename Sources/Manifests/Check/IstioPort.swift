/// Ports of a pod that are Istio's own.
///
/// Source: istio.io, Application Requirements, "Ports used by Istio".
enum IstioPort: UInt16 {
  case envoyAdmin = 15000
  case outbound = 15001
  case validation = 15002
  case debug = 15004
  case inbound = 15006
  case tunnel = 15008
  case metrics = 15020
  case health = 15021
  case dns = 15053
  case envoyMetrics = 15090

  var use: String {
    switch self {
    case .envoyAdmin: "Envoy's admin port, which only the pod itself calls"
    case .outbound: "the port captured traffic is sent to"
    case .validation: "the port istio-validation tests the rules with: the pod will not start"
    case .debug: "the agent's debug port, which only the pod itself calls"
    case .inbound: "the port captured inbound traffic is sent to"
    case .tunnel: "the port of mutual TLS tunnels (HBONE)"
    case .metrics: "where the agent serves metrics and health"
    case .health: "where Envoy serves health checks"
    case .dns: "the agent's DNS port, which only the pod itself calls"
    case .envoyMetrics: "where Envoy serves its metrics"
    }
  }

  /// Other pods call it, so there may be a reason to exclude it.
  var isServedToOthers: Bool {
    switch self {
    case .metrics, .health, .envoyMetrics: true
    default: false
    }
  }
}
