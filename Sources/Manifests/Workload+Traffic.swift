public import Documents
public import Istio

extension Workload {
  /// Everything that has a say in the capture of its pods, in a mesh of these values.
  ///
  /// Throws where `proxy.istio.io/config` cannot be read, at its place inside that text.
  public func traffic(in mesh: MeshValues, enablesIPv6: Bool = false) throws(DocumentError)
    -> PodTraffic
  {
    var pod = PodTraffic()
    // The others have no say, and pods that differ in nothing else are the same to capture.
    pod.annotations = podMetadata.annotationTexts.filter { $0.key.contains("istio.io/") }
    pod.mesh = mesh.settings
    pod.proxyMetadata = mesh.proxyMetadata
    if let config = try proxyConfig() {
      if let mode = config["interceptionMode"], let text = mode.scalar?.text {
        pod.mesh.values[.interceptionMode] = text
      }
      if case .mapping(let metadata)? = config["proxyMetadata"]?.value {
        for entry in metadata.entries {
          pod.proxyMetadata[entry.key.name] = entry.value.scalar?.text
        }
      }
    }
    let proxy = containers.first { $0.name == "istio-proxy" }
    pod.runAsUser = proxy?.runAsUser?.id
    pod.runAsGroup = proxy?.runAsGroup?.id
    pod.ipv6 = families.isEmpty ? .known(enablesIPv6) : .addresses(families)
    pod.nameServers = nameServers
    return pod
  }

  /// The pod's own part of the mesh's `defaultConfig`.
  func proxyConfig() throws(DocumentError) -> Node? {
    guard let text = podMetadata.annotation(Self.proxyConfigAnnotation)?.text else { return nil }
    let config = try Node(reading: Array(text.utf8))
    if config.isNull { return nil }
    _ = try config.mapping()
    return config
  }

  static let proxyConfigAnnotation = "proxy.istio.io/config"
}
