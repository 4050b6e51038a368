import Documents
import Istio
import Manifests
import Ruleset

extension SourceLoader {
  /// An object of Kubernetes says what kind it is; a capture config does not.
  static func isManifest(_ bytes: [UInt8]) -> Bool {
    DocumentStream(bytes).lazy.contains { document in
      if case .success(let node) = document { node["kind"] != nil } else { false }
    }
  }

  /// The rules of one workload of a manifest; without a name, of its only one.
  func loadWorkload(_ name: String?, from bytes: [UInt8], _ file: String) throws -> LoadedRules {
    var cluster = Cluster()
    cluster.read(bytes, file: file)
    let workload = try workload(name, in: cluster, file)
    let options = options.capture
    let given = options.values == nil ? nil : Mesh(try meshValues(), in: options.values ?? "")
    let capture: WorkloadCapture
    let rules: CaptureRules?
    do {
      capture = try WorkloadCapture(
        of: workload, in: cluster, mesh: given, version: options.givenVersion,
        install: options.install, backend: options.backend == .iptables ? nil : options.backend,
        enablesIPv6: options.ipv6)
      rules = try capture.rules()
    } catch {
      throw UnusableInput("\(error)")
    }
    for notice in rules?.notices ?? [] { Output.warn("\(file): warning: \(notice)") }
    for problem in rules?.loadProblems ?? [] { Output.warn("\(file): warning: \(problem)") }
    return try loaded(
      GeneratedRules(rules: rules, config: capture.config, settings: nil, source: sentence(capture))
    )
  }

  func workload(_ name: String?, in cluster: Cluster, _ file: String) throws -> Workload {
    let found = name.map(cluster.workloads(named:)) ?? cluster.workloads
    if let only = found.first, found.count == 1 { return only }
    if found.isEmpty, let problem = cluster.problems.first {
      throw UnusableInput("\(problem.location): \(problem.message)")
    }
    let names = cluster.workloads.prefix(10).map { "\($0.object)" }.joined(separator: ", ")
    let known = cluster.workloads.isEmpty ? "it holds no workload" : "it holds \(names)"
    guard let name else {
      throw UnusableInput(
        "\(file): which workload? Give manifest:\(file)#Kind/name; \(known)")
    }
    throw UnusableInput("\(file): \(found.isEmpty ? "no" : "more than one") \(name); \(known)")
  }

  private func sentence(_ capture: WorkloadCapture) -> String {
    let tools = "Istio \(capture.version), \(capture.backend.rawValue)"
    let object = capture.workload.object
    switch capture.basis {
    case .nothing(let why): return "No rules: \(why)"
    case .arguments:
      let container = capture.workload.captureContainer?.name ?? "istio-init"
      return
        "\(tools): what the arguments of \(container) in \(object) write"
    case .settings(let sidecar):
      let writer = sidecar.install == .cni ? "Istio's CNI plugin" : "istio-init"
      return "\(tools): what \(writer) writes for \(object)"
    }
  }
}
