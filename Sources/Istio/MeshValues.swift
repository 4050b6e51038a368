public import Documents

/// Mesh-wide defaults as an operator gives them: Helm values of istiod's chart, an IstioOperator, or
/// the values and mesh config of its two ConfigMaps.
public struct MeshValues: Hashable, Sendable {
  public var settings = MeshSettings()
  /// `meshConfig.defaultConfig.proxyMetadata`.
  public var proxyMetadata: [String: String] = [:]
  /// `sidecarInjectorWebhook.enableNamespacesByDefault`.
  public var enableNamespacesByDefault: Bool?
  /// `global.proxy.autoInject`.
  public var autoInject: Bool?
  /// Whether the chart is installed for the CNI plugin: `pilot.cni.enabled`, or the older names.
  public var usesCNI: Bool?
  /// `global.nativeNftables`.
  public var nativeNftables: Bool?
  /// Where the value of a setting stands. One inside a ConfigMap's text stands where that begins.
  public var places: [TrafficSetting: Mark] = [:]

  public init() {}

  /// Reads what matters to capture and passes over the rest.
  ///
  /// Helm's own tree has `global` and `meshConfig` at the top; an IstioOperator has them under
  /// `spec.values` and `spec`; the ConfigMaps of an installed istiod hold them as texts.
  public init(_ document: Node) throws(DocumentError) {
    if document.isNull { return }
    _ = try document.mapping()
    if let kind = document["kind"]?.scalar?.text, kind == "ConfigMap" {
      try readConfigMap(document)
      return
    }
    let roots = [document, document["spec"], document["values"], document["spec", "values"]]
      .compactMap(\.self)
    for root in roots { try read(root) }
  }

  /// Nothing in the document matters to capture.
  public var isEmpty: Bool { self == MeshValues() }

  /// Whether an object of this kind and name holds mesh-wide defaults.
  public static func stand(in kind: String, named name: String) -> Bool {
    switch kind {
    case "IstioOperator": true
    case "ConfigMap": isInjector(name) || isMeshConfig(name)
    default: false
    }
  }
}

// MARK: - Reading

extension MeshValues {
  /// A revision's ConfigMaps are named `istio-sidecar-injector-canary` and `istio-canary`.
  private static func isInjector(_ name: String) -> Bool {
    name == "istio-sidecar-injector" || name.hasPrefix("istio-sidecar-injector-")
  }

  private static func isMeshConfig(_ name: String) -> Bool {
    name == "istio" || name.hasPrefix("istio-") && !isInjector(name)
  }

  private mutating func readConfigMap(_ document: Node) throws(DocumentError) {
    let name = document["metadata", "name"]?.scalar?.text ?? ""
    if Self.isInjector(name) || name.isEmpty, let text = document["data", "values"] {
      try read(text.inner(), at: text.mark)
    }
    if let text = document["data", "mesh"] {
      try read(text.inner(), below: "meshConfig", at: text.mark)
    }
  }

  /// - Parameters:
  ///   - prefix: The path in the chart's values that `root` stands at.
  ///   - outer: Where the text `root` was read from begins, when that is inside another document.
  private mutating func read(_ root: Node, below prefix: String = "", at outer: Mark? = nil)
    throws(DocumentError)
  {
    func node(_ path: String) -> Node? {
      guard path.hasPrefix(prefix) else { return nil }
      var found: Node? = root
      for key in path.dropFirst(prefix.count).split(separator: ".") { found = found?[String(key)] }
      return found.flatMap { $0.isNull ? nil : $0 }
    }
    for setting in TrafficSetting.allCases {
      guard let path = setting.helmPath, let value = node(path) else { continue }
      settings.values[setting] = try value.text()
      places[setting] = outer ?? value.mark
    }
    if let port = node("meshConfig.proxyListenPort") { settings.proxyListenPort = try port.text() }
    if let port = node("meshConfig.proxyInboundListenPort") {
      settings.proxyInboundListenPort = try port.text()
    }
    if let metadata = node("meshConfig.defaultConfig.proxyMetadata") {
      for entry in try metadata.mapping().entries {
        proxyMetadata[entry.key.name] = try entry.value.text()
      }
    }
    if let flag = node("sidecarInjectorWebhook.enableNamespacesByDefault") {
      enableNamespacesByDefault = try flag.boolean()
    }
    if let policy = node("global.proxy.autoInject") { autoInject = try policy.text() != "disabled" }
    for path in ["pilot.cni.enabled", "istio_cni.enabled", "components.cni.enabled"] {
      if let flag = node(path) { usesCNI = try flag.boolean() }
    }
    if let flag = node("global.nativeNftables") { nativeNftables = try flag.boolean() }
  }
}

extension Node {
  /// The document that the text of this scalar is.
  fileprivate func inner() throws(DocumentError) -> Node {
    do {
      return try Node(reading: Array(try text().utf8))
    } catch {
      throw DocumentError(
        .syntax("\(error.message) (line \(error.mark.line) of the text)"), at: mark)
    }
  }
}
