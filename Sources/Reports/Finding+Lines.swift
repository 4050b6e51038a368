import Findings

extension [Finding] {
  /// Worst first, each with its remedy; 80 columns.
  var lines: [String] {
    sorted { $0.severity > $1.severity }.flatMap { finding -> [String] in
      let start = "  \(finding.severity.rawValue.padded(to: 7)) \(finding.code)  "
      let indent = String(repeating: " ", count: start.count)
      let fix = finding.fix.map { "fix  \($0)" }
      return [finding.message, fix].compactMap(\.self)
        .flatMap { $0.wrapped(to: 80 - start.count) }
        .enumerated().map { ($0 == 0 ? start : indent) + $1 }
    }
  }
}
