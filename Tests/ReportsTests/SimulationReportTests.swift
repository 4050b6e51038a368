import Addresses
import PacketPath
import Ruleset
import Testing

@testable import Reports

@Suite struct SimulationReportTests {
  private let captured = Path(
    outcome: .redirect(IPAddress("127.0.0.1"), port: 15001),
    decidedBy: RuleReference(family: .ip, table: "nat", chain: "C", number: 2, text: "-j \"x\""))

  private func lines(_ answers: [(path: Path, probe: String)]) -> String {
    var report = SimulationReport()
    for answer in answers { report.append(answer.path, to: Array(answer.probe.utf8)[...]) }
    return String(decoding: report.bytes, as: UTF8.self)
  }

  @Test func keepsTheProbeAndAddsTheAnswer() {
    #expect(
      lines([(captured, #"{"uid": 1 } "#), (Path(outcome: .bypass), "{}")]) == #"""
        {"uid": 1,"verdict":"redirect","toAddress":"127.0.0.1","port":15001,"decidedBy":{"table":"nat","chain":"C","rule":2,"text":"-j \"x\""}}
        {"verdict":"bypass"}

        """#)
  }

  @Test func clearedItStartsAnew() {
    var report = SimulationReport()
    report.append(captured, to: Array("{}".utf8)[...])
    report.clear()
    report.append(Path(outcome: .unknown("why")), to: Array("{}".utf8)[...])
    #expect(
      String(decoding: report.bytes, as: UTF8.self)
        == "{\"verdict\":\"unknown\",\"reason\":\"why\"}\n")
  }
}
