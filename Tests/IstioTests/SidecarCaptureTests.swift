import Addresses
import TestSupport
import Testing

@testable import Istio

/// What an annotation, the chart and the way of install make of each other.
@Suite struct PrecedenceTests {
  @Test func anAnnotationReplacesTheMeshWideList() throws {
    var pod = PodTraffic()
    pod.mesh.values[.excludeOutboundPorts] = "3306,6379"
    pod.annotations["traffic.sidecar.istio.io/excludeOutboundPorts"] = "11211, 6379"
    let setting = try #require(SidecarCapture(pod).setting(.excludeOutboundPorts))
    #expect(setting.text == "11211, 6379")
    #expect(setting.origin == .annotation)
    #expect(setting.replaced == Setting.Replaced(text: "3306,6379", origin: .mesh))
    #expect(setting.merged == "3306,6379,11211")
  }

  @Test func anEmptyAnnotationCancelsTheMeshWideList() throws {
    var pod = PodTraffic()
    pod.mesh.values[.excludeOutboundPorts] = "3306"
    pod.annotations["traffic.sidecar.istio.io/excludeOutboundPorts"] = ""
    let capture = try SidecarCapture(pod)
    #expect(capture.config?.outboundPortsExclude == "")
    #expect(capture.arguments.contains("-o"))
  }

  @Test func withoutAnythingInitExcludesNoOutboundPortAndCNIExcludes15020() throws {
    #expect(try SidecarCapture(PodTraffic()).config?.outboundPortsExclude == "")
    let cni = try SidecarCapture(PodTraffic(), install: .cni)
    #expect(cni.config?.outboundPortsExclude == "15020")
    #expect(cni.setting(.excludeOutboundPorts)?.origin == .cniPlugin)
  }

  @Test func anAnnotationReplacesTheCNIPluginsOwnPortToo() throws {
    var pod = PodTraffic()
    pod.annotations["traffic.sidecar.istio.io/excludeOutboundPorts"] = "3307"
    let setting = try SidecarCapture(pod, install: .cni).setting(.excludeOutboundPorts)
    #expect(setting?.replaced == Setting.Replaced(text: "15020", origin: .cniPlugin))
    #expect(setting?.merged == "15020,3307")
  }

  @Test func anEmptyMeshWideIncludeIsNothingForInitAndEverythingForCNI() throws {
    var pod = PodTraffic()
    pod.mesh.values[.includeOutboundIPRanges] = ""
    #expect(try SidecarCapture(pod).config?.outboundIPRangesInclude == "")
    #expect(try SidecarCapture(pod, install: .cni).config?.outboundIPRangesInclude == "*")
    pod.annotations["traffic.sidecar.istio.io/includeOutboundIPRanges"] = ""
    #expect(try SidecarCapture(pod, install: .cni).config?.outboundIPRangesInclude == "")
  }

  @Test(arguments: [
    ("", "15020", "15090,15021,15020", "15020,15021,15090"),
    ("6000,7000", "15020", "15090,15021,6000,7000,15020", "6000,7000,15020,15021,15090"),
    (" 6000 ,,", "15020", "15090,15021,6000,15020", "6000,15020,15021,15090"),
    ("15020,80", "15020", "15090,15021,15020,80", "15020,80,15021,15090"),
    ("6000", "0", "15090,15021,6000", "6000,15020,15021,15090"),
    ("", "0", "15090,15021", "15020,15021,15090"),
  ])
  func theAgentsOwnPortsAreExcludedInbound(
    list: String, status: String, initPorts: String, cniPorts: String
  ) throws {
    var pod = PodTraffic()
    pod.mesh.values[.excludeInboundPorts] = list
    pod.mesh.values[.statusPort] = status
    #expect(try SidecarCapture(pod).config?.inboundPortsExclude == initPorts)
    #expect(try SidecarCapture(pod, install: .cni).config?.inboundPortsExclude == cniPorts)
  }

  @Test func theArgumentsAreWhatTheInjectorWrites() throws {
    var pod = PodTraffic()
    pod.annotations["traffic.sidecar.istio.io/excludeOutboundPorts"] = "3307,11211"
    #expect(
      try SidecarCapture(pod).arguments == [
        "istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*",
        "-x", "", "-b", "*", "-d", "15090,15021,15020", "-o", "3307,11211",
      ])
  }

  @Test func aFlagBeatsTheEnvironment() throws {
    var pod = PodTraffic()
    pod.proxyMetadata["ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE"] = "9000"
    #expect(try SidecarCapture(pod).config?.outboundPortsExclude == "9000")
    pod.mesh.values[.excludeOutboundPorts] = "3306"
    #expect(try SidecarCapture(pod).config?.outboundPortsExclude == "3306")
  }

  @Test func dnsCaptureIsLimitedToTheNameServersForInitOnly() throws {
    var pod = PodTraffic()
    pod.proxyMetadata["ISTIO_META_DNS_CAPTURE"] = "true"
    pod.nameServers = ["10.96.0.10", "fd00::a"].compactMap { IPAddress($0) }
    let config = try #require(SidecarCapture(pod).config)
    #expect(config.redirectDNS && !config.captureAllDNS)
    #expect(config.dnsServersV4 == ["10.96.0.10"] && config.dnsServersV6 == ["fd00::a"])
    let cni = try #require(SidecarCapture(pod, install: .cni).config)
    #expect(cni.redirectDNS && cni.captureAllDNS && cni.dnsServersV4.isEmpty)
  }

  @Test func theFirstAddressDecidesOverIPv6UnlessDualStack() throws {
    var pod = PodTraffic()
    pod.ipv6 = .addresses([.ipv4, .ipv6])
    #expect(try SidecarCapture(pod).config?.enableIPv6 == false)
    pod.proxyMetadata["ISTIO_DUAL_STACK"] = "true"
    #expect(try SidecarCapture(pod).config?.enableIPv6 == true)
  }

  @Test func theUsersOwnProxyUserIsFollowedFrom123On() throws {
    var pod = PodTraffic()
    pod.runAsUser = 2000
    let old = try #require(SidecarCapture(pod, version: IstioVersion(minor: 20)).config)
    #expect(old.proxyUID == "1337")
    let new = try #require(SidecarCapture(pod).config)
    #expect(new.proxyUID == "2000" && new.proxyGID == "2000")
  }

  @Test func theNewerVirtualInterfaceAnnotationWinsFrom125On() throws {
    var pod = PodTraffic()
    pod.annotations["istio.io/reroute-virtual-interfaces"] = "net1"
    pod.annotations["traffic.sidecar.istio.io/kubevirtInterfaces"] = "net2"
    #expect(
      try SidecarCapture(pod, version: IstioVersion(minor: 24)).config?.rerouteVirtualInterfaces
        == "net2")
    #expect(try SidecarCapture(pod).config?.rerouteVirtualInterfaces == "net1")
  }
}

/// A refusal names the stage, the setting, the item and what to write.
@Suite struct RefusalTests {
  private func refusal(
    _ setting: TrafficSetting, _ value: String, install: PodTraffic.Install = .`init`,
    version: IstioVersion = .newest, backend: Backend = .iptables
  ) -> Refusal? {
    var pod = PodTraffic()
    pod.annotations[setting.annotation] = value
    do throws(Refusal) {
      _ = try SidecarCapture(pod, version: version, install: install).rules(backend)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    (TrafficSetting.excludeOutboundPorts, "3307,", 5), (.excludeOutboundPorts, "3000:3010", 0),
    (.excludeOutboundPorts, "80,3000-3010", 3), (.excludeOutboundPorts, "*", 0),
    (.excludeOutboundPorts, "65536", 0), (.excludeOutboundPorts, "80,+81", 3),
    (.excludeInboundPorts, "*", 0), (.includeInboundPorts, "http", 0),
    (.excludeOutboundIPRanges, "10.0.0.0/8,10.1.2.3", 11), (.excludeOutboundIPRanges, "*", 0),
    (.excludeOutboundIPRanges, "10.0.0.0/33", 0), (.excludeOutboundIPRanges, "10.0.0.0/8,", 11),
    (.includeOutboundIPRanges, "10.0.0.0/8, 10.9.0.0/16", 11), (.interceptionMode, "tproxy", 0),
    (.statusPort, "x", 0), (.excludeInterfaces, "0eth", 0), (.kubevirtInterfaces, "eth0,", 5),
  ])
  func theWebhookRefuses(setting: TrafficSetting, value: String, offset: Int) {
    let refusal = refusal(setting, value)
    #expect(refusal?.stage == .webhook)
    #expect(refusal?.setting == setting.annotation)
    #expect(refusal?.offset == offset)
  }

  @Test(arguments: [
    (TrafficSetting.excludeOutboundPorts, ""), (.excludeOutboundPorts, "0, 80 ,65535"),
    (.excludeOutboundIPRanges, "0.0.0.0/0,::/0"), (.excludeOutboundIPRanges, "::ffff:1.2.3.4/120"),
    (.includeOutboundIPRanges, "*"), (.includeInboundPorts, "*"), (.interceptionMode, "NONE"),
    (.includeOutboundPorts, "3000:3010"),
  ])
  func theWebhookTakes(setting: TrafficSetting, value: String) {
    #expect(refusal(setting, value) == nil)
  }

  @Test func aBareAddressIsToldItsRange() {
    let refusal = refusal(.excludeOutboundIPRanges, "10.1.2.3")
    #expect(refusal?.reason == .range(.noLength(meant: Prefix(IPAddress("10.1.2.3")!))))
    #expect(refusal?.description.contains("write 10.1.2.3/32") == true)
  }

  @Test func interfaceNamesAreCheckedFrom130On() {
    #expect(refusal(.excludeInterfaces, "0eth", version: IstioVersion(minor: 29)) == nil)
    #expect(refusal(.excludeInterfaces, "0eth", version: IstioVersion(minor: 30)) != nil)
  }

  @Test func whatNoValidatorChecksFailsWhereTheRulesAreLoaded() {
    #expect(refusal(.includeOutboundPorts, "80,*")?.stage == .tool(.iptables))
    #expect(refusal(.includeOutboundPorts, "80,*")?.offset == 3)
    #expect(
      refusal(.includeOutboundPorts, "3000:3010", backend: .nftables)?.stage == .tool(.nftables))
    #expect(refusal(.includeOutboundPorts, "80,abc", install: .cni)?.stage == .cniPlugin)
    #expect(refusal(.includeOutboundPorts, "*", install: .cni)?.stage == .tool(.iptables))
  }

  @Test(arguments: CheckedAnnotation.allCases)
  func theWebhookChecksOtherAnnotationsToo(annotation: CheckedAnnotation) {
    var pod = PodTraffic()
    pod.annotations[annotation.rawValue] = "soon"
    let refusals = SidecarCapture.refusals(of: pod, version: .newest, install: .`init`)
    #expect(refusals.map(\.setting) == [annotation.rawValue])
    pod.annotations[annotation.rawValue] = "1"
    #expect(SidecarCapture.refusals(of: pod, version: .newest, install: .`init`).isEmpty)
  }

  @Test(arguments: [
    "100m", "2", "+1.5Gi", ".5", "1.", "128Mi", "1E", "2e3", "1E-3", "0", "-100m", "9Ei",
  ])
  func theWebhookTakesAnAmountOfCPU(amount: String) {
    #expect(resourceRefusals(amount, version: .newest).isEmpty)
  }

  @Test(arguments: [
    "", "soon", "100 m", "100m\n", "1Gi\u{0}", "1gi", "1e", "1e+", "1.2.3", "1KB", "\u{664}m",
  ])
  func theWebhookRefusesWhatIsNoAmountFrom129On(amount: String) {
    let annotation = CheckedAnnotation.proxyCPU.rawValue
    #expect(resourceRefusals(amount, version: .newest).map(\.setting) == [annotation])
    #expect(resourceRefusals(amount, version: IstioVersion(minor: 29)).count == 1)
    #expect(resourceRefusals(amount, version: IstioVersion(minor: 28)).isEmpty)
  }

  private func resourceRefusals(_ amount: String, version: IstioVersion) -> [Refusal] {
    var pod = PodTraffic()
    pod.annotations[CheckedAnnotation.proxyCPU.rawValue] = amount
    return SidecarCapture.refusals(of: pod, version: version, install: .`init`)
  }

  @Test func theCNIPluginRefusesModeNone() {
    #expect(refusal(.interceptionMode, "NONE", install: .cni)?.stage == .cniPlugin)
  }

  @Test func aValueOfTheChartIsCheckedByTheGeneratorOnly() throws {
    var pod = PodTraffic()
    pod.mesh.values[.excludeOutboundIPRanges] = "10.0.0.0/8,10.1.2.3"
    let refusal = #expect(throws: Refusal.self) { try SidecarCapture(pod).rules() }
    #expect(refusal?.stage == .generator)
    #expect(refusal?.setting == "global.proxy.excludeIPRanges")
    #expect(refusal?.offset == 11)
    let old = try SidecarCapture(pod, version: IstioVersion(minor: 26)).rules()
    #expect(old?.notices.count == 1)
  }
}

/// The CNI plugin's own goldens, made by a version from 1.25 on.
@Suite struct CNIPluginTests {
  @Test func itsGoldensAreReproduced() throws {
    guard let root = casesRoot() else { return }
    var compared = 0
    for (name, pod) in pods {
      let path = "\(root)/istio/cni-plugin-iptables/\(name).txt.golden"
      let golden = try TestFiles.text(path).split(separator: "\n").map(String.init)
      let rules = try SidecarCapture(pod, install: .cni).rules()
      #expect(rules?.lines.map(\.text) == golden, "\(name)")
      compared += 1
    }
    // status-ports is left out: nobody makes it any more, it still has the rules of 1.17.
    print("conformance: \(compared) goldens of the CNI plugin")
  }

  private var pods: [(String, PodTraffic)] {
    func pod(_ change: (inout PodTraffic) -> Void) -> PodTraffic {
      var pod = PodTraffic()
      change(&pod)
      return pod
    }
    let tproxy = [TrafficSetting.interceptionMode.annotation: "TPROXY"]
    return [
      ("basic", PodTraffic()),
      ("custom-uid", pod { ($0.runAsUser, $0.runAsGroup) = (1_000_670_000, 1_000_670_001) }),
      (
        "custom-uid-tproxy",
        pod {
          ($0.runAsUser, $0.runAsGroup) = (1_000_670_000, 1_000_670_001)
          $0.annotations = tproxy
        }
      ),
      ("dns", pod { $0.proxyMetadata = ["ISTIO_META_DNS_CAPTURE": "true"] }),
      ("invalid-drop", pod { $0.proxyMetadata = ["INVALID_DROP": "true"] }),
      ("tproxy", pod { $0.annotations = tproxy }),
      (
        "include-exclude-ip",
        pod {
          $0.annotations = [
            TrafficSetting.includeOutboundIPRanges.annotation: "127.0.0.0/8",
            TrafficSetting.excludeOutboundIPRanges.annotation: "10.0.0.0/8",
          ]
        }
      ),
      (
        "include-exclude-ports",
        pod {
          $0.annotations = [
            TrafficSetting.includeInboundPorts.annotation: "1111,2222",
            TrafficSetting.excludeInboundPorts.annotation: "3333,4444",
            TrafficSetting.excludeOutboundPorts.annotation: "5555,6666",
          ]
        }
      ),
    ]
  }
}
