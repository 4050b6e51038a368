import Addresses
import Ruleset
import Testing

@testable import PacketPath

/// What is not understood or not given never decides by a guess.
@Suite struct UnknownTests {
  private func path(_ packet: Packet, _ ruleset: Ruleset) throws -> Path {
    try Simulator(ruleset).path(of: packet, tracing: true)
  }

  private func filter(_ rules: Rule...) -> Ruleset { .one(.filter, .output, rules) }
  private let packet = Packet.app("10.0.0.9", 80)

  @Test func namesTheRuleThatCouldHaveDecided() throws {
    let path = try path(packet, filter(Rule([.port(1)], .drop), Rule([.unknown("string")], .drop)))
    #expect(path.outcome == .unknown("the match 'string' is not known"))
    #expect(path.decidedBy?.number == 2)
    #expect(path.steps.map(\.matched) == [false, nil])
  }

  @Test func isKnownWhereBothWaysEndAlike() throws {
    #expect(try path(packet, filter(Rule([.unknown("a")], .drop), Rule(.drop))).outcome == .drop)
    #expect(try path(packet, filter(Rule([.unknown("a"), .port(1)], .drop))).outcome == .bypass)
    #expect(try path(packet, filter(Rule([.port(1), .unknown("a")], .drop))).outcome == .bypass)
  }

  @Test func theSameUnknownAnswersTheSame() throws {
    let both = filter(
      Rule([.unknown("a")], .return), Rule([.unknown("a")], .drop),
      Rule([.unknown("a", holds: false), .unknown("a")], .drop))
    #expect(try path(packet, both).outcome == .bypass)
    let two = filter(Rule([.unknown("a")], .return), Rule([.unknown("b")], .drop))
    #expect(try path(packet, two).outcome.word == "unknown")
    let either = filter(Rule([.unknown("a")], .drop), Rule([.unknown("a", holds: false)], .drop))
    #expect(try path(packet, either).outcome == .drop)
  }

  /// Where the answer cannot count nothing is asked, however many there are.
  @Test func whatDecidesNothingIsNotAsked() throws {
    let log = (0..<40).map { Rule([.unknown("log \($0)")], .aside("log")) }
    let other = (1...40).map { Rule([.unknown("other \($0)"), .port($0)], .drop) }
    let path = try path(packet, .one(.filter, .output, log + other))
    #expect(path.outcome == .bypass)
    let matched: [Bool?] = Array(repeating: nil, count: 40) + Array(repeating: false, count: 40)
    #expect(path.steps.map(\.matched) == matched)
    #expect(path.steps.last?.failures.map(\.description) == ["destination port 80, wants 40"])
    let compiled = CompiledRuleset(try Simulator(.one(.filter, .output, log)))
    #expect(compiled.compiledVerdict(for: packet)?.outcome == .bypass)
  }

  /// A mark that the rule itself has set since does not count as the one it asked for.
  @Test func whatARuleHasDoneIsNotAskedAgain() throws {
    let test = Test([Test.Arm(Box([.mark(0), .unknown("a")]), .goOn)])
    let mark = Effect.mark(.set(.packet, to: 1, mask: .max))
    let rule = Rule([.test(test), .effect(mark), .verdict(.drop)], text: "rule")
    let path = try path(packet, .one(.filter, .output, [rule]))
    #expect(path.outcome == .unknown("the match 'a' is not known"))
  }

  @Test func tooManyNameARuleThatAsked() throws {
    let marks = (0..<13).map { bit in
      Rule([.unknown("\(bit)")], .mark(.set(.packet, to: 1 << bit, mask: 1 << bit)))
    }
    let path = try path(packet, .one(.filter, .output, marks))
    #expect(path.outcome == .unknown("more than 4096 combinations of things not known"))
    #expect((1...13).contains(path.decidedBy?.number ?? 0))
  }

  /// All combinations together, as one walk, meet no more rules than can be waited for.
  @Test func combinationsShareTheLengthOfAWalk() throws {
    let marks = (0..<12).map { bit in
      Rule([.unknown("\(bit)")], .mark(.set(.packet, to: 1 << bit, mask: 1 << bit)))
    }
    let rest = [Rule](repeating: Rule([.port(1)], .drop), count: 3_000)
    let outcome = try path(packet, .one(.filter, .output, marks + rest)).outcome
    guard case .unknown(let why) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(why.hasSuffix("combinations of things not known take more than 4194304 rules"))
  }

  @Test func anOpaqueTargetIsUnknown() throws {
    let path = try path(packet, filter(Rule([.port(80)], .opaque("TEE")), Rule(.accept)))
    #expect(path.outcome == .unknown("the target 'TEE' is not understood"))
    #expect(path.decidedBy?.number == 1)
    #expect(try self.path(packet, filter(Rule([.port(1)], .opaque("TEE")))).outcome == .bypass)
  }

  @Test func aSourceNotGivenIsNotLoopback() throws {
    func outcome(_ prefix: String) throws -> Outcome {
      try path(packet, filter(Rule([.source(prefix)], .drop))).outcome
    }
    #expect(try outcome("127.0.0.6/32") == .bypass)
    #expect(try outcome("0.0.0.0/0") == .drop)
    #expect(try outcome("10.0.0.0/8").word == "unknown")
    let split = filter(
      Rule([.source("10.0.0.0/8")], .return), Rule([.source("10.1.0.0/16")], .drop))
    #expect(try path(packet, split).outcome == .bypass)
  }

  /// A peer nobody named is none that a rule names all alone, such as Istio's host probes' address.
  @Test func aPeerNotGivenIsNoSingledOutAddress() throws {
    var packet = Packet.inbound("100.64.0.2", 80)
    packet.source = nil
    func outcome(_ prefix: String) throws -> String {
      let rule = Rule([.source(prefix)], .drop)
      return try path(packet, .one(.filter, .prerouting, [rule])).outcome.word
    }
    #expect(try outcome("169.254.7.127/32") == "local")
    #expect(try outcome("169.254.0.0/16") == "unknown")
  }

  /// Unbound sockets to an address of this host send from that address, so Istio's rule for ::6
  /// spares only what was bound to it.
  @Test func whatIsSentToOneselfComesFromThatAddress() throws {
    let rules = Ruleset.one(
      .filter, .output, family: .ip6, [Rule([.out("lo"), .source("::6/128")], .drop)])
    #expect(try path(.app("fd64::2", 80, out: "lo"), rules).outcome == .local)
    #expect(try path(.app("::1", 80, out: "lo"), rules).outcome == .local)
    #expect(try path(.app("::6", 80, out: "lo"), rules).outcome == .drop)
  }

  @Test func flagsNotGivenAgreeAcrossMasks() throws {
    func flags(_ mask: UInt8, _ value: UInt128) -> Constraint {
      Constraint(.tcpFlags(mask: mask), is: value)
    }
    let packet = Packet.app("10.0.0.9", 80, state: .established)
    let synOnly = filter(
      Rule([flags(0x17, 0x02)], .return), Rule([flags(0x02, 0x02), flags(0x17, 0x02)], .drop))
    #expect(try path(packet, synOnly).outcome == .bypass)
    #expect(try path(packet, filter(Rule([flags(0x02, 0x02)], .drop))).outcome.word == "unknown")
    #expect(try path(self.packet, filter(Rule([flags(0x17, 0x02)], .drop))).outcome == .drop)
  }

  @Test func legacyAgainstNativeAtEqualPriority() throws {
    func nat(_ backend: Backend, _ port: UInt16) -> Ruleset {
      .one(
        .nat, .output, priority: -100, backend: backend, name: backend.rawValue,
        [
          Rule(.redirect(port))
        ])
    }
    let loopback = IPAddress("127.0.0.1")
    #expect(
      try path(packet, nat(.iptablesLegacy, 1) + nat(.nftables, 2)).outcome.word == "unknown")
    #expect(
      try path(packet, nat(.iptablesLegacy, 1) + nat(.nftables, 1)).outcome
        == .redirect(loopback, port: 1))
    #expect(
      try path(packet, nat(.iptablesNFT, 1) + nat(.nftables, 2)).outcome
        == .redirect(loopback, port: 2))
  }

  @Test func givesUpOnTooManyCombinations() throws {
    let rules = (0..<13).map { Rule([.unknown("u\($0)")], .mark(.set(.packet, to: UInt32($0)))) }
    #expect(try path(packet, .one(.filter, .output, rules)).outcome.word == "unknown")
    let few = Array(rules.prefix(10)) + [Rule(.drop)]
    #expect(try path(packet, .one(.filter, .output, few)).outcome == .drop)
  }
}
