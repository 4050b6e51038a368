import Documents
import Istio
import Manifests
import Planning
import Ruleset

extension SourceLoader {
  /// An object of Kubernetes says what kind it is; a capture config does not.
  static func isManifest(_ bytes: [UInt8]) -> Bool {
    DocumentStream(bytes).lazy.contains { document in
      if case .success(let node) = document { node["kind"] != nil } else { false }
    }
  }

  /// What Istio writes for the source that `--rules` names, where that is a manifest or a config.
  func generatedForDocument() throws -> GeneratedRules? {
    switch options.rules {
    case .manifest(let file, let object)?:
      return try generated(for: object, in: Files.read(file), file)
    case .file(let path)?:
      let bytes = try Files.read(path)
      guard case .document = SourceFormat(recognising: bytes) else { return nil }
      return Self.isManifest(bytes)
        ? try generated(for: nil, in: bytes, path)
        : try generated(captureConfig(path, bytes), from: path)
    default: return nil
    }
  }

  /// Of one workload of a manifest; without a name, of its only one.
  func generated(for name: String?, in bytes: [UInt8], _ file: String) throws -> GeneratedRules {
    var cluster = Cluster()
    cluster.read(bytes, file: file)
    let workload = try workload(name, in: cluster, file)
    return try generated(capture(of: workload, in: cluster, mesh: givenMesh()), from: file)
  }

  /// What `--values` says.
  func givenMesh() throws -> Mesh? {
    try options.capture.values.map { Mesh(try meshValues(), in: $0) }
  }

  func capture(of workload: Workload, in cluster: Cluster, mesh: Mesh?) throws -> WorkloadCapture {
    let options = options.capture
    var workload = workload
    if let servers = try options.nameServers() { workload.nameServers = servers }
    do {
      return try WorkloadCapture(
        of: workload, in: cluster, mesh: mesh, version: options.givenVersion,
        install: options.install, backend: options.backend == .iptables ? nil : options.backend,
        enablesIPv6: options.ipv6)
    } catch {
      throw UnusableInput("\(error)")
    }
  }

  func generated(_ capture: WorkloadCapture, from file: String) throws -> GeneratedRules {
    let rules: CaptureRules?
    do {
      rules = try capture.rules()
    } catch {
      throw UnusableInput("\(error)")
    }
    warn(of: rules, from: file)
    for problem in rules?.loadProblems ?? [] { Output.warn("\(file): warning: \(problem)") }
    var settings: PlanSettings?
    if case .settings(let own) = capture.basis { settings = own }
    return GeneratedRules(
      rules: rules, config: capture.config, settings: settings, source: sentence(capture),
      workload: capture.workload)
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
        "\(file): which workload? Give \(file)#Kind/name; \(known)")
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
    case .settings(let settings):
      let writer = settings.capture.install == .cni ? "Istio's CNI plugin" : "istio-init"
      return "\(tools): what \(writer) writes for \(object)"
    }
  }
}
