import Addresses
import Documents
import FlowSets
import Istio
import Planning
import Testing

@testable import Reports

@Suite struct SuggestionReportTests {
  /// What the check refutes is no suggestion: nothing to paste, and the reason first.
  @Test func whatIsRefutedIsNotSuggested() throws {
    var endpoint = try Endpoint(argument: "10.0.0.1:3306")
    endpoint.want = .bypass
    let suggestion = try Suggestion(for: [endpoint], in: PlanSettings(PodTraffic()))
    guard case .exclusion(let found) = suggestion.answer else {
      Issue.record("port 3306 would do")
      return
    }
    var check = try SuggestionCheck(found, of: suggestion)
    #expect(SuggestionReport(suggestion, check: check).text.contains("PASTE"))
    var region = Region()
    region.ports = IntervalSet(3306)
    check.missing = [region]
    let report = SuggestionReport(suggestion, check: check)
    #expect(report.text.hasPrefix("NO SUGGESTION"))
    #expect(report.text.contains("REFUTED"))
    #expect(!report.text.contains("PASTE") && !report.text.contains("excludeOutboundPorts"))
    let json = String(decoding: report.json.json(.compact), as: UTF8.self)
    #expect(json.contains("\"feasible\":false") && json.contains("\"verified\":false"))
    #expect(!json.contains("\"annotations\""))
  }
}
