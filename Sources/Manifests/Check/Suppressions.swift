public import Documents
public import Findings
import Istio

/// Findings that somebody has looked at and does not want to see again.
public struct Suppressions: Sendable {
  /// `CODE` or `CODE@Kind/name`.
  public struct Rule: Hashable, Sendable {
    public var code: Code
    public var object: String?

    public init?(_ text: some StringProtocol) {
      let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      guard let code = Catalogue.code(String(parts[0])) else { return nil }
      self.code = code
      object = parts.count == 2 ? String(parts[1]) : nil
      guard object.map({ $0.split(separator: "/").count == 2 }) ?? true else { return nil }
    }
  }

  /// A finding as a baseline knows it: by what it says, not by its line, which edits above it move.
  private struct Known: Hashable {
    var code: String
    var file: String?
    var object: String?
    var message: String
  }

  /// The annotation that suppresses codes on its own object: `bypass-plan/suppress: "BP112,BP021"`.
  public static let annotation = "bypass-plan/suppress"

  public var rules: [Rule] = []
  private var baseline: Set<Known> = []

  public init() {}

  /// Takes in the findings of an earlier run, as `check -o json` printed them.
  public mutating func addBaseline(_ document: Node) throws(DocumentError) {
    for finding in try document.required("findings").sequence() {
      baseline.insert(
        Known(
          code: try finding.required("code").string(),
          file: try finding.optional("file")?.string(),
          object: try finding.optional("object")?.string(),
          message: try finding.required("message").string()))
    }
  }

  /// The findings that are left.
  public func remaining(_ findings: [Finding], of cluster: Cluster) -> [Finding] {
    let annotated = Self.annotated(in: cluster)
    return findings.filter { finding in
      if rules.contains(where: { $0.holds(for: finding) }) { return false }
      let known = Known(
        code: finding.code.id, file: finding.location?.file, object: finding.object,
        message: finding.message)
      if baseline.contains(known) { return false }
      guard let object = finding.object, let file = finding.location?.file else { return true }
      return annotated[Place(object: object, file: file)]?.contains(finding.code.id) != true
    }
  }

  private struct Place: Hashable {
    var object: String
    var file: String
  }

  private static func annotated(in cluster: Cluster) -> [Place: Set<String>] {
    var codes: [Place: Set<String>] = [:]
    func add(_ metadata: Metadata, _ object: ObjectName) {
      guard let entry = metadata.annotation(annotation), let text = entry.text else { return }
      let place = Place(object: "\(object)", file: entry.location.file)
      codes[place, default: []].formUnion(ListWords(text).words.map { $0.text.uppercased() })
    }
    for workload in cluster.workloads {
      add(workload.metadata, workload.object)
      add(workload.podMetadata, workload.object)
    }
    for other in cluster.others { add(other.metadata, other.object) }
    return codes
  }
}

extension Suppressions.Rule {
  fileprivate func holds(for finding: Finding) -> Bool {
    finding.code == code
      && (object.map { $0.lowercased() == finding.object?.lowercased() } ?? true)
  }
}
