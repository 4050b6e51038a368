import Findings
import Testing

@testable import Manifests

/// Whose calls an exclusion takes out of the mesh.
@Suite struct ServicesTests {
  private func found(_ value: String, _ objects: String...) -> [Finding] {
    let pod = Manifest.deployment("traffic.sidecar.istio.io/\(value)")
    return Manifest.findings(([pod] + objects).joined(separator: "\n---\n"))
  }

  private let strict = "kind: PeerAuthentication\nspec: {mtls: {mode: STRICT}}"

  /// Its name is its pods' addresses, so what is dialled is where they listen.
  @Test func aHeadlessServiceIsDialledAtItsTarget() {
    let service =
      "kind: Service\nspec: {clusterIP: None, selector: {a: b}, ports: [{port: 80, targetPort: 7000}]}"
    #expect(
      found(#"excludeOutboundPorts: "7000""#, service, strict).map(\.severity) == [.error])
    #expect(found(#"excludeOutboundPorts: "80""#, service, strict).isEmpty)
    let plain = service.replacing("clusterIP: None, ", with: "")
    #expect(found(#"excludeOutboundPorts: "80""#, plain, strict).map(\.severity) == [.error])
    #expect(found(#"excludeOutboundPorts: "7000""#, plain, strict).isEmpty)
  }

  @Test func nothingButTCPIsEverCaptured() {
    let service =
      "kind: Service\nspec: {selector: {a: b}, ports: [{port: 7000, protocol: UDP}]}"
    #expect(found(#"excludeOutboundPorts: "7000""#, service, strict).isEmpty)
  }

  /// Without DNS capture nobody hears of the address yet.
  @Test(arguments: [
    #"excludeOutboundPorts: "3306""#, #"excludeOutboundIPRanges: "240.240.0.0/16""#,
  ])
  func anAllocatedAddressIsHitOnceDNSIsCaptured(annotation: String) {
    let entry = """
      kind: ServiceEntry
      metadata: {name: db}
      spec: {hosts: [db.example.com], resolution: DNS, ports: [{number: 3306}]}
      """
    let mesh = """
      kind: IstioOperator
      spec: {meshConfig: {defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}}}}
      """
    #expect(found(annotation, entry).map(\.severity) == [.info])
    #expect(found(annotation, entry, mesh).map(\.severity) == [.error])
    let addressed = entry.replacing("resolution", with: "addresses: [10.0.0.7], resolution")
    #expect(found(annotation, addressed, mesh).isEmpty)
  }

  /// A message has no place in JSON, which is what istiod reads.
  @Test func aDurationIsWrittenAsText() {
    func filter(_ value: String) -> [Finding] {
      Manifest.findings(
        "kind: EnvoyFilter\nmetadata: {namespace: shop}\n"
          + "spec: {configPatches: [{patch: {value: {idle_timeout: \(value)}}}]}")
    }
    #expect(filter("{seconds: 86400}").map(\.severity) == [.error])
    #expect(filter("{seconds: 86400}").first?.fix == "idle_timeout: 86400s")
    #expect(filter("[1]").map(\.severity) == [.error])
    #expect(filter("{max_stream_duration: 86400s}").isEmpty)
  }
}
