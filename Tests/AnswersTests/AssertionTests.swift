import Addresses
import Answers
import Ruleset
import Testing

@Suite struct AssertionTests {
  @Test func readsEveryPart() throws {
    let assertion = try Assertion(
      " captured: 10.0.0.0/8 fd00::/8 10.1.1.1 tcp 443,8000-8010 uid 5 ")
    #expect(assertion.text == "captured: 10.0.0.0/8 fd00::/8 10.1.1.1 tcp 443,8000-8010 uid 5")
    #expect(assertion.fate == .captured)
    #expect(assertion.destinations.map(\.description) == ["10.0.0.0/8", "fd00::/8", "10.1.1.1/32"])
    #expect(assertion.transport == .tcp)
    #expect(assertion.ports?.intervals == [443...443, 8000...8010])
    #expect(assertion.uid == 5)
    #expect(assertion.gid == nil)
  }

  @Test(arguments: [
    ("captures: tcp", 1), ("", 1), ("bypass tcp", 1), ("bypass: tcp tcp", 13),
    ("bypass: 70000", 9), ("bypass: tcp 80,90-85", 16), ("bypass: tcp 80 443", 16),
    ("bypass: uid", 12), ("bypass: gid root", 13), ("bypass: 10.0.0.0/33", 9),
    ("bypass: icmp 80", 14), ("bypass: everything", 9), ("bypass: 80,", 12),
  ])
  func refusesWithTheColumn(text: String, column: Int) {
    let error = #expect(throws: AssertionError.self) { try Assertion(text) }
    #expect(error?.column == column)
  }
}
