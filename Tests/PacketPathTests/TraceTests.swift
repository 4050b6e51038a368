import Addresses
import Ruleset
import Testing

@testable import PacketPath

/// Why each rule did not match, in the field's own terms.
@Suite struct TraceTests {
  private func why(_ packet: Packet, _ rule: Rule) throws -> String? {
    let path = try Simulator(.one(.filter, .output, [rule])).path(of: packet, tracing: true)
    return path.steps.first?.why
  }

  private let packet = Packet.app("10.0.0.9", 3306)

  @Test(arguments: [
    (Constraint.port(3307), "destination port 3306, wants 3307"),
    (.destination("10.1.0.0/16"), "destination 10.0.0.9, wants 10.1.0.0/16"),
    (.out("lo"), "output interface eth0, wants lo"),
    (.state(.established, .related), "connection state new, wants established-related"),
    (Constraint(.uid, is: 1337), "owner uid 1000, wants 1337"),
    (
      Constraint(.uid, in: IntervalSet(1000).complement(in: Field.uid.domain(in: .ipv4))),
      "owner uid 1000, wants not 1000"
    ),
    (.mark(0x539), "mark 0x0, wants 0x539"),
    (.source("127.0.0.6/32"), "source not 127.0.0.0/8, wants 127.0.0.6"),
    (Constraint(.transportProtocol, is: 17), "protocol tcp, wants udp"),
    (
      Constraint(
        .outputInterface, in: IntervalSet([InterfaceName.names(startingWith: "veth".utf8)])),
      "output interface eth0, wants veth*"
    ),
    (.unknown("string"), "the match 'string' is not understood"),
  ])
  func namesTheConditionAndBothValues(constraint: Constraint, why: String) throws {
    #expect(try self.why(packet, .dropAll(constraint)) == why)
  }

  @Test func namesTheFirstConditionThatFailed() throws {
    #expect(
      try why(packet, .dropAll(.out("eth0"), .port(1), .mark(9)))
        == "destination port 3306, wants 1")
  }

  @Test func namesEachAlternative() throws {
    let either = Rule.dropAny(.port(1), Constraint(.sourcePort, is: 1))
    #expect(
      try why(packet, either) == "destination port 3306, wants 1; source port 40000, wants 1")
    #expect(
      try why(packet, .dropNone(.port(3306))) == "destination port 3306, wants not 3306")
  }

  /// By what it leaves out, where the networks it covers are many.
  @Test func namesWhatASourceNotGivenCanBe() throws {
    let rules = Ruleset.one(.filter, .input, [.dropAll(.source("10.1.1.1/32"))])
    var packet = Packet.inbound("100.64.0.2", 80)
    packet.source = nil
    let path = try Simulator(rules).path(of: packet, tracing: true)
    #expect(
      path.steps.first?.why
        == "source not 10.1.1.1, 127.0.0.0/8, 224.0.0.0/4, 255.255.255.255, wants 10.1.1.1")
  }

  @Test func noSocket() throws {
    var packet = packet
    packet.owner = nil
    #expect(
      try why(packet, .dropAll(Constraint(.uid, is: 1337))) == "owner uid no socket, wants 1337")
  }
}
