import Addresses
import Istio

/// The services an exclusion may hit, found by port and by address.
struct MeshServices {
  struct Hit {
    var service: Service
    /// The policy that makes its pods refuse plain text.
    var strict: PeerAuthentication?
  }

  private var byPort: [UInt16: [Hit]] = [:]
  private var byAddress: [(address: IPAddress, hit: Hit)] = []
  private var entries: [ServiceEntry]

  init(_ run: CheckRun) {
    entries = run.cluster.serviceEntries.filter(\.isAutoAllocated)
    let policies = Dictionary(grouping: run.cluster.peerAuthentications, by: \.namespace)
    let meshWide = (policies[run.rootNamespace] ?? []).filter { $0.selector == nil }
    for service in run.cluster.services where Self.isInMesh(service, run) {
      let candidates = Self.candidates(service, policies[service.namespace] ?? []) + meshWide
      for port in service.ports {
        let hit = Hit(service: service, strict: Self.strict(port, candidates))
        byPort[port.number, default: []].append(hit)
      }
      let strict = service.ports.lazy.compactMap { Self.strict($0, candidates) }.first
      for address in service.addresses {
        byAddress.append((address, Hit(service: service, strict: strict)))
      }
    }
  }

  /// A workload's own service is no reason to warn of its port.
  func hit(byPort port: UInt16, from workload: Workload) -> [Hit] {
    (byPort[port] ?? []).filter { !$0.service.selects(workload) }
  }

  func hit(byRange range: Prefix, from workload: Workload) -> [Hit] {
    byAddress.filter { range.contains($0.address) && !$0.hit.service.selects(workload) }.map(\.hit)
  }

  /// ServiceEntries the agent gives an address to, on the port where one is given.
  func autoAllocated(port: UInt16?) -> [ServiceEntry] {
    guard let port else { return entries }
    return entries.filter { $0.ports.contains(port) }
  }

  /// Whether sidecars answer for the service: pods of the cluster do, in a namespace that is not known
  /// to be without.
  private static func isInMesh(_ service: Service, _ run: CheckRun) -> Bool {
    guard !service.selector.isEmpty else { return false }
    guard let namespace = run.cluster.namespace(service.namespace) else { return true }
    var pod = Injection.Candidate()
    pod.namespace = service.namespace
    pod.namespaceLabels = namespace.metadata.labelTexts
    pod.enableNamespacesByDefault = run.meshValues.enableNamespacesByDefault ?? false
    let mode = namespace.metadata.label(AmbientCapture.dataplaneMode.rawValue)?.text
    return Injection(of: pod).isInjected || mode == "ambient"
  }

  /// The narrowest policy decides: of the workload, of its namespace, of the mesh.
  private static func candidates(_ service: Service, _ own: [PeerAuthentication])
    -> [PeerAuthentication]
  {
    own.filter { policy in
      policy.selector.map { $0.allSatisfy { service.selector[$0.key] == $0.value } } ?? false
    } + own.filter { $0.selector == nil }
  }

  private static func strict(_ port: Service.Port, _ candidates: [PeerAuthentication])
    -> PeerAuthentication?
  {
    for policy in candidates {
      let portMode = port.target.flatMap { policy.portModes["\($0)"] }
      guard let mode = portMode ?? policy.mode, mode != "UNSET" else { continue }
      return mode == "STRICT" ? policy : nil
    }
    return nil
  }
}

extension Service {
  fileprivate func selects(_ workload: Workload) -> Bool {
    namespace == workload.namespace
      && selector.allSatisfy { workload.podMetadata.label($0.key)?.text == $0.value }
  }
}

extension PeerAuthentication {
  fileprivate var namespace: String { object.namespace ?? "default" }
}
