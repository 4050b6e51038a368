import Findings

extension FindingsReport {
  /// Workflow commands, which GitHub Actions shows beside the lines of a pull request.
  public var github: String {
    findings.map { finding in
      let command =
        switch finding.severity {
        case .error: "error"
        case .warning: "warning"
        case .info: "notice"
        }
      let object = finding.object.map { " (\($0))" } ?? ""
      let title = "\(finding.code) \(finding.code.title)\(object)".workflowProperty
      let place = finding.location.map {
        "file=\($0.file.workflowProperty),line=\($0.line),col=\($0.column),"
      }
      let fix = finding.fix.map { "\nfix: \($0)" } ?? ""
      return "::\(command) \(place ?? "")title=\(title)::\((finding.message + fix).workflowData)\n"
    }.joined()
  }
}

extension String {
  /// Escaped as the runner reads it back: `%`, line ends, and in properties the separators.
  fileprivate var workflowData: String { escaped(["%": "%25", "\r": "%0D", "\n": "%0A"]) }

  fileprivate var workflowProperty: String {
    escaped(["%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"])
  }

  private func escaped(_ escapes: [Unicode.Scalar: String]) -> String {
    unicodeScalars.map { escapes[$0] ?? String($0) }.joined()
  }
}
