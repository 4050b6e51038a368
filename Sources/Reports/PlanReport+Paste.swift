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
    for answer in plan.answers {
      let endpoint = answer.endpoint
      let rules = answer.parts.compactMap(\.rule).map { "`\($0.chain) \($0.number)`" }
      var seen: Set<String> = []
      let words = rules.filter { seen.insert($0).inserted }.joined(separator: ", ")
      let place = endpoint.prefixes.isEmpty ? "" : " (\(PlanReport.address(of: endpoint)))"
      lines.append(
        "| \(endpoint.name)\(place) | \(endpoint.port)/\(endpoint.transport) "
          + "| \(answer.fate?.rawValue ?? "mixed") | \(words) |")
    }
    if !annotations.isEmpty { lines += ["", "```yaml", annotations + "```"] }
    lines +=
      plan.cautions.map { "- **\($0.code)** \($0.severity.rawValue): \($0.message)" }
        .isEmpty ? [] : [""]
    lines += plan.cautions.map { "- **\($0.code)** \($0.severity.rawValue): \($0.message)" }
    return lines.map { $0 + "\n" }.joined()
  }
}
