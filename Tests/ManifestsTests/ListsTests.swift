import Findings
import Istio
import Testing

@testable import Manifests

/// Lists that every stage takes, and what they do all the same.
@Suite struct ListsTests {
  private func found(
    _ setting: String, _ value: String, _ change: (inout CheckOptions) -> Void = { _ in }
  ) -> [Finding] {
    let text = Manifest.deployment("traffic.sidecar.istio.io/\(setting): \"\(value)\"")
    return Manifest.findings(text, change)
  }

  /// iptables reads 03306 as C does.
  @Test func aLeadingZeroIsAnotherPort() {
    let octal = found("excludeOutboundPorts", "11211,03306")
    #expect(octal.map(\.code.id) == ["BP118"])
    #expect(octal.first?.message.hasPrefix("03306 is port 1734") == true)
    #expect(octal.first?.fix?.hasSuffix(#""11211,3306""#) == true)
    #expect(found("excludeOutboundPorts", "3306,06352").map(\.code.id) == ["BP112", "BP118"])
    #expect(found("excludeInboundPorts", "010").map(\.code.id) == ["BP118"])
    #expect(found("excludeOutboundPorts", "00").isEmpty)
  }

  @Test func whatStaysInThePodIsNotCapturedAnyway() {
    for range in ["127.0.0.1/32", "127.0.0.0/8", "127.3.0.0/16"] {
      #expect(found("excludeOutboundIPRanges", range).map(\.code.id) == ["BP112"])
    }
    #expect(
      found("excludeOutboundIPRanges", "::1/128") { $0.enablesIPv6 = true }.map(\.code.id)
        == ["BP112"])
    // An include list that names loopback captures it.
    let both = Manifest.deployment(
      #"traffic.sidecar.istio.io/includeOutboundIPRanges: "127.0.0.0/8""#,
      #"traffic.sidecar.istio.io/excludeOutboundIPRanges: "127.3.0.0/16""#)
    #expect(Manifest.findings(both).isEmpty)
  }

  @Test func anIncludedRangeOfAFamilyWithoutRulesDoesNothing() {
    #expect(found("includeOutboundIPRanges", "fd00::/8").map(\.code.id) == ["BP108"])
    #expect(found("includeOutboundIPRanges", "fd00::/8") { $0.enablesIPv6 = true }.isEmpty)
  }

  @Test(arguments: [
    ("excludeInboundPorts", "15006", "BP113 warning"),
    ("excludeInboundPorts", "15021", "BP112 info"),
    ("includeInboundPorts", "8080,15021", "BP113 warning"),
    ("excludeOutboundPorts", "15001", "BP113 warning"),
    ("excludeOutboundPorts", "15020", "BP113 info"),
  ])
  func portsOfEnvoyAndTheAgent(setting: String, value: String, expected: String) {
    #expect(
      found(setting, value).map { "\($0.code) \($0.severity.rawValue)" } == [expected])
  }

  /// What is recommended is taken by every stage.
  @Test(arguments: [
    ("excludeInterfaces", "443, eth0"), ("excludeInterfaces", "eth0,a-name-of-more-than-15"),
    ("excludeOutboundPorts", "3306, mysql"), ("excludeOutboundIPRanges", "10.0.0.1, example.com"),
  ])
  func noFixIsGivenWhereWhatIsMeantIsUnsure(setting: String, value: String) {
    let findings = found(setting, value)
    #expect(!findings.isEmpty)
    #expect(findings.allSatisfy { $0.fix == nil })
  }

  @Test func aMeshsListThatIsRefusedIsNotRepeated() {
    let mesh = """
      kind: IstioOperator
      spec: {values: {global: {proxy: {excludeOutboundPorts: "mysql"}}}}
      ---

      """
    let pod = Manifest.deployment(#"traffic.sidecar.istio.io/excludeOutboundPorts: "3307""#)
    let replaced = Manifest.findings(mesh + pod).filter { $0.code.id == "BP102" }
    #expect(replaced.count == 1)
    #expect(replaced.allSatisfy { $0.fix == nil })
  }

  /// The generator stops at the first; the user has all of them to mend.
  @Test func everyFaultOfTheChartsValuesIsFound() {
    let mesh = """
      kind: IstioOperator
      spec:
        values:
          global:
            proxy:
              excludeIPRanges: 10.0.0.1,10.0.0.2
              includeIPRanges: 10.0.0.0/33
              excludeOutboundPorts: mysql
      """
    #expect(
      Manifest.findings(mesh).map(\.brief) == [
        "BP004 error 6:26", "BP004 error 6:26", "BP003 error 7:26", "BP003 error 8:31",
      ])
  }

  /// istiod reads it as protobuf's JSON, where a map of strings holds strings.
  @Test(arguments: [
    ("proxyMetadata: {ISTIO_META_DNS_CAPTURE: true}", false),
    ("proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}", true), ("proxyMetadata: [a]", false),
    ("interceptionMode: tproxy", false), ("interceptionMode: TPROXY", true), ("tracing: {}", true),
  ])
  func proxyConfigIsReadAsIstiodReadsIt(config: String, isTaken: Bool) {
    let text = Manifest.deployment(#"proxy.istio.io/config: "\#(config)""#)
    #expect(Manifest.findings(text).map(\.brief) == (isTaken ? [] : ["BP003 error 9:32"]))
  }

  @Test func aRevisionsConfigMapsAreRead() {
    let maps = """
      kind: ConfigMap
      metadata: {name: istio-canary, namespace: istio-system}
      data: {mesh: "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}"}
      ---

      """
    let pod = Manifest.deployment(#"traffic.sidecar.istio.io/excludeOutboundPorts: "53""#)
    #expect(Manifest.findings(maps + pod).first?.message.hasPrefix("DNS capture is on") == true)
  }
}
