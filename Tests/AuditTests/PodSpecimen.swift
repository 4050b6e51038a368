import Addresses
import Audit
import Istio
import LiveKernel
import Ruleset

/// A pod that was never there: rules as Istio generates them, taken for live.
struct PodSpecimen {
  var annotations: [String: String] = [:]
  var version = IstioVersion.newest
  var install = PodTraffic.Install.`init`
  var backend = Istio.Backend.iptables
  var addresses = ["10.244.1.5"]
  var environment: [String: String] = [:]

  static let excludedPorts = "traffic.sidecar.istio.io/excludeOutboundPorts"

  private var local: LocalAddresses {
    LocalAddresses((["127.0.0.1"] + addresses).compactMap { IPAddress($0) })
  }

  private var status: String {
    #"{"initContainers":["\#(install == .cni ? "istio-validation" : "istio-init")"]}"#
  }

  /// The rules Istio writes for these annotations, as the kernel would show them.
  func rules() throws -> Ruleset {
    var pod = PodTraffic()
    pod.annotations = annotations
    pod.proxyMetadata = environment
    pod.ipv6 = .addresses(addresses.compactMap { IPAddress($0)?.family })
    let rules = try SidecarCapture(pod, version: version, install: install).rules(backend)
    return try rules?.ruleset() ?? Ruleset()
  }

  /// Audits `live` against what this pod asks for; without it, the pod's own rules.
  func audit(
    _ live: Ruleset? = nil, asking other: [String: String]? = nil, sockets: [Socket] = [],
    conntrack: [ConntrackEntry] = [], knowsInstall: Bool = true,
    proxyUser: UInt32 = 1337
  ) throws -> AuditResult {
    var annotations = other ?? annotations
    if knowsInstall { annotations["sidecar.istio.io/status"] = status }
    let proxy = Pod.Proxy(
      process: .init(pid: 7, name: "envoy"), owner: Owner(uid: proxyUser, gid: proxyUser),
      environment: environment)
    // Of both families, as in a dual-stack mesh.
    let listeners = [15001, 15006].map { port in
      Socket(
        .tcp, local: .init(IPAddress(.ipv6, 0), port: port),
        remote: .init(IPAddress(.ipv6, 0), port: 0), state: .listen, uid: 1337)
    }
    let subject = Subject(
      name: "pid:7", pod: Pod(inode: 1, processes: [proxy.process]), proxy: proxy,
      live: LiveRuleset(ruleset: try live ?? rules(), generation: 1), addresses: local,
      sockets: listeners + sockets, conntrack: conntrack)
    let expectation = Expectation(
      of: proxy, annotations: annotations, from: "a test", families: subject.families,
      nameServers: [])
    return try AuditResult(subject, against: expectation)
  }
}

extension AuditResult {
  var codes: [String] { findings.map(\.finding.code.id) }

  var drifts: [Drift] {
    findings.compactMap { if case .drift(let drift)? = $0.evidence { drift } else { nil } }
  }
}
