import Addresses
import Documents
import Istio
import Planning
import Testing

@testable import Manifests

@Suite struct IstioResourceTests {
  private let target = PasteTarget(
    ObjectName(kind: "Deployment", name: "orders", namespace: "shop"))

  private func yaml(_ objects: JSONValue...) -> String { Paste.objects(objects).yaml() }

  @Test func anEnvoyFilterIsForOneWorkloadOnly() {
    for object in [
      IstioResource.passthroughKeepalive(.usual, for: target),
      IstioResource.idleTimeout(.seconds(10), for: target),
    ] {
      let yaml = yaml(object)
      #expect(yaml.contains("\n  namespace: shop\n"))
      #expect(yaml.contains("\n  workloadSelector:\n    labels:\n      app: orders\n"))
      #expect(yaml.contains("context: SIDECAR_OUTBOUND"))
    }
  }

  /// `24h` passes istiod and fails in Envoy.
  @Test(arguments: [
    (Span?.some(.seconds(10)), "10s"), (.seconds(86_400), "86400s"), (Span(milliseconds: 0), "0s"),
    (nil, "null"),
  ])
  func idleTimeoutsAreInSeconds(timeout: Span?, text: String) {
    #expect(
      yaml(IstioResource.idleTimeout(timeout, for: target)).hasSuffix(
        "idle_timeout: \(text)\n"))
  }

  /// An annotation replaces every other list, so what is excluded already must be in it.
  @Test func anExclusionKeepsTheOthers() throws {
    var target = target
    target.annotations = [
      "traffic.sidecar.istio.io/excludeOutboundPorts": "15020, 3307",
      "traffic.sidecar.istio.io/excludeOutboundIPRanges": "10.0.0.0/8",
    ]
    #expect(
      IstioResource.excluding(ports: [3306], from: target).lines
        == "traffic.sidecar.istio.io/excludeOutboundPorts: \"15020,3307,3306\"\n")
    #expect(
      IstioResource.excluding(ports: [3307], from: target).lines.hasSuffix("\"15020,3307\"\n"))
    let range = try #require(Prefix("192.0.2.1/32"))
    #expect(
      IstioResource.excluding(ranges: [range], from: target).lines.hasSuffix(
        "\"10.0.0.0/8,192.0.2.1/32\"\n"))
  }

  /// The annotation is one text for the whole proxy config.
  @Test func aProxyConfigKeepsWhatElseItSays() {
    var target = target
    target.annotations["proxy.istio.io/config"] = """
      concurrency: 2
      proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}
      """
    #expect(
      IstioResource.proxyIdleTimeout(.seconds(86_400), for: target).values.map(\.text) == [
        """
        concurrency: 2
        proxyMetadata:
          ISTIO_META_DNS_CAPTURE: "true"
          ISTIO_META_IDLE_TIMEOUT: 86400s

        """
      ])
  }

  @Test func keepaliveForTheMesh() {
    #expect(
      yaml(IstioResource.meshKeepalive(.usual))
        == "meshConfig:\n  tcpKeepalive:\n    time: 60s\n    interval: 10s\n    probes: 3\n")
  }

  @Test func aServerIsRegisteredAsTCP() throws {
    let address = try #require(Prefix("10.20.30.40/32"))
    let endpoint = Endpoint(name: "Orders DB", place: .prefixes([address]), port: 3307)
    let objects = IstioResource.registration(
      of: endpoint, keepalive: .usual, idleTimeout: .seconds(86_400), for: target)
    let yaml = Paste.objects(objects).yaml()
    for line in [
      "kind: ServiceEntry", "kind: DestinationRule", "name: orders-db", "protocol: TCP",
      "resolution: STATIC", "idleTimeout: 86400s", "host: orders-db.internal",
    ] { #expect(yaml.contains(line), "\(line)") }
    let anywhere = Endpoint(name: "db", place: .anywhere, port: 3307)
    #expect(
      IstioResource.registration(
        of: anywhere, keepalive: .usual, idleTimeout: nil, for: target
      ).isEmpty)
  }

  /// Before 1.21 it never reached the filter that closes idle connections.
  @Test func anIdleTimeoutIsOnlyWrittenWhereItIsHonoured() throws {
    let address = try #require(Prefix("10.20.30.40/32"))
    let endpoint = Endpoint(name: "db", place: .prefixes([address]), port: 3307)
    let objects = IstioResource.registration(
      of: endpoint, keepalive: .usual, idleTimeout: .seconds(86_400),
      version: try #require(IstioVersion("1.20")), for: target)
    #expect(!Paste.objects(objects).yaml().contains("idleTimeout"))
  }

  @Test func scalarsCannotBreakOut() throws {
    let name = "a\"\n\\b"
    let target = PasteTarget(ObjectName(kind: "Deployment", name: "no", namespace: name))
    let read = try Node(reading: Array(yaml(IstioResource.idleTimeout(nil, for: target)).utf8))
    #expect(read["metadata", "namespace"]?.scalar?.text == name)
    let app = read["spec", "workloadSelector", "labels", "app"]?.scalar
    #expect(app?.text == "no" && app?.type == .string)
  }
}
