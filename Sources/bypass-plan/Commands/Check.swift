import ArgumentParser
import Documents
import Findings
import Istio
import Manifests
import Reports

struct Check: Command {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "What is wrong with the traffic annotations in these manifests?",
    discussion: """
      Files, directories, or '-' for a stream such as `helm template` prints. Without a Namespace \
      in the input, injection is taken as on unless the pod itself says no. An object suppresses \
      codes of its own by the annotation bypass-plan/suppress: "BP112,BP021".
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml, sarif, github, junit, markdown, policyreport, openreports
  }

  @Argument(help: "Manifests: files, directories, or '-'.")
  var path: [String]

  @Flag(name: [.customShort("R"), .long], help: "Directories below directories too.")
  var recursive = false

  @Option(help: ArgumentHelp("Mesh-wide defaults: a file of Helm values.", valueName: "file"))
  var values: String?

  @Option(help: ArgumentHelp("1.19 to 1.31; several with commas.", valueName: "versions"))
  var istioVersion = IstioVersions(versions: [.newest])

  @Option(help: "iptables, or nftables from 1.27 on.")
  var backend: Istio.Backend?

  @Option(help: "Who writes the rules: init (istio-init) or cni (the CNI plugin).")
  var install: PodTraffic.Install?

  @Flag(inversion: .prefixedNo, help: "Whether pods have IPv6 rules.")
  var ipv6 = false

  @Option(
    help: ArgumentHelp("Leaves out a code, or a code of one object.", valueName: "code[@Kind/name]")
  )
  var suppress: [SuppressionArgument] = []

  @Option(help: ArgumentHelp("Leaves out what an earlier -o json holds.", valueName: "file"))
  var baseline: String?

  @Option(help: "The severity that makes the exit code 1: error, warning, info or none.")
  var failOn = FailOn.error

  @Option(
    name: .shortAndLong,
    help: "text, json, yaml, sarif, github, junit, markdown, policyreport or openreports.")
  var output = Format.text

  @Option(help: ArgumentHelp("meshConfig.rootNamespace.", visibility: .hidden))
  var rootNamespace = "istio-system"

  func validate() throws {
    if path.isEmpty { throw ValidationError("Which manifests? Give files, directories or '-'.") }
  }

  func answer() throws {
    let suppressions = try suppressions()
    let options = try options()
    var files = ManifestFiles(path, isRecursive: recursive)
    if let values { try files.keepLines(of: values) }
    let all = findings(in: files.cluster, options)
    let findings = suppressions.remaining(all, of: files.cluster)
    let extent = FindingsReport.Extent(
      objects: files.cluster.objectCount, workloads: files.cluster.workloads.count,
      suppressed: all.count - findings.count)
    write(FindingsReport(findings, extent: extent, excerpt: files.excerpts()))
    if !files.cluster.problems.isEmpty { throw ExitCode.unusable }
    if findings.contains(where: { failOn.isReached(by: $0.severity) }) { throw ExitCode.findings }
  }

  private func findings(in cluster: Cluster, _ options: CheckOptions) -> [Finding] {
    var run = LongRun()
    defer { run.end() }
    let count = cluster.workloads.count * options.versions.count
    return Manifests.Check(cluster, options).findings { done in
      run.show("checking: \(done) of \(count) workloads")
    }
  }

  private func write(_ report: FindingsReport) {
    switch output {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    case .sarif: Document.json(report.sarif)
    case .github: Output.write(report.github)
    case .junit: Output.write(report.junit(failingAt: failOn.severity))
    case .markdown: Output.write(report.markdown)
    case .policyreport: Document.yaml(report.policyReport)
    case .openreports: Document.yaml(report.openReport)
    }
  }

  private func options() throws -> CheckOptions {
    var options = CheckOptions()
    options.versions = istioVersion.versions
    options.install = install
    options.backend = backend
    options.enablesIPv6 = ipv6
    options.rootNamespace = rootNamespace
    if let values { options.mesh = Mesh(try MeshValues(file: values), in: values) }
    return options
  }

  private func suppressions() throws -> Suppressions {
    var suppressions = Suppressions()
    suppressions.rules = suppress.map(\.rule)
    if let baseline {
      do {
        try suppressions.addBaseline(document(baseline))
      } catch let error as DocumentError {
        throw error.located(in: baseline)
      }
    }
    return suppressions
  }

  private func document(_ file: String) throws -> Node {
    do {
      return try Node(reading: Files.read(file))
    } catch let error as DocumentError {
      throw error.located(in: file)
    }
  }
}

/// From which severity on findings fail a pipeline.
enum FailOn: String, ExpressibleByArgument, CaseIterable {
  case error, warning, info, none

  /// Nil for none.
  var severity: Finding.Severity? { Finding.Severity(rawValue: rawValue) }

  func isReached(by found: Finding.Severity) -> Bool { severity.map { found >= $0 } ?? false }
}

/// `1.24,1.27`.
struct IstioVersions: ExpressibleByArgument {
  var versions: [IstioVersion]

  init(versions: [IstioVersion]) { self.versions = versions }

  init?(argument: String) {
    let items = argument.split(separator: ",", omittingEmptySubsequences: false)
    versions = Set(items.compactMap { IstioVersion($0) }).sorted()
    guard versions.count == Set(items).count else { return nil }
  }

  var defaultValueDescription: String {
    versions.map(\.description).joined(separator: ",")
  }
}

struct SuppressionArgument: ExpressibleByArgument {
  var rule: Suppressions.Rule

  init?(argument: String) {
    guard let rule = Suppressions.Rule(argument) else { return nil }
    self.rule = rule
  }
}
