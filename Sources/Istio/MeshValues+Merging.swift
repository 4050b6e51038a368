extension MeshValues {
  /// Adds what another source says; where both say something, the other holds.
  public mutating func merge(_ other: MeshValues) {
    settings.values.merge(other.settings.values) { $1 }
    places.merge(other.places) { $1 }
    proxyMetadata.merge(other.proxyMetadata) { $1 }
    let fresh = MeshSettings()
    if other.settings.proxyListenPort != fresh.proxyListenPort {
      settings.proxyListenPort = other.settings.proxyListenPort
    }
    if other.settings.proxyInboundListenPort != fresh.proxyInboundListenPort {
      settings.proxyInboundListenPort = other.settings.proxyInboundListenPort
    }
    enableNamespacesByDefault = other.enableNamespacesByDefault ?? enableNamespacesByDefault
    autoInject = other.autoInject ?? autoInject
    usesCNI = other.usesCNI ?? usesCNI
    nativeNftables = other.nativeNftables ?? nativeNftables
  }
}
