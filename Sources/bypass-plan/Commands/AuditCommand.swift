import ArgumentParser
import Audit
import Documents
import Findings
import LiveKernel
import Reports

struct AuditCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Do the rules in this live network namespace do what the pod asked for?",
    discussion: """
      SOURCE is pid:N, netns:NAME, netns:self or pod:NAMESPACE/NAME; without one it is the \
      namespace this runs in, as in an ephemeral container. What is asked for are the pod's own \
      annotations, or what --manifest, --config or the capture flags say. Nothing in the namespace \
      changes.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml, sarif
  }

  @Argument(help: "pid:N, netns:NAME, netns:self or pod:NAMESPACE/NAME.")
  var source: RulesSource?

  @Flag(help: "Every pod of this node.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "Pods by name and UID: what `kubectl get pods -A -o json` prints.", valueName: "file"))
  var pods: String?

  @Option(
    help: ArgumentHelp(
      "What is asked for: a pod or workload.", valueName: "file[#Kind/name]"))
  var manifest: String?

  @OptionGroup var options: SourceOptions

  @Option(help: "Exit with 1 at findings this bad: info, warning or error.")
  var failOn = Finding.Severity.error

  @Option(name: .shortAndLong, help: "text, json, yaml or sarif.")
  var output = Format.text

  func validate() throws {
    if source != nil, options.rules != nil {
      throw ValidationError("The namespace is given twice: as an argument and with --rules.")
    }
    if all, source != nil || options.rules != nil {
      throw ValidationError("--all is every pod of this node; it takes no namespace beside it.")
    }
  }

  func answer() throws {
    let list = try pods.map { file in
      do {
        return try PodList(Node(reading: Files.read(file)))
      } catch let error as DocumentError {
        throw error.located(in: file)
      }
    }
    let reader = SubjectReader(names: list)
    let loader = ExpectationLoader(
      options: options, manifest: manifest, mesh: try SourceLoader(options).meshValues())
    let results = try all ? audits(reader, loader) : [audit(reader, loader)]
    switch output {
    case .text:
      Output.write(
        all
          ? AuditSummary(results, failingOn: failOn).text
          : AuditReport(results[0], source: name, failingOn: failOn).text)
    case .json: Document.json(AuditDocument.json(results))
    case .yaml: Document.yaml(AuditDocument.json(results))
    case .sarif:
      let findings = results.flatMap(\.findings).map(\.finding)
      let extent = FindingsReport.Extent(
        objects: results.count, workloads: results.count, suppressed: 0)
      Document.json(FindingsReport(findings, extent: extent).sarif)
    }
    if results.contains(where: { $0.fails(at: failOn) }) { throw ExitCode.findings }
  }

  private var name: String { "\(source ?? options.rules ?? .namespace("self"))" }

  private func audit(_ reader: SubjectReader, _ loader: ExpectationLoader) throws -> AuditResult {
    let namespace = try (source ?? options.rules ?? .namespace("self")).openNetworkNamespace()
    let subject = try reader.read(namespace, as: name)
    return try AuditResult(subject, against: try loader.load(for: subject), owners: loader.owners)
  }

  /// A pod that ends meanwhile is no part of the answer.
  private func audits(_ reader: SubjectReader, _ loader: ExpectationLoader) throws -> [AuditResult]
  {
    var results: [AuditResult] = []
    for pod in try reader.host.pods() {
      do {
        let subject = try reader.read(.ofPod(pod), as: "pod:\(pod)", pod: pod)
        let expectation = try loader.load(for: subject)
        results.append(
          try AuditResult(subject, against: expectation, owners: loader.owners))
      } catch let error as LiveError {
        guard case .gone = error.kind else { throw error }
        Output.warn("\(pod): \(error)")
      }
    }
    return results
  }
}
