public import Documents

/// Mesh-wide defaults as an operator gives them: Helm values of istiod's chart, an IstioOperator, or
/// the values and mesh config of its two ConfigMaps.
public struct MeshValues: Hashable, Sendable {
  public var settings = MeshSettings()
  /// `meshConfig.defaultConfig.proxyMetadata`.
  public var proxyMetadata: [String: String] = [:]

  public init() {}

  /// Reads what matters to capture and passes over the rest.
  ///
  /// Helm's own tree has `global` and `meshConfig` at the top; an IstioOperator has them under
  /// `spec.values` and `spec`.
  public init(_ document: Node) throws(DocumentError) {
    if document.isNull { return }
    _ = try document.mapping()
    let roots = [document, document["spec"], document["values"], document["spec", "values"]]
      .compactMap(\.self)
    for root in roots {
      for setting in TrafficSetting.allCases {
        guard let path = setting.helmPath, let node = root[dotted: path], !node.isNull else {
          continue
        }
        settings.values[setting] = try node.text()
      }
      if let port = root["meshConfig", "proxyListenPort"] {
        settings.proxyListenPort = try port.text()
      }
      if let port = root["meshConfig", "proxyInboundListenPort"] {
        settings.proxyInboundListenPort = try port.text()
      }
      if let metadata = root[dotted: "meshConfig.defaultConfig.proxyMetadata"], !metadata.isNull {
        for entry in try metadata.mapping().entries {
          proxyMetadata[entry.key.name] = try entry.value.text()
        }
      }
    }
  }
}

extension Node {
  fileprivate subscript(dotted path: String) -> Node? {
    var node: Node? = self
    for key in path.split(separator: ".") { node = node?[String(key)] }
    return node
  }
}
