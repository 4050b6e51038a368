import Addresses
import PacketPath
import Ruleset
import RulesetText
import TestSupport
import Testing

@testable import FlowSets

@Suite struct DeadRuleTests {
  private func nat(_ rules: String) throws -> Ruleset {
    let text = "*nat\n:OUTPUT ACCEPT [0:0]\n:A - [0:0]\n\(rules)COMMIT\n"
    return Ruleset(try IPTables.readSave(Array(text.utf8), family: .ip))
  }

  @Test func aShadowedRuleNamesTheRulesBeforeIt() throws {
    let ruleset = try nat(
      """
      -A OUTPUT -j A
      -A A -p tcp -m tcp --dport 3000:3999 -j RETURN
      -A A -d 10.0.0.0/8 -p tcp -m tcp --dport 3307 -j RETURN
      -A A -p tcp -m tcp --dport 3307 -m owner --uid-owner 70000 -j REDIRECT --to-ports 15001
      -A A -p tcp -j REDIRECT --to-ports 15001

      """)
    let space = FlowSpace(for: [ruleset])
    let dead = try space.deadRules(of: ruleset, in: [Universe(.outbound, sender: .anyone)])
    #expect(dead.map(\.rule.number) == [2, 3])
    #expect(dead.map { $0.shadowedBy.map(\.number) } == [[1], [1]])
  }

  @Test func aRuleForOtherStatesIsNotDead() throws {
    let text = """
      *filter
      :OUTPUT ACCEPT [0:0]
      -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
      -A OUTPUT -m mark --mark 0x539 -j ACCEPT
      -A OUTPUT -j DROP
      -A OUTPUT -j ACCEPT
      COMMIT

      """
    let ruleset = Ruleset(try IPTables.readSave(Array(text.utf8), family: .ip))
    let space = FlowSpace(for: [ruleset])
    let dead = try space.deadRules(of: ruleset, in: [Universe(.outbound, sender: .anyone)])
    #expect(dead.map(\.rule.number) == [4])
    #expect(dead[0].shadowedBy.map(\.number) == [1, 2, 3])
  }

  /// A packet that comes in again by `lo` is in the state it had going out.
  @Test func aStateThatDoesNotComeBackByLoopbackIsDead() throws {
    let text = """
      *filter
      :INPUT ACCEPT [0:0]
      :OUTPUT ACCEPT [0:0]
      -A INPUT -i lo -m conntrack --ctstate ESTABLISHED -j DROP
      -A INPUT -i lo -m conntrack --ctstate NEW -j DROP
      -A OUTPUT -m conntrack --ctstate NEW -j ACCEPT
      -A OUTPUT -j DROP
      COMMIT

      """
    let ruleset = Ruleset(try IPTables.readSave(Array(text.utf8), family: .ip))
    let space = FlowSpace(for: [ruleset])
    let dead = try space.deadRules(of: ruleset, in: [Universe(.outbound, sender: .anyone)])
    #expect(dead.map(\.rule.number) == [1])
    #expect(dead[0].shadowedBy.isEmpty)
  }

  /// Whatever a packet's own trace shows as matched is what its part of the universe hits.
  @Test(arguments: 0..<60)
  func tracesAgreeWithSinglePackets(seed: Int) throws {
    var draw = RandomRulesets(seed: 5000 + seed)
    let ruleset = draw.ruleset()
    let localMark = draw.localMark
    let network = PodNetwork(RandomRulesets.local, localMark: localMark)
    let space = FlowSpace(for: [ruleset], in: network)
    let simulator = try Simulator(ruleset, in: network)
    let question = Universe(.outbound, families: [.ipv4, .ipv6], sender: .anyone)
    let universe = space.packets(in: question)
    let dead = Set(try space.deadRules(of: ruleset, in: [question]).map(\.rule))
    var whole = space.emptySet
    for part in try space.traces(of: universe, under: ruleset, .outbound) {
      whole = whole.union(part.set)
      #expect(dead.isDisjoint(with: part.rules))
      let witness = try #require(part.set.witness())
      let steps = simulator.path(of: witness, tracing: true).steps
      if steps.contains(where: { $0.matched == nil }) { continue }
      #expect(Set(steps.filter { $0.matched == true }.map(\.rule)) == Set(part.rules), "\(witness)")
    }
    #expect(whole == universe)
  }
}
