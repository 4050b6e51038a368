import Documents
import Istio
import Testing

@Suite struct NearMissTests {
  private func misses(_ text: String) throws -> [String] {
    try MeshValues.nearMisses(in: Node(reading: Array(text.utf8))).map(\.description)
  }

  @Test func aSlipOfAKeyThatIsReadIsNamedWithItsPlace() throws {
    let values = """
      gloabl: {}
      global:
        proxy:
          excludeOutboundPort: 3307
      meshConfig:
        defaultConfig:
          proxyMetadata:
            ISTIO_META_DNS_CAPTUER: "true"
      """
    #expect(
      try misses(values) == [
        "1:1: unknown key 'gloabl'; did you mean 'global'?",
        "4:5: unknown key 'excludeOutboundPort'; did you mean 'excludeOutboundPorts'?",
        "8:7: unknown key 'ISTIO_META_DNS_CAPTUER'; did you mean 'ISTIO_META_DNS_CAPTURE'?",
      ])
    #expect(
      try misses("spec: {values: {global: {nativeNftable: true}}}") == [
        "1:26: unknown key 'nativeNftable'; did you mean 'nativeNftables'?"
      ])
  }

  /// Keys of istiod's chart and of MeshConfig that are nearest to those that are read.
  @Test func otherKeysOfTheChartAreNoSlips() throws {
    let values = """
      base: {}
      cni: {}
      profile: demo
      pilot: {env: {}, cni: {provider: default}, cpu: {}, hub: "", tag: "", image: pilot}
      sidecarInjectorWebhook: {neverInjectSelector: [], rewriteAppHTTPProbe: true}
      global:
        proxy_init: {image: proxyv2}
        platform: ""
        proxy: {image: auto, privileged: false, logLevel: warning, tracer: none, startupProbe: {}}
      meshConfig:
        proxyHttpPort: 0
        defaultProviders: {}
        defaultConfig:
          proxyAdminPort: 15000
          proxyHeaders: {}
          statusPort: 15020
          proxyMetadata: {ISTIO_META_DNS_AUTO_ALLOCATE: "true", ISTIO_META_CLUSTER_ID: one}
      """
    #expect(try misses(values).isEmpty)
  }
}
