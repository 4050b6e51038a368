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
  /// The text of a file's line, counted from 1; nil where it cannot be had.
  public var line: (Location) -> String?

  public init(
    _ findings: [Finding], extent: Extent, line: @escaping (Location) -> String? = { _ in nil }
  ) {
    self.findings = findings
    self.extent = extent
    self.line = line
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
    lines += finding.location.flatMap(excerpt) ?? []
    lines += finding.message.wrapped(to: 78).map { "  \($0)" }
    // Not wrapped: it is there to be pasted.
    if let fix = finding.fix { lines.append("  fix: \(fix)") }
    for location in finding.related { lines.append("  see: \(location)") }
    return lines.map { $0.visible + "\n" }.joined() + "\n"
  }

  /// The offending line and a caret under the place; of a long line the part around it.
  private func excerpt(_ location: Location) -> [String]? {
    guard let text = line(location) else { return nil }
    let scalars = Array(text.unicodeScalars)
    let column = min(max(0, location.column - 1), scalars.count)
    let number = "\(location.line)".leftPadded(to: 5)
    let width = 71
    let start = column < width ? 0 : column - width / 2
    var shown = ""
    for scalar in scalars[start...].prefix(width) {
      shown.unicodeScalars.append(scalar == "\t" ? " " : scalar)
    }
    let caret = String(repeating: " ", count: column - start) + "^"
    return ["\(number) | \(shown)", String(repeating: " ", count: number.count) + " | \(caret)"]
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
