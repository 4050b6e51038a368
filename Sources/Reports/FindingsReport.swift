public import Documents
public import Findings

/// The findings of a check, for people and for machines.
public struct FindingsReport {
  /// What was looked at.
  public struct Extent: Hashable, Sendable {
    public var objects: Int
    public var workloads: Int
    public var suppressed: Int

    public init(objects: Int, workloads: Int, suppressed: Int) {
      self.objects = objects
      self.workloads = workloads
      self.suppressed = suppressed
    }
  }

  public var findings: [Finding]
  public var extent: Extent
  /// The part of a line around a place, at most so many characters; nil where it cannot be had.
  public var excerpt: (Location, _ width: Int) -> SourceLines.Excerpt?

  public init(
    _ findings: [Finding], extent: Extent,
    excerpt: @escaping (Location, _ width: Int) -> SourceLines.Excerpt? = { _, _ in nil }
  ) {
    self.findings = findings
    self.extent = extent
    self.excerpt = excerpt
  }

  func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }
}

// MARK: - Text

extension FindingsReport {
  public var text: String {
    findings.map(entry).joined() + summary + "\n"
  }

  /// The place first, which terminals and editors make a link of; then the line itself.
  private func entry(_ finding: Finding) -> String {
    let place = finding.location.map { "\($0): " } ?? ""
    let object = finding.object.map { " (\($0))" } ?? ""
    let title = "\(place)\(finding.severity.rawValue) \(finding.code): \(finding.code.title)"
    var lines = [title + object]
    lines += finding.location.flatMap(excerptLines) ?? []
    lines += finding.message.wrapped(to: 78).map { "  \($0)" }
    // Not wrapped: it is there to be pasted.
    if let fix = finding.fix { lines.append("  fix: \(fix)") }
    for location in finding.related { lines.append("  see: \(location)") }
    return lines.map { $0.visible + "\n" }.joined() + "\n"
  }

  /// The offending line and a caret under the place; of a long line the part around it.
  private func excerptLines(_ location: Location) -> [String]? {
    guard let part = excerpt(location, 71) else { return nil }
    let number = "\(location.line)".leftPadded(to: 5)
    let margin = String(repeating: " ", count: number.count)
    let caret = String(repeating: " ", count: part.column) + "^"
    return ["\(number) | \(part.text)", "\(margin) | \(caret)"]
  }

  var summary: String {
    let looked =
      "\(counted(extent.workloads, "workload")) and \(counted(extent.objects, "object")) in all"
    let hidden = extent.suppressed > 0 ? "; \(extent.suppressed) suppressed" : ""
    if findings.isEmpty { return "Nothing found: \(looked)\(hidden)." }
    let counts = [
      counted(count(.error), "error"), counted(count(.warning), "warning"),
      counted(count(.info), "remark"),
    ]
    return "\(counts.joined(separator: ", ")): \(looked)\(hidden)."
  }

  private func counted(_ count: Int, _ word: String) -> String {
    "\(count) \(word)\(count == 1 ? "" : "s")"
  }
}

// MARK: - JSON

extension FindingsReport {
  public var json: JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Findings",
      "findings": .array(findings.map(\.json)),
      "summary": .object([
        "errors": .integer(count(.error)), "warnings": .integer(count(.warning)),
        "infos": .integer(count(.info)), "suppressed": .integer(extent.suppressed),
        "workloads": .integer(extent.workloads), "objects": .integer(extent.objects),
      ]),
    ])
  }
}

extension String {
  /// With what would steer a terminal made visible: foreign text is printed.
  var visible: String {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return self }
    return unicodeScalars.map { scalar in
      scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        ? scalar.escaped(asASCII: true) : String(scalar)
    }.joined()
  }
}
