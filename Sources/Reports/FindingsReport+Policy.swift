public import Documents
import Findings

// What the dashboards of a cluster show: a report per policy engine, as an object of Kubernetes.
extension FindingsReport {
  /// A PolicyReport of the Kubernetes policy working group, wgpolicyk8s.io/v1alpha2.
  public var policyReport: JSONValue {
    report([.init("apiVersion", "wgpolicyk8s.io/v1alpha2"), .init("kind", "PolicyReport")])
  }

  /// A Report of OpenReports, which carries the working group's work on: openreports.io/v1alpha1.
  public var openReport: JSONValue {
    report(
      [.init("apiVersion", "openreports.io/v1alpha1"), .init("kind", "Report")],
      source: [.init("source", "bypass-plan")])
  }

  private func report(_ type: [JSONValue.Field], source: [JSONValue.Field] = []) -> JSONValue {
    .fields(
      type + [.init("metadata", ["name": "bypass-plan"])] + source + [
        .init(
          "summary",
          [
            "pass": .integer(count(.info)), "fail": .integer(count(.error)),
            "warn": .integer(count(.warning)), "error": 0, "skip": .integer(extent.suppressed),
          ]),
        .init("results", .array(findings.map(Self.result))),
      ])
  }

  /// A remark has nothing to fail: the policy is passed, and says so.
  private static func result(_ finding: Finding) -> JSONValue {
    let (result, severity) =
      switch finding.severity {
      case .error: ("fail", "high")
      case .warning: ("warn", "medium")
      case .info: ("pass", "info")
      }
    let names = finding.object?.split(separator: "/", maxSplits: 1).map(String.init) ?? []
    let resources: JSONValue? =
      names.count == 2
      ? [.object(["kind": .string(names[0]), "name": .string(names[1])])] : nil
    return .object([
      "source": "bypass-plan", "policy": .string(finding.code.id),
      "result": .string(result), "severity": .string(severity),
      "message": .string(finding.message + (finding.fix.map { "; fix: \($0)" } ?? "")),
      "resources": resources,
      "properties": finding.location.map {
        .object([
          "file": .string($0.file), "line": .string("\($0.line)"),
          "column": .string("\($0.column)"),
        ])
      },
    ])
  }
}
