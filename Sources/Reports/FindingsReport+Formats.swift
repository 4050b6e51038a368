import Documents
public import Findings

// MARK: - JUnit

extension FindingsReport {
  /// A suite a file; every finding at or over `severity` is a failure, the others pass with a word.
  public func junit(failingAt severity: Finding.Severity?) -> String {
    let files = Set(findings.map { $0.location?.file ?? "" }).sorted()
    let failures = findings.count { Self.fails($0, severity) }
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      #"<testsuites name="bypass-plan check" tests="\#(max(1, findings.count))" failures="\#(failures)">"#,
    ]
    if findings.isEmpty {
      lines += [
        #"  <testsuite name="check" tests="1" failures="0">"#,
        #"    <testcase classname="check" name="nothing found"/>"#, "  </testsuite>",
      ]
    }
    for file in files {
      let own = findings.filter { ($0.location?.file ?? "") == file }
      let failed = own.count { Self.fails($0, severity) }
      lines.append(
        #"  <testsuite name="\#(file.xml)" tests="\#(own.count)" failures="\#(failed)">"#)
      var taken: [String: Int] = [:]
      for finding in own {
        let name = Self.testName(finding)
        taken[name, default: 0] += 1
        let number = taken[name, default: 1]
        lines += Self.testCase(
          finding, named: number == 1 ? name : "\(name) (\(number))",
          fails: Self.fails(finding, severity))
      }
      lines.append("  </testsuite>")
    }
    return (lines + ["</testsuites>"]).map { $0 + "\n" }.joined()
  }

  private static func fails(_ finding: Finding, _ severity: Finding.Severity?) -> Bool {
    severity.map { finding.severity >= $0 } ?? false
  }

  /// Servers of CI keep one test of a name.
  private static func testName(_ finding: Finding) -> String {
    let place = finding.location.map { " line \($0.line) column \($0.column)" } ?? ""
    return "\(finding.code) \(finding.code.title)\(place)"
  }

  private static func testCase(_ finding: Finding, named name: String, fails: Bool) -> [String] {
    let element = fails ? "failure" : "system-out"
    let attributes =
      fails ? #" type="\#(finding.severity.rawValue)" message="\#(finding.message.xml)""# : ""
    let fix = finding.fix.map { "\nfix: \($0)" } ?? ""
    let body = "\(finding.severity.rawValue): \(finding.message)\(fix)"
    return [
      #"    <testcase classname="\#((finding.object ?? "").xml)" name="\#(name.xml)">"#,
      "      <\(element)\(attributes)>\(body.xml)</\(element)>",
      "    </testcase>",
    ]
  }
}

// MARK: - Markdown

extension FindingsReport {
  /// A summary for a pull request or a job's page.
  public var markdown: String {
    var lines = ["### bypass-plan check", "", summary]
    if !findings.isEmpty {
      lines += ["", "| | where | object | what | fix |", "|---|---|---|---|---|"]
      for finding in findings {
        let place = finding.location.map { "\($0.file):\($0.line)" } ?? ""
        let cells = [
          "\(finding.severity.rawValue) \(finding.code)", place.code, (finding.object ?? "").code,
          finding.message.cell, (finding.fix ?? "").code,
        ]
        lines.append("| \(cells.joined(separator: " | ")) |")
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}

extension String {
  /// Fit for a cell of a table: one line, nothing of it markup.
  fileprivate var cell: String {
    visible.map { character in
      switch character {
      case "|", "*", "_", "`", "<", "[", "]", "\\": "\\\(character)"
      default: String(character)
      }
    }.joined()
  }

  /// As code, in as many backticks as it takes.
  fileprivate var code: String {
    if isEmpty { return "" }
    let text = visible.replacing("|", with: "\\|")
    let fence = text.contains("`") ? "``" : "`"
    return fence + text + fence
  }
}
