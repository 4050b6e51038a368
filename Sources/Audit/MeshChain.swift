import Ruleset

/// Whose a chain is, by its name.
///
/// Sources: linkerd2-proxy-init, Kuma's iptables transformer (1.x and 2.x), Consul's sdk/iptables,
/// OSM's init container, AWS App Mesh's proxy route manager; Istio's tools/istio-iptables and
/// tools/istio-nftables.
enum MeshChain {
  private static let prefixes: [(prefix: String, mesh: String)] = [
    ("PROXY_INIT_", "Linkerd"), ("KUMA_", "Kuma"), ("MESH_INBOUND", "Kuma"),
    ("MESH_OUTBOUND", "Kuma"), ("CONSUL_PROXY_", "Consul"), ("CONSUL_DNS_", "Consul"),
    ("OSM_PROXY_", "Open Service Mesh"), ("APPMESH_", "AWS App Mesh"),
  ]

  /// The mesh whose chain this is, if it is not Istio's.
  static func otherMesh(_ chain: String) -> String? {
    prefixes.first { chain.hasPrefix($0.prefix) }?.mesh
  }

  static func isIstio(_ chain: String, in table: Table) -> Bool {
    table.backend.isNative ? table.name.hasPrefix("istio-proxy-") : chain.hasPrefix("ISTIO_")
  }
}
