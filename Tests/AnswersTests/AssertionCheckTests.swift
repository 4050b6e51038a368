import Addresses
import Answers
import FlowSets
import PacketPath
import Ruleset
import RulesetText
import Testing

@Suite struct AssertionCheckTests {
  @Test(arguments: [
    ("bypass: tcp 3307", AssertionCheck.Result.holds),
    ("bypass: udp", .holds),
    ("captured: 10.0.0.0/8 tcp 443,8000-8010", .holds),
    ("captured: tcp 3306-3307", .refuted),
    // Loopback is in this prefix.
    ("captured: 0.0.0.0/0 tcp 443", .refuted),
    ("local: tcp 3307", .holds),
    ("local: 127.0.0.0/8 uid 1000", .holds),
    ("bypass: tcp 443 uid 1337", .holds),
    ("captured: tcp 443 uid 1000", .holds),
    ("captured: tcp 443 gid 1000", .holds),
    ("captured: tcp 443 gid 1337", .refuted),
    ("bypass: fd00::/8", .holds),
    ("reject: tcp 443", .refuted),
  ])
  func istioWithOneExcludedPort(text: String, result: AssertionCheck.Result) throws {
    let checker = try AssertionChecker(
      of: rules("1.31", ports: "3307"), in: PodNetwork(), Universe(.outbound))
    let assertion = try Assertion(text)
    let check = try checker.check(assertion)
    #expect(check.result == result)
    #expect((check.against == nil) == (result == .holds))
    if let against = check.against {
      #expect(against.path.outcome.fate == against.fate)
      #expect(against.fate != assertion.fate)
    }
  }

  @Test func whatIsNotUnderstoodNeitherHoldsNorIsRefuted() throws {
    let text = """
      *nat
      :OUTPUT ACCEPT [0:0]
      -A OUTPUT -p tcp --dport 22 -j RETURN
      -A OUTPUT -p tcp -m string --algo bm --string "x" -j REDIRECT --to-ports 15001
      COMMIT

      """
    let checker = try AssertionChecker(
      of: try IPTables.readSave(Array(text.utf8)), in: PodNetwork(), Universe(.outbound))
    #expect(try checker.check(Assertion("bypass: tcp 22")).result == .holds)
    #expect(try checker.check(Assertion("bypass: tcp 80")).result == .unknown)
    #expect(try checker.check(Assertion("drop: tcp 22-80")).result == .refuted)
  }

  @Test func anAssertionAboutNothingDoesNotHold() throws {
    let checker = try AssertionChecker(
      of: rules("1.31"), in: PodNetwork(),
      Universe(.outbound, protocols: IntervalSet(UInt128(TransportProtocol.udp.rawValue))))
    let check = try checker.check(Assertion("captured: tcp 443"))
    #expect(check.result == .empty)
  }
}
