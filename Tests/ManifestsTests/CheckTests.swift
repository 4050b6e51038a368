import Findings
import Istio
import Testing

@testable import Manifests

@Suite struct CheckTests {
  @Test func anAnnotationOfTheDeploymentIsFoundOnItsLine() {
    let wrong = """
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: orders
        annotations:
          traffic.sidecar.istio.io/excludeOutboundPorts: "3307"
      spec:
        template:
          spec:
            containers: [{name: app}]
      """
    #expect(Manifest.findings(wrong).map(\.brief) == ["BP013 warning 6:5"])
    #expect(Manifest.findings(wrong).map(\.object) == ["Deployment/orders"])
    let right = Manifest.deployment(#"traffic.sidecar.istio.io/excludeOutboundPorts: "3307""#)
    #expect(Manifest.findings(right).isEmpty)
  }

  /// A finding points at the item, whatever the value is quoted with; where characters cannot be
  /// counted, at the value.
  @Test(arguments: [
    (#"10.0.0.0/8,10.1.2.3"#, 70), (#"'10.0.0.0/8,10.1.2.3'"#, 71),
    (#""10.0.0.0/8,10.1.2.3""#, 71), (#""10.0.0.0\/8,10.1.2.3""#, 59),
  ])
  func theCaretStandsUnderTheItem(value: String, column: Int) {
    let text = Manifest.deployment("traffic.sidecar.istio.io/excludeOutboundIPRanges: \(value)")
    #expect(Manifest.findings(text).map(\.brief) == ["BP004 error 9:\(column)"])
  }

  @Test func anEnvoyFilterThatWorksIsNoError() throws {
    func filter(_ timeout: String) -> [Finding] {
      Manifest.findings(
        """
        kind: EnvoyFilter
        metadata: {name: idle, namespace: shop}
        spec:
          configPatches:
            - patch:
                value:
                  typed_config: {idle_timeout: \(timeout)}
        """)
    }
    let found = try #require(filter("24h").first)
    #expect(found.severity == .warning)
    #expect(found.fix == "idle_timeout: 86400s")
    #expect(filter("86400s").isEmpty)
    #expect(filter("1d").map(\.severity) == [.error])
    #expect(filter("86400").map(\.fix) == ["idle_timeout: 86400s"])
  }

  @Test func oneBrokenDocumentHidesNoOther() {
    let text = """
      kind: Pod
      metadata: {name: a, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: 1}}
      spec: {}
      ---
      kind: [
      ---
      kind: Pod
      metadata: {name: b, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: 2}}
      spec: {}
      """
    let found = Manifest.findings(text)
    #expect(found.map(\.code.id) == ["BP002", "BP001", "BP002"])
    #expect(found.map(\.object) == ["Pod/a", nil, "Pod/b"])
  }

  @Test func aBillionLaughsAreRefusedAndTheRestIsRead() {
    let levels = (1...9).map { level in
      "l\(level): &l\(level) [\(Array(repeating: "*l\(level - 1)", count: 9).joined(separator: ","))]"
    }
    let bomb = "l0: &l0 [x]\n" + levels.joined(separator: "\n")
    let found = Manifest.findings(
      bomb + "\n---\n"
        + Manifest.deployment(#"traffic.sidecar.istio.io/excludeOutboundPorts: 1"#))
    #expect(found.map(\.code.id) == ["BP001", "BP002"])
  }

  @Test func anchorsMergeKeysAndCRLFAreRead() {
    let text = """
      x-common: &common
        traffic.sidecar.istio.io/excludeOutboundPorts: "3307,"
      kind: Pod
      metadata:
        name: a
        annotations:
          <<: *common
      spec: {}
      """.split(separator: "\n").joined(separator: "\r\n")
    #expect(Manifest.findings("\u{FEFF}" + text).map(\.brief) == ["BP006 error 2:56"])
  }

  @Test func everyVersionIsAskedAndNamed() throws {
    let text = Manifest.deployment("istio.io/reroute-virtual-interfaces: net1")
    let found = Manifest.findings(text) { $0.versions = [24, 25].map { IstioVersion("1.\($0)")! } }
    #expect(found.map(\.code.id) == ["BP016"])
    #expect(try #require(found.first).message.hasSuffix("(Istio 1.24)"))
  }

  @Test func withoutANamespaceInjectionIsTakenAsOn() {
    let pod = Manifest.deployment(#"traffic.sidecar.istio.io/excludeOutboundPorts: "3307""#)
    let namespace = "kind: Namespace\nmetadata: {name: default}\n---\n"
    #expect(Manifest.findings(pod).isEmpty)
    #expect(Manifest.findings(namespace + pod).map(\.code.id) == ["BP014"])
  }

  /// Slips of the keyboard are found, other people's annotations are left alone.
  @Test(arguments: [
    ("traffic.sidecar.istio.io/excludeOutbondPorts", "excludeOutboundPorts"),
    ("traffic.sidecar.istio.io/excludeoutboundports", "excludeOutboundPorts"),
    ("sidecar.istio.io/excludeOutboundIPRanges", "excludeOutboundIPRanges"),
    ("traffic.sidecar.itsio.io/includeInboundPorts", "includeInboundPorts"),
    ("excludeOutboundPorts", "excludeOutboundPorts"),
    ("traffic.sidecar.istio.io/excludeOutboundIPs", "excludeOutboundIPRanges"),
    ("traffic.sidecar.istio.io/excludeIPRanges", "excludeOutboundIPRanges"),
    ("prometheus.io/port", nil), ("sidecar.istio.io/rewriteAppHTTPProbers", nil),
    ("sidecar.istio.io/proxyCPU", nil), ("kubectl.kubernetes.io/last-applied-configuration", nil),
    ("sidecar.istio.io/componentLogLevel", nil), ("sidecar.istio.io/statsInclusionPrefixes", nil),
  ])
  func knowsNamesThatAreNearlyRight(name: String, meant: String?) {
    let found = Manifest.findings(Manifest.deployment(#"\#(name): "3307""#))
    #expect(found.map(\.code.id) == (meant == nil ? [] : ["BP012"]))
    #expect(found.first?.fix == meant.map { "traffic.sidecar.istio.io/\($0)" })
  }

  @Test func valuesOfTheChartAreCheckedByNobodyElse() {
    let config = """
      kind: IstioOperator
      metadata: {name: mesh}
      spec:
        values:
          global:
            proxy:
              excludeIPRanges: "10.1.2.3"
      """
    #expect(Manifest.findings(config).map(\.brief) == ["BP004 error 7:26"])
    #expect(
      Manifest.findings(config) { $0.versions = [IstioVersion("1.26")!] }.map(\.brief)
        == ["BP004 warning 7:26"])
  }

  @Test func theInjectorsConfigMapGivesMeshWideLists() {
    let map = """
      kind: ConfigMap
      metadata: {name: istio-sidecar-injector}
      data:
        values: |
          {"global": {"proxy": {"excludeOutboundPorts": "6379"}}}
      ---

      """
    let pod = Manifest.deployment(#"traffic.sidecar.istio.io/excludeOutboundPorts: "3307""#)
    let found = Manifest.findings(map + pod)
    #expect(found.map(\.code.id) == ["BP102"])
    #expect(
      found.first?.fix == #"traffic.sidecar.istio.io/excludeOutboundPorts: "6379,3307""#)
  }
}
