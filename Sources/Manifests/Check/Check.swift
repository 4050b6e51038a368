public import Findings
import Istio

/// What is wrong with the traffic annotations of a cluster's manifests.
public struct Check {
  public let cluster: Cluster
  public let options: CheckOptions

  public init(_ cluster: Cluster, _ options: CheckOptions = CheckOptions()) {
    self.cluster = cluster
    self.options = options
  }

  /// Everything found, by file, line and column.
  ///
  /// - Parameter progress: Told how many workloads are done, each counted once for every version.
  public func findings(progress: (Int) -> Void = { _ in }) -> [Finding] {
    var done = 0
    var found = FindingsByVersion(options.versions)
    for version in options.versions {
      let run = CheckRun(cluster, options, version: version)
      for problem in cluster.problems {
        found.add(Finding(ManifestCodes.unreadable, at: problem.location, problem.message), version)
      }
      for mesh in run.meshes {
        found.add(MeshCheck(mesh, run).findings(), version)
      }
      for workload in cluster.workloads {
        var check = WorkloadCheck(workload, run)
        found.add(check.findings(), version)
        done += 1
        progress(done)
      }
      found.add(ResourceCheck(run).findings(), version)
    }
    return found.merged.sorted(by: Self.comesFirst)
  }

  private static func comesFirst(_ a: Finding, _ b: Finding) -> Bool {
    guard let here = a.location, let there = b.location, here != there else {
      return a.code.id < b.code.id
    }
    if here.file != there.file { return here.file < there.file }
    return (here.line, here.column) < (there.line, there.column)
  }
}

/// Findings of several versions, each told once with the versions it holds for.
private struct FindingsByVersion {
  private let all: [IstioVersion]
  private var order: [Finding] = []
  private var versions: [Finding: [IstioVersion]] = [:]

  init(_ all: [IstioVersion]) { self.all = all }

  mutating func add(_ finding: Finding, _ version: IstioVersion) {
    guard all.count > 1 else {
      order.append(finding)
      return
    }
    if versions[finding] == nil { order.append(finding) }
    versions[finding, default: []].append(version)
  }

  mutating func add(_ findings: [Finding], _ version: IstioVersion) {
    for finding in findings { add(finding, version) }
  }

  var merged: [Finding] {
    order.map { finding in
      guard let held = versions[finding], held.count < all.count else { return finding }
      var finding = finding
      finding.message += " (Istio \(held.map(\.description).joined(separator: ", ")))"
      return finding
    }
  }
}
