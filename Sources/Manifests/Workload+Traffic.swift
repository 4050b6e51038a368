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
    try Self.checkProxyConfig(config)
    return config
  }

  /// What istiod's reader of protobuf's JSON refuses of the parts that matter here: a number or a
  /// boolean in a map of strings, and a name no enum has.
  private static func checkProxyConfig(_ config: Node) throws(DocumentError) {
    if let metadata = config["proxyMetadata"], !metadata.isNull {
      for entry in try metadata.mapping().entries {
        guard let value = entry.value.scalar, value.type == .string else {
          throw DocumentError(
            .expected("a string for \(entry.key.name)", found: entry.value.kind),
            at: entry.value.mark)
        }
      }
    }
    let modes = ["REDIRECT", "TPROXY", "NONE"]
    if let mode = config["interceptionMode"], !mode.isNull {
      guard let text = mode.scalar?.text, modes.contains(text) else {
        throw DocumentError(
          .expected("REDIRECT, TPROXY or NONE as interceptionMode", found: mode.kind),
          at: mode.mark)
      }
    }
  }

  static let proxyConfigAnnotation = "proxy.istio.io/config"
}
