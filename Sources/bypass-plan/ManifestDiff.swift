import Answers
import Documents
import Glibc
import Istio
import Manifests
import PacketPath
import Reports
import Ruleset

/// Two states of a cluster's manifests: whose traffic changes, workload by workload.
///
/// Comments, order and formatting are no difference, for only effective configs are compared; each
/// pair of different ones once, however many workloads have it.
struct ManifestDiff {
  private(set) var reports: [(workload: String, report: DifferenceReport)] = []
  /// Workloads that only one side has: nothing of theirs can change its fate.
  private(set) var notes: [String] = []
  /// Workloads whose settings some stage refuses, or documents that cannot be read.
  private(set) var failures: [String] = []
  private var comparisons: [Pair: Comparison] = [:]

  private struct Pair: Hashable {
    var old: State
    var new: State
  }

  /// All that the rules of a pod hang on.
  private struct State: Hashable {
    var config: CaptureConfig?
    var version: IstioVersion
    var backend: Istio.Backend

    init(_ capture: WorkloadCapture) {
      config = capture.config
      version = capture.version
      backend = capture.backend
    }
  }

  /// Whether the paths hold manifests to be compared workload by workload: directories, revisions of
  /// git's, or files of more than one workload.
  static func isMeant(_ old: String, _ new: String) -> Bool {
    if GitObject(old) != nil || GitObject(new) != nil { return true }
    if isDirectory(old), isDirectory(new) { return true }
    let counts = [old, new].map { path in
      path == "-" ? 0 : ManifestFiles([path], isRecursive: false).cluster.workloads.count
    }
    return counts.allSatisfy { $0 > 0 } && counts != [1, 1]
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// - Parameters:
  ///   - isWhole: reports hold all regions, however many.
  ///   - compare: The traffic that changes between two rulesets.
  init(
    old: (path: String, loader: SourceLoader), new: (path: String, loader: SourceLoader),
    isWhole: Bool, compare: (LoadedRules, LoadedRules) throws -> Comparison
  ) throws {
    let before = try ManifestFiles(side: old.path).cluster
    let after = try ManifestFiles(side: new.path).cluster
    failures = (before.problems + after.problems).map { "\($0.location): \($0.message)" }
    let mesh = try old.loader.givenMesh()
    let newMesh =
      old.loader.options.capture.values == new.loader.options.capture.values
      ? mesh : try new.loader.givenMesh()
    let workloads = WorkloadPairs((old.path, before.workloads), (new.path, after.workloads))
    notes = workloads.gone.map { "\($0) is gone" } + workloads.added.map { "\($0) is new" }
    for (name, twin, workload) in workloads.pairs {
      do {
        let here = try old.loader.capture(of: twin, in: before, mesh: mesh)
        let there = try new.loader.capture(of: workload, in: after, mesh: newMesh)
        let pair = Pair(old: State(here), new: State(there))
        if pair.old == pair.new { continue }
        let rules = (
          old: try old.loader.loaded(old.loader.generated(here, from: old.path)),
          new: try new.loader.loaded(new.loader.generated(there, from: new.path))
        )
        let comparison = try comparisons[pair] ?? compare(rules.old, rules.new)
        comparisons[pair] = comparison
        if comparison.changes.isEmpty { continue }
        let report = DifferenceReport(
          comparison, old: rules.old.source + ".", new: rules.new.source + ".",
          isWhole: isWhole)
        reports.append((name, report))
      } catch {
        failures.append("\(name): \(error)")
      }
    }
  }
}

// MARK: - Output

extension ManifestDiff {
  var text: String {
    let parts = reports.map { "\($0.workload)\n\n\($0.report.text)\n" }
    return parts.joined() + summary + "\n"
  }

  var markdown: String {
    let parts = reports.map { "#### `\($0.workload)`\n\n\($0.report.markdown)\n" }
    return parts.joined() + summary + "\n"
  }

  /// One list of changes, each with its workload.
  var json: JSONValue {
    let changes = reports.flatMap { workload, report -> [JSONValue] in
      guard case .fields(let fields) = report.json,
        case .array(let items)? = fields.first(where: { $0.key == "changes" })?.value
      else { return [] }
      return items.map { item in
        guard case .fields(let fields) = item else { return item }
        return .fields([.init("workload", .string(workload))] + fields)
      }
    }
    return [
      "apiVersion": "bypass-plan/v1", "kind": "Difference", "changes": .array(changes),
      "notes": .array(notes.map { .string($0) }),
    ]
  }

  private var summary: String {
    let changed =
      reports.isEmpty
      ? "No difference: every workload's traffic has the same fate."
      : "\(reports.count) \(reports.count == 1 ? "workload changes" : "workloads change")."
    return ([changed] + notes.map { "\($0)." }).joined(separator: " ")
  }
}
