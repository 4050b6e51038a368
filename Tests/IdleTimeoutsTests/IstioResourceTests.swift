import Addresses
import Planning
import Testing

@testable import IdleTimeouts

@Suite struct IstioResourceTests {
  private let workload = Workload(namespace: "shop", app: "orders")
  private let schedule = ProbeSchedule(time: .seconds(60), interval: .seconds(10), probes: 3)

  @Test func anEnvoyFilterIsForOneWorkloadOnly() {
    for yaml in [
      IstioResource.passthroughKeepalive(schedule, for: workload),
      IstioResource.idleTimeout(.after(.seconds(10)), for: workload),
    ] {
      #expect(yaml.contains("\n  namespace: shop\n"))
      #expect(yaml.contains("\n  workloadSelector:\n    labels:\n      app: orders\n"))
      #expect(yaml.contains("context: SIDECAR_OUTBOUND"))
    }
  }

  /// `24h` passes istiod and fails in Envoy.
  @Test(arguments: [
    (Sidecar.IdleTimeout.after(.seconds(10)), "10s"), (.after(.seconds(86_400)), "86400s"),
    (.off, "0s"), (.unset, "null"),
  ])
  func idleTimeoutsAreInSeconds(timeout: Sidecar.IdleTimeout, text: String) {
    let yaml = IstioResource.idleTimeout(timeout, for: workload)
    #expect(yaml.hasSuffix("idle_timeout: \(text)\n"))
  }

  /// An annotation replaces every other list, so what is excluded already must be in it.
  @Test func anExclusionKeepsTheOthers() throws {
    let workload = Workload(
      excludedPorts: [15020, 3307], excludedRanges: [try #require(Prefix("10.0.0.0/8"))])
    let ports = IstioResource.excludePort(3306, for: workload)
    #expect(ports.hasSuffix("excludeOutboundPorts: \"15020,3307,3306\"\n"))
    #expect(IstioResource.excludePort(3307, for: workload).hasSuffix("\"15020,3307\"\n"))
    let range = try #require(Prefix("192.0.2.1/32"))
    #expect(
      IstioResource.excludeRanges([range], for: workload).hasSuffix(
        "\"10.0.0.0/8,192.0.2.1/32\"\n"))
  }

  @Test func keepaliveForTheMesh() {
    #expect(
      IstioResource.meshKeepalive(schedule)
        == "meshConfig:\n  tcpKeepalive:\n    time: 60s\n    interval: 10s\n    probes: 3\n")
  }

  @Test func aServerIsRegisteredAsTCP() throws {
    let address = try #require(Prefix("10.20.30.40/32"))
    let endpoint = Endpoint(name: "Orders DB", place: .prefixes([address]), port: 3307)
    let yaml = try #require(
      IstioResource.registration(
        of: endpoint, keepalive: schedule, idleTimeout: .seconds(86_400), for: workload))
    for line in [
      "kind: ServiceEntry", "kind: DestinationRule", "name: orders-db", "protocol: TCP",
      "resolution: STATIC", "idleTimeout: 86400s", #"host: "orders-db.internal""#,
    ] { #expect(yaml.contains(line), "\(line)") }
    let anywhere = Endpoint(name: "db", place: .anywhere, port: 3307)
    #expect(
      IstioResource.registration(
        of: anywhere, keepalive: schedule, idleTimeout: nil, for: workload) == nil)
  }

  @Test func scalarsCannotBreakOut() {
    let yaml = IstioResource.idleTimeout(
      .off, for: Workload(namespace: "a\"\n\\b", app: "no"))
    #expect(yaml.contains(#"namespace: "a\"\x0a\\b""#))
    #expect(yaml.contains(#"app: "no""#))
  }
}

@Suite struct TimelineTests {
  private let nlb = StatefulDevice(name: "aws-nlb", idleTimeout: .seconds(350), onExpiry: .reset)

  @Test func forgottenAtFirstClosedLater() {
    let path = IdlePath(sidecar: Sidecar(), devices: [nlb])
    #expect(
      path.timeline.drawing(width: 52) == [
        "  0 ------------a~~~~~~~~~~~~~~~~~~~~~~~~~~b",
        "  a  350s     aws-nlb forgets the flow; from here on it answers RST",
        "  b  1h       Envoy closes both connections (FIN)",
      ])
  }

  /// Raised to a day, the dead stretch fills the drawing; nothing else has changed.
  @Test func raisingLengthensTheDeadStretch() {
    func dead(_ timeout: Sidecar.IdleTimeout) -> Int {
      let path = IdlePath(sidecar: Sidecar(idleTimeout: timeout), devices: [nlb])
      return path.timeline.drawing()[0].filter { $0 == "~" }.count
    }
    #expect(dead(.after(.seconds(86_400))) > dead(.unset))
  }

  @Test func theServersFINDoesNotPassADeviceThatForgot() {
    let path = IdlePath(devices: [nlb], server: .init(idleTimeout: .seconds(600)))
    #expect(path.timeline.events.count == 1)
    #expect(path.timeline.drawing()[0].hasSuffix("~>"))
  }

  /// A keepalive of 7200 s repairs nothing, but it finds the body.
  @Test func aLateKeepaliveFindsItDead() {
    let path = IdlePath(client: .init(keepalive: .kernel), devices: [nlb])
    #expect(path.timeline.events.last?.at == .seconds(7200))
    #expect(path.timeline.events.last?.state == .closed)
  }
}
