import Planning
import Ruleset

// What a page takes.
extension PlanReport {
  /// Lines to paste under the pod template's annotations.
  var annotations: String {
    (plan.settings?.annotations ?? []).map { "\($0.key): \"\($0.value)\"\n" }.joined()
  }

  /// A table for a pull request or a page.
  public var markdown: String {
    var lines = [assumptions, "", "| endpoint | port | fate | rule |", "|---|---|---|---|"]
    lines += plan.answers.map(row)
    if !annotations.isEmpty { lines += ["", "```yaml", annotations + "```"] }
    let cautions = plan.cautions.map { caution in
      "- **\(caution.code)** \(caution.severity.rawValue): \(caution.message)"
        + (caution.fix.map { " Fix: `\($0)`" } ?? "")
    }
    if !cautions.isEmpty { lines += [""] + cautions }
    return lines.map { $0 + "\n" }.joined()
  }

  private func row(_ answer: Plan.Answer) -> String {
    let endpoint = answer.endpoint
    let place = endpoint.prefixes.isEmpty ? "" : " (\(PlanReport.address(of: endpoint)))"
    var seen: Set<String> = []
    let decisions = answer.parts.compactMap { part in
      part.rule.map { "`\($0.chain) \($0.number)`" } ?? part.outcome.reason
    }
    return MarkdownTable.row([
      endpoint.name + place, "\(endpoint.port)/\(endpoint.transport)",
      answer.fate?.rawValue ?? "mixed",
      decisions.filter { seen.insert($0).inserted }.joined(separator: ", "),
    ])
  }
}
