public import Audit
public import Findings

/// Every pod of a node, those with the same rules together; 80 columns.
public struct AuditSummary {
  private let results: [AuditResult]
  private let threshold: Finding.Severity

  public init(_ results: [AuditResult], failingOn threshold: Finding.Severity) {
    self.results = results
    self.threshold = threshold
  }

  public var text: String {
    guard !results.isEmpty else {
      return "No pods on this node: no process is in another network namespace than the node's.\n"
    }
    var hashes: [String] = []
    var groups: [String: [AuditResult]] = [:]
    for result in results {
      let hash = result.subject.live.ruleset.fingerprint
      if groups[hash] == nil { hashes.append(hash) }
      groups[hash, default: []].append(result)
    }
    let blocks = hashes.map { hash in block(hash, groups[hash] ?? []) }
    let verdict = [
      "\(AuditReport.counted(results.count, "pod")), \(AuditReport.counted(hashes.count, "ruleset")): \(found)."
    ]
    return (blocks + [verdict]).map { $0.map { $0 + "\n" }.joined() }.joined(separator: "\n")
  }

  private func block(_ hash: String, _ results: [AuditResult]) -> [String] {
    guard let first = results.first else { return [] }
    let report = AuditReport(first, source: first.subject.name, failingOn: threshold)
    return "ruleset \(hash)  \(report.rules())".wrapped(to: 80)
      + results.flatMap(lines)
  }

  private func lines(_ result: AuditResult) -> [String] {
    let pod = "\(result.subject.pod)"
    guard !result.findings.isEmpty else { return ["  ok       \(pod)"] }
    return ["  \(result.findings[0].finding.severity.rawValue.padded(to: 8)) \(pod)"]
      + result.findings.flatMap { item in
        "\(item.finding.code.id) \(item.finding.message)".wrapped(to: 66).enumerated().map {
          $0 == 0 ? "             \($1)" : "                   \($1)"
        }
      }
  }

  private var found: String {
    let counts = Finding.Severity.allCases.reversed().compactMap { severity -> String? in
      let count = results.count { $0.findings.first?.finding.severity == severity }
      return count == 0
        ? nil : "\(count) with \(severity == .info ? "remarks" : "\(severity.rawValue)s")"
    }
    return counts.isEmpty ? "nothing found" : counts.joined(separator: ", ")
  }
}
