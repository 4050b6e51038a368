public import Documents

extension MeshValues {
  /// Keys of Helm values or an IstioOperator that look like a slip of one that is read, each as an
  /// unknown key with the one meant. The rest is passed over in silence: charts have hundreds.
  public static func nearMisses(in document: Node) -> [DocumentError] {
    document["kind"]?.scalar?.text == "ConfigMap" ? [] : readKeys.nearMisses(in: document)
  }

  private static let readKeys: KeyTree = {
    let paths =
      TrafficSetting.allCases.compactMap(\.helmPath) + [
        "meshConfig.proxyListenPort", "meshConfig.proxyInboundListenPort",
        "sidecarInjectorWebhook.enableNamespacesByDefault", "global.proxy.autoInject",
        "global.nativeNftables", "pilot.cni.enabled", "istio_cni.enabled", "components.cni.enabled",
      ]
    let variables =
      (InitFlag.texts + InitFlag.switches).flatMap(\.variables) + [
        "ISTIO_DUAL_STACK", "DUAL_STACK",
      ]
    let all = paths + variables.map { "meshConfig.defaultConfig.proxyMetadata.\($0)" }
    var tree = KeyTree()
    for root in ["", "spec.", "values.", "spec.values."] {
      for path in all { tree.insert((root + path).split(separator: ".")[...]) }
    }
    return tree
  }()
}

/// Keys below keys.
private struct KeyTree {
  private var children: [String: KeyTree] = [:]

  mutating func insert(_ path: ArraySlice<Substring>) {
    guard let key = path.first else { return }
    children[String(key), default: KeyTree()].insert(path.dropFirst())
  }

  func nearMisses(in node: Node) -> [DocumentError] {
    guard case .mapping(let mapping) = node.value else { return [] }
    return mapping.entries.flatMap { entry -> [DocumentError] in
      let name = entry.key.name
      if let child = children[name] { return child.nearMisses(in: entry.value) }
      // Keys of the chart that are not read are all further off.
      guard let meant = name.nearest(among: children.keys.sorted(), atMost: 2) else { return [] }
      return [DocumentError(.unknownKey(name, nearest: meant), at: entry.key.mark)]
    }
  }
}
