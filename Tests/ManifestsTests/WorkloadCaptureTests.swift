import Istio
import TestSupport
import Testing

@testable import Manifests

@Suite struct WorkloadCaptureTests {
  /// Whatever the injector was told, the pod it made says the same: arguments are read back to the
  /// very config, and the rules are the same bytes.
  @Test(arguments: 0..<200)
  func anInjectedPodReproducesItsRules(seed: Int) throws {
    var random = Seeded(seed)
    let version = IstioVersion.all.randomElement(using: &random) ?? .newest
    let sidecar = try SidecarCapture(random.pod(), version: version)
    let pod = """
      kind: Pod
      metadata: {name: p, annotations: {sidecar.istio.io/status: "{}"}}
      spec:
        initContainers:
          - name: istio-init
            image: istio/proxyv2:\(version).2-distroless
            args: [\(sidecar.arguments.map { "'\($0)'" }.joined(separator: ", "))]
        containers: [{name: app}]
      """
    let cluster = Manifest.cluster(pod)
    let workload = try #require(cluster.workloads.first)
    let capture = try WorkloadCapture(of: workload, in: cluster)
    #expect(capture.version == version)
    #expect(capture.config == sidecar.config)
    #expect(try capture.rules()?.text == sidecar.rules()?.text)
  }

  @Test func theEnvironmentCountsWhereNoFlagSaysOtherwise() throws {
    let arguments = try InitArguments(
      ["istio-iptables", "--istio-service-cidr=*", "-o3307", "--redirect-dns"],
      environment: [
        "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE": "1", "CAPTURE_ALL_DNS": "true",
        "ISTIO_OUTBOUND_OWNER_GROUPS": "java",
      ], families: [.ipv6])
    #expect(arguments.config.outboundIPRangesInclude == "*")
    #expect(arguments.config.outboundPortsExclude == "3307")
    #expect(arguments.config.redirectDNS && arguments.config.captureAllDNS)
    #expect(arguments.config.ownerGroupsInclude == "java")
    #expect(arguments.config.enableIPv6)
    #expect(throws: InitArguments.UsageError.self) { try InitArguments(["-o"]) }
    #expect(throws: InitArguments.UsageError.self) { try InitArguments(["3307"]) }
  }

  @Test func everyValueSaysWhereItComesFrom() throws {
    let cluster = Manifest.cluster(
      """
      kind: IstioOperator
      metadata: {name: mesh}
      spec: {values: {global: {proxy: {excludeIPRanges: 10.0.0.0/8}}}}
      ---

      """ + Manifest.deployment(#"traffic.sidecar.istio.io/excludeOutboundPorts: "3307""#))
    let workload = try #require(cluster.workloads(named: "deployment/orders").first)
    let origins = try WorkloadCapture(of: workload, in: cluster).origins
    func origin(_ setting: TrafficSetting) -> WorkloadCapture.Origin? {
      origins.first { $0.setting.setting == setting }
    }
    #expect(origin(.excludeOutboundPorts)?.setting.origin == .annotation)
    #expect(origin(.excludeOutboundPorts)?.location?.line == 13)
    #expect(origin(.excludeOutboundIPRanges)?.setting.origin == .mesh)
    #expect(origin(.excludeOutboundIPRanges)?.location?.line == 3)
    #expect(origin(.includeOutboundIPRanges)?.location == nil)
  }

  @Test(arguments: [
    ("Pod", "spec:"), ("CronJob", "spec: {jobTemplate: {spec: {template: {spec:"),
    ("Rollout", "spec: {template: {spec:"),
  ])
  func anyKindWithAPodTemplateIsAWorkload(kind: String, opening: String) {
    let closing = String(repeating: "}", count: opening.count { $0 == "{" })
    let text =
      "kind: \(kind)\nmetadata: {name: w}\n\(opening) {containers: [{name: app}]}\(closing)"
    #expect(Manifest.cluster(text).workloads.map { "\($0.object)" } == ["\(kind)/w"])
  }
}

extension Seeded {
  /// A pod whose settings every stage takes.
  fileprivate mutating func pod() -> PodTraffic {
    var pod = PodTraffic()
    let values: [(TrafficSetting, [String])] = [
      (.includeOutboundIPRanges, ["*", "", "10.0.0.0/8,fd00::/8"]),
      (.excludeOutboundIPRanges, ["", "10.1.0.0/16", "0.0.0.0/0"]),
      (.includeOutboundPorts, ["", "3306,3307"]),
      (.excludeOutboundPorts, ["", "53", "3307, 11211"]),
      (.includeInboundPorts, ["*", "", "8080,9090"]), (.excludeInboundPorts, ["", "9000"]),
      (.excludeInterfaces, ["net1"]), (.kubevirtInterfaces, ["net2"]),
      (.interceptionMode, ["REDIRECT", "TPROXY"]),
    ]
    for (setting, texts) in values where Bool.random(using: &self) {
      pod.annotations[setting.annotation] = texts.randomElement(using: &self)
    }
    return pod
  }
}
