import Addresses
import Findings
import Istio

/// What all checks of one version share: the mesh's values, and answers worth keeping.
final class CheckRun {
  let cluster: Cluster
  let version: IstioVersion
  let install: PodTraffic.Install
  let backend: Backend
  let enablesIPv6: Bool
  let rootNamespace: String
  /// The mesh-wide values that hold.
  let mesh: Mesh
  /// Those and all others there are; each is checked.
  let meshes: [Mesh]

  /// What the stages before the generator make of a pod's settings.
  struct Verdict {
    /// Of the webhook or the CNI plugin.
    var refusals: [Refusal]
    /// Nil where something is refused.
    var capture: SidecarCapture?
  }

  private var verdicts: [PodTraffic: Verdict] = [:]
  private var faults: [CaptureConfig: [ConfigFault]] = [:]
  private var names: [String: AnnotationName] = [:]
  private(set) lazy var meshServices = MeshServices(self)

  init(_ cluster: Cluster, _ options: CheckOptions, version: IstioVersion) {
    self.cluster = cluster
    self.version = version
    var mesh = cluster.mesh
    if let given = options.mesh { mesh.merge(given) }
    self.mesh = mesh
    meshes = [options.mesh].compactMap(\.self) + cluster.meshes.filter { $0 != options.mesh }
    install = options.install ?? (mesh.values.usesCNI == true ? .cni : .`init`)
    let isNative = mesh.values.nativeNftables == true && version.has(.nativeNftables)
    backend = options.backend ?? (isNative ? .nftables : .iptables)
    enablesIPv6 = options.enablesIPv6
    rootNamespace = options.rootNamespace
  }

  var meshValues: MeshValues { mesh.values }

  /// What the name of an annotation is to capture. A mesh's workloads have a few names between them.
  func meaning(of name: String) -> AnnotationName {
    if let known = names[name] { return known }
    let meaning = AnnotationName(name)
    names[name] = meaning
    return meaning
  }

  /// Pods of the same settings are looked at once.
  func verdict(on pod: PodTraffic) -> Verdict {
    if let known = verdicts[pod] { return known }
    let verdict = Verdict(
      refusals: SidecarCapture.refusals(of: pod, version: version, install: install),
      capture: try? SidecarCapture(pod, version: version, install: install))
    verdicts[pod] = verdict
    return verdict
  }

  /// What the generator and the tool hold against a config. Many workloads have the same one, which
  /// is looked at once.
  func faults(of config: CaptureConfig) -> [ConfigFault] {
    if let known = faults[config] { return known }
    let found = ConfigFault.all(of: config, version: version, backend: backend)
    faults[config] = found
    return found
  }
}

/// What becomes of a config on its way into the kernel.
enum ConfigFault: Hashable {
  case refused(Refusal)
  case load(LoadProblem)
  /// Up to 1.26 the generator drops a range it cannot read and goes on.
  case skipped(CaptureKey, item: String, PrefixProblem)

  static func all(of config: CaptureConfig, version: IstioVersion, backend: Backend)
    -> [ConfigFault]
  {
    do throws(Refusal) {
      let rules = try CaptureRules(for: config, version: version, backend: backend)
      return rules.notices.compactMap { notice in
        if case .rangeSkipped(let key, let item, _, let problem) = notice {
          return .skipped(key, item: item, problem)
        }
        return nil
      } + rules.loadProblems.map(ConfigFault.load)
    } catch {
      // The generator stops at the first. What else is wrong shows once that is gone.
      guard let rest = config.dropping(error) else { return [.refused(error)] }
      return [.refused(error)] + all(of: rest, version: version, backend: backend)
    }
  }

  /// The config's key, as it is spelled; nil for a missing chain.
  var key: String? {
    switch self {
    case .refused(let refusal): refusal.setting
    case .load(let problem): problem.key?.rawValue
    case .skipped(let key, _, _): key.rawValue
    }
  }

  var item: String {
    switch self {
    case .refused(let refusal): refusal.item
    case .load(let problem): problem.item
    case .skipped(_, let item, _): item
    }
  }
}
