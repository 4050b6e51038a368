import Documents
import Findings
import TestSupport
import Testing

@testable import Reports

@Suite struct FindingsReportTests {
  private var report: FindingsReport {
    let place = Location(file: "a b/ü,%.yaml", line: 3, column: 7)
    return FindingsReport(
      [
        Finding(
          ManifestCodes.bareAddress, at: place, "'10.1.2.3' has no length",
          fix: "x: \"10.1.2.3/32\"",
          object: "Deployment/orders", related: [place]),
        Finding(ManifestCodes.everything, "no place\nat all"),
      ], extent: .init(objects: 2, workloads: 1, suppressed: 0)
    ) { _, _ in .init(text: "    \u{1B}[31mkey: 10.1.2.3", column: 6) }
  }

  @Test func sarifFitsItsSchema() throws {
    guard let cases = SharedCases.root else {
      print("no shared cases: SARIF is not validated")
      return
    }
    let schema = try JSONSchema(
      root: Node(reading: TestFiles.bytes(cases + "/schemas/sarif-schema-2.1.0.json")))
    let sarif = try Node(readingJSON: report.sarif.json(.compact))
    #expect(try schema.faults(in: sarif) == [])
    let wrong = try Node(readingJSON: Array(#"{"version": "2.1.0", "runs": [{"tool": {}}]}"#.utf8))
    #expect(try !schema.faults(in: wrong).isEmpty)
  }

  @Test func policyReportFitsItsSchema() throws {
    try validate(report.policyReport, "wgpolicyk8s.io_policyreports-v1alpha2", "v1alpha2")
  }

  @Test func openReportFitsItsSchema() throws {
    try validate(report.openReport, "openreports.io_reports", "v1alpha1")
  }

  private func validate(_ report: JSONValue, _ file: String, _ version: String) throws {
    guard let cases = SharedCases.root else {
      print("no shared cases: \(file) is not validated")
      return
    }
    let definition = try Node(reading: TestFiles.bytes("\(cases)/schemas/\(file).yaml"))
    let schema = try JSONSchema(of: definition, version: version)
    #expect(try schema.faults(in: Node(reading: report.yaml())) == [])
    // The key of an older version.
    let wrong = try Node(reading: Array("results: [{policy: BP004, status: fail}]".utf8))
    #expect(try schema.faults(in: wrong) == ["$.results[0]: status is unknown"])
  }

  @Test func junitAndMarkdownHoldForeignText() {
    #expect(report.junit(failingAt: .error).contains(#"tests="2" failures="1""#))
    #expect(report.markdown.contains(#"| info BP010 |  |  | no place\\nat all |  |"#))
  }

  @Test func findingsFitTheirOwnSchema() throws {
    let schema = try JSONSchema(
      root: Node(readingJSON: ResultKind.findings.schema.json(.compact)))
    #expect(try schema.faults(in: Node(readingJSON: report.json.json(.compact))) == [])
  }

  @Test func foreignTextSteersNeitherTerminalNorRunner() {
    #expect(!report.text.contains("\u{1B}"))
    #expect(report.github.contains("file=a b/ü%2C%25.yaml,line=3,col=7,"))
    #expect(report.github.contains("::no place%0Aat all\n"))
    #expect(report.sarif.json(.compact).contains("a%20b/%C3%BC%2C%25.yaml".utf8))
  }
}
