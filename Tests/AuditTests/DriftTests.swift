import Addresses
import Answers
import Findings
import Istio
import Ruleset
import RulesetText
import Testing

@testable import Audit

@Suite struct DriftTests {
  /// Of whichever Istio, its own rules are recognised as such and nothing is found.
  @Test(arguments: IstioVersion.all, PodTraffic.Install.allCases)
  func rulesAsAskedAreNoDrift(version: IstioVersion, install: PodTraffic.Install) throws {
    for backend in Istio.Backend.allCases where backend == .iptables || version.minor >= 27 {
      for annotations in [[:], [PodSpecimen.excludedPorts: "3307,11211"]] {
        for addresses in [["10.244.1.5"], ["fd00::5", "10.244.1.5"]] {
          let pod = PodSpecimen(
            annotations: annotations, version: version, install: install, backend: backend,
            addresses: addresses)
          let result = try pod.audit()
          #expect(result.isEqual)
          #expect(result.codes.isEmpty, "\(backend) \(result.findings.map(\.finding.message))")
          #expect(result.candidate.backend == backend)
          #expect(
            result.candidate.writers.contains(.init(version: version, install: install)),
            "\(result.candidate.name)")
        }
      }
    }
  }

  @Test func whoWroteTheRulesIsSeenFromThem() throws {
    let specimen = PodSpecimen(annotations: [PodSpecimen.excludedPorts: "3307"], version: .newest)
    let result = try specimen.audit(knowsInstall: false)
    #expect(result.candidate.name == "Istio 1.25-1.31 istio-init")
    var cni = PodSpecimen(version: .newest, install: .cni)
    cni.annotations = [:]
    #expect(try cni.audit(knowsInstall: false).candidate.name == "Istio 1.25-1.31 CNI plugin")
    var old = specimen
    old.version = .oldest
    #expect(try old.audit().candidate.versions.hasPrefix("1.19"))
  }

  @Test(arguments: Istio.Backend.allCases)
  func aPortAskedForLaterIsNamedWithBothRules(backend: Istio.Backend) throws {
    var pod = PodSpecimen(annotations: [PodSpecimen.excludedPorts: "3307"])
    pod.backend = backend
    let result = try pod.audit(asking: [PodSpecimen.excludedPorts: "3307,11211"])
    #expect(result.codes == ["BP301"])
    let drift = try #require(result.drifts.first)
    #expect(drift.change.from == .bypass)
    #expect(drift.change.to == .captured)
    #expect(drift.change.traffic.cover.map(\.ports) == [IntervalSet(11211)])
    #expect(drift.witness.destinationPort == 11211)
    #expect(drift.isAbsent)
    #expect(drift.asked?.number == 3)
    #expect(
      drift.live?.text.contains(backend == .iptables ? "ISTIO_REDIRECT" : "istio-redirect") == true)
    #expect(!result.isEqual)
    #expect(result.candidate.versions == (backend == .iptables ? "1.25-1.31" : "1.27-1.31"))
    let row = try #require(result.middleware.first { $0.name == "memcached" })
    #expect(row.asked == .bypass)
    #expect(row.live == .captured)
  }

  /// The chart's own list leaves no trace in the pod, so it cannot be called an error.
  @Test func aBypassNobodyAskedForMayBeTheMeshs() throws {
    let pod = PodSpecimen(annotations: [PodSpecimen.excludedPorts: "3307"])
    let unasked = try pod.audit(asking: [:])
    #expect(unasked.codes == ["BP302"])
    #expect(unasked.findings.first?.finding.severity == .warning)
    #expect(
      unasked.findings.first?.finding.fix?.contains("global.proxy.excludeOutboundPorts") == true)
    let shorter = try pod.audit(asking: [PodSpecimen.excludedPorts: ""])
    #expect(shorter.codes == ["BP302"])
    #expect(shorter.findings.first?.finding.severity == .error)
  }

  /// The agent answers DNS over TCP and UDP; a listener of the one is none of the other.
  @Test func nobodyAnswersDNS() throws {
    var pod = PodSpecimen()
    pod.environment = ["ISTIO_META_DNS_CAPTURE": "true", "CAPTURE_ALL_DNS": "true"]
    func listener(_ transport: TransportProtocol) -> Socket {
      Socket(
        transport, local: .init(IPAddress(.ipv4, 0x7F00_0001), port: 15053),
        remote: .init(IPAddress(.ipv4, 0), port: 0), state: transport == .tcp ? .listen : .closed,
        uid: 1337)
    }
    let none = try pod.audit()
    #expect(none.codes == ["BP309"])
    #expect(none.findings.first?.finding.message.contains("15053 and 15053/udp,") == true)
    #expect(
      try pod.audit(sockets: [listener(.tcp)]).findings.first?.finding.message
        == "rules send traffic to 15053/udp, where nothing listens: it is refused")
    #expect(try pod.audit(sockets: [listener(.tcp), listener(.udp)]).codes.isEmpty)
  }

  @Test func noRulesAtAllAreOneFinding() throws {
    let result = try PodSpecimen().audit(Ruleset())
    #expect(result.codes == ["BP305"])
  }

  @Test func oneFamilyWithoutRules() throws {
    // Without dual stack the first address decides, and Istio itself leaves the other out.
    let asWritten = try PodSpecimen(addresses: ["10.244.1.5", "fd00::5"]).audit()
    #expect(asWritten.codes == ["BP306"])
    #expect(asWritten.findings.first?.finding.severity == .warning)

    var dual = PodSpecimen(addresses: ["10.244.1.5", "fd00::5"])
    dual.environment = ["ISTIO_DUAL_STACK": "true"]
    #expect(try dual.audit().codes.isEmpty)
    let half = Ruleset(try dual.rules().tables.filter { $0.family == .ip })
    let result = try dual.audit(half)
    #expect(result.codes == ["BP306"])
    #expect(result.findings.first?.finding.severity == .error)
  }

  // MARK: Others' rules

  private func adding(_ text: String) throws -> Ruleset {
    var ruleset = try PodSpecimen().rules()
    let more = try IPTables.readSave(Array("*nat\n\(text)\nCOMMIT\n".utf8), family: .ip)
    let nat = try #require(ruleset.tables.firstIndex { $0.family == .ip && $0.name == "nat" })
    for chain in more[0].chains {
      if let place = ruleset.tables[nat].chains.firstIndex(where: { $0.name == chain.name }) {
        ruleset.tables[nat].chains[place].rules.insert(contentsOf: chain.rules, at: 0)
      } else {
        ruleset.tables[nat].chains.append(chain)
      }
    }
    return ruleset
  }

  @Test func aForeignRuleThatDecidesIsNamed() throws {
    let result = try PodSpecimen().audit(
      adding(":OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -m tcp --dport 6379 -j ACCEPT"))
    #expect(result.foreign.map(\.text) == ["-p tcp -m tcp --dport 6379 -j ACCEPT"])
    #expect(Set(result.codes) == ["BP302", "BP308"])
    #expect(result.drifts.first?.live?.text == "-p tcp -m tcp --dport 6379 -j ACCEPT")
  }

  @Test func aForeignRuleWithoutEffectIsOnlyCounted() throws {
    let result = try PodSpecimen().audit(
      adding(":OUTPUT ACCEPT [0:0]\n-A OUTPUT -p udp -m udp --dport 9 -j ACCEPT"))
    #expect(result.foreign.count == 1)
    #expect(result.codes.isEmpty)
  }

  @Test func anotherMeshsChainsAreLeftovers() throws {
    let result = try PodSpecimen().audit(
      adding(
        ":PROXY_INIT_REDIRECT - [0:0]\n-A PROXY_INIT_REDIRECT -p tcp -j REDIRECT --to-ports 15001"))
    #expect(result.codes == ["BP310"])
    #expect(result.findings.first?.finding.message.contains("(Linkerd)") == true)
  }

  @Test func aMatchNotUnderstoodIsNeverCalledDrift() throws {
    let result = try PodSpecimen().audit(
      adding(
        ":OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -m string --algo bm --string x -j ACCEPT"))
    #expect(result.codes.contains("BP304"))
    #expect(!result.codes.contains("BP302"))
    #expect(result.drifts.allSatisfy { $0.change.to == .unknown })
  }

  @Test func aProxyOfAnotherUserIsALoop() throws {
    #expect(try PodSpecimen().audit(proxyUser: 2000).codes.contains("BP313"))
  }
}
