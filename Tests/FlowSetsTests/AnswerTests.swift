import Addresses
import PacketPath
import Ruleset
import TestSupport
import Testing

@testable import FlowSets

/// What users get: sets with counts, witnesses and covers that are true of the whole universe.
@Suite struct AnswerTests {
  private static func universes(_ draw: inout RandomRulesets) -> Universe {
    let families: [Family] = draw.pick([[.ipv4], [.ipv6], [.ipv4, .ipv6]])
    if draw.chance(30) { return Universe(.inbound, families: families) }
    let sender: Universe.Sender = draw.pick([.app, .proxy, .anyone])
    return Universe(.outbound, families: families, sender: sender)
  }

  @Test(arguments: 0..<60)
  func fatesDivideTheUniverse(seed: Int) throws {
    var draw = RandomRulesets(seed: seed)
    let ruleset = draw.ruleset()
    let network = PodNetwork(RandomRulesets.local, localMark: draw.localMark)
    let simulator = try Simulator(ruleset, in: network)
    let space = FlowSpace(for: [ruleset], in: network)
    let question = Self.universes(&draw)
    let universe = space.packets(in: question)
    let flows = try space.flows(of: ruleset, question.direction)

    var whole = space.emptySet
    var words = [UInt64](repeating: 0, count: 8)
    for part in flows.fates(in: universe) {
      #expect(part.set.isDisjoint(with: whole))
      whole = whole.union(part.set)
      words = sum(words, part.set.count())

      let witness = try #require(part.set.witness())
      #expect(part.set.contains(witness))
      #expect(fate(simulator, witness) == part.fate, "\(witness) under \(part.fate)")

      let cover = part.set.cover(in: universe)
      let told = cover.reduce(space.emptySet) { $0.union(space.packets(in: $1)) }
      #expect(told.intersection(universe) == part.set, "\(cover)")
      #expect(part.set.cover(in: universe) == cover)
    }
    #expect(whole == universe)
    #expect(Count(words: words) == universe.count())
  }

  @Test(arguments: 0..<60)
  func changesAreWhatBothSidesSayOfAPacket(seed: Int) throws {
    var draw = RandomRulesets(seed: 1000 + seed)
    let old = draw.ruleset()
    let localMark = draw.localMark
    let new = draw.altered(old)
    let question = Self.universes(&draw)
    let space = FlowSpace(
      for: [old, new], in: PodNetwork(RandomRulesets.local, localMark: localMark))
    let universe = space.packets(in: question)
    let before = try space.flows(of: old, question.direction)
    let after = try space.flows(of: new, question.direction)
    let changes = before.changes(to: after, in: universe)
    #expect(before.changes(to: before, in: universe).isEmpty)

    for _ in 0..<200 {
      var packet = draw.packet(question.direction == .inbound)
      packet.state = .new
      packet.mark = 0
      packet.tcpFlags = 2
      guard universe.contains(packet) else { continue }
      let found = changes.filter { $0.set.contains(packet) }
      #expect(found.count <= 1)
      let (a, b) = (before.fate(of: packet), after.fate(of: packet))
      if let change = found.first {
        #expect(change.from == a && change.to == b)
      } else {
        #expect(a == b)
      }
    }
    for change in changes {
      let witness = try #require(change.set.witness())
      #expect(before.fate(of: witness) == change.from)
      #expect(after.fate(of: witness) == change.to)
    }
  }

  /// Two different questions that decide between the same ports are a difference.
  @Test func differentQuestionsAreNoAgreement() throws {
    func ruleset(_ match: String, _ ports: [UInt16]) -> Ruleset {
      let asks = Constraint(.unknown(UnknownMatch(name: match, detail: "")), is: 1)
      let redirects = ports.map { Rule.Step.verdict(.nat(NAT(.redirect, ports: $0...$0))) }
      let base = BaseChain(.nat, hook: .output, priority: -100)
      let rules = [
        Rule([.test(.all([asks])), redirects[0]], text: "asks"),
        Rule([redirects[1]], text: "all"),
      ]
      return Ruleset([
        Table(.ip, "nat", backend: .nftables, chains: [Chain("o", base: base, rules: rules)])
      ])
    }
    func changes(_ old: Ruleset, _ new: Ruleset) throws -> [Fate] {
      let space = FlowSpace(for: [old, new])
      let universe = space.packets(in: Universe(.outbound))
      let (before, after) = try (space.flows(of: old, .outbound), space.flows(of: new, .outbound))
      return before.changes(to: after, in: universe).flatMap { [$0.from, $0.to] }
    }
    let old = ruleset("x", [15001, 15006])
    #expect(try changes(old, ruleset("y", [15001, 15006])) == [.captured, .captured])
    #expect(try changes(old, ruleset("x", [15001, 15006])).isEmpty)
    #expect(try changes(ruleset("x", [15001, 15001]), ruleset("y", [15001, 15001])).isEmpty)
  }

  private func fate(_ simulator: Simulator, _ packet: Packet) -> Fate {
    simulator.path(of: packet).outcome.fate
  }

  private func sum(_ words: [UInt64], _ count: Count) -> [UInt64] {
    var sum = words
    var carry: UInt64 = 0
    for place in sum.indices {
      let other = place < count.words.count ? count.words[place] : 0
      let (a, first) = sum[place].addingReportingOverflow(other)
      let (b, second) = a.addingReportingOverflow(carry)
      sum[place] = b
      carry = (first ? 1 : 0) + (second ? 1 : 0)
    }
    return sum
  }
}

@Suite struct CountTests {
  @Test func countsEveryPacketOfASmallUniverse() {
    let space = FlowSpace(for: [])
    let universe = space.packets(
      in: Universe(
        .outbound, destinations: [Prefix("10.0.0.0/30")].compactMap { $0 },
        ports: IntervalSet([80...89]), protocols: IntervalSet(6),
        uids: IntervalSet([1336...1338]), gids: IntervalSet([0...1])))
    // Destinations × ports × source ports × owners but the proxy's × sources but loopback.
    let expected = 4 * 10 * 65536 * (2 * 2) * ((1 << 32) - (1 << 24))
    #expect(universe.count() == Count(UInt64(expected)))
    #expect(universe.count().description == "\(expected)")
  }

  @Test func bigNumbersAreExact() {
    #expect(Count(words: [0, 1]).description == "18446744073709551616")
    #expect(Count(words: [0, 0, 1]).description == "340282366920938463463374607431768211456")
    #expect(Count.zero.description == "0")
    #expect(Count(words: [0, 1]) > Count(UInt64.max))
  }
}

@Suite struct BudgetTests {
  /// Rules of pairwise different fields at every level make as many cells as there are combinations.
  @Test func anExplodingRulesetIsRefusedWithTheChainsName() throws {
    var draw = Seeded(7)
    let rules = (0..<400).map { _ in
      let fields: [Field] = [.destinationPort, .destination, .source, .sourcePort]
      let constraints = fields.map { field in
        let low = UInt128.random(in: 0...60000, using: &draw)
        return Constraint(field, in: IntervalSet([low...(low + 3000)]))
      }
      return Rule(
        [.test(.any([Box(constraints)])), .verdict(.drop)], text: "rule")
    }
    let base = BaseChain(.filter, hook: .output, priority: 0)
    let ruleset = Ruleset([
      Table(.ip, "filter", backend: .nftables, chains: [Chain("OUTPUT", base: base, rules: rules)])
    ])
    let space = FlowSpace(for: [ruleset], budget: 20_000)
    #expect(throws: FlowError.tooLarge(whileBuilding: "filter OUTPUT", edges: 20_000)) {
      try space.flows(of: ruleset, .outbound)
    }
  }

  @Test func tooManyQuestionsOfOnePacketAreRefusedAsSuch() throws {
    let rules = (0..<5_000).map { number in
      let match = UnknownMatch(name: "string", detail: "\(number)")
      return Rule(
        [.test(.all([Constraint(.unknown(match), is: 1)])), .verdict(.drop)], text: "rule")
    }
    let base = BaseChain(.filter, hook: .output, priority: 0)
    let ruleset = Ruleset([
      Table(.ip, "filter", backend: .nftables, chains: [Chain("OUTPUT", base: base, rules: rules)])
    ])
    #expect(
      throws: FlowError.tooDeep(whileBuilding: "filter OUTPUT", questions: Arena.maximumDepth)
    ) {
      try FlowSpace(for: [ruleset]).flows(of: ruleset, .outbound)
    }
  }

  @Test func chainsMayNestTenThousandDeep() throws {
    let last = Chain("C10000", rules: [Rule([.verdict(.drop)], text: "drop")])
    let chains = (0..<10_000).map { number in
      Chain("C\(number)", rules: [Rule([.verdict(.jump(to: "C\(number + 1)"))], text: "jump")])
    }
    let base = BaseChain(.filter, hook: .output, priority: 0)
    let first = Chain("OUTPUT", base: base, rules: chains[0].rules)
    let ruleset = Ruleset([
      Table(.ip, "filter", backend: .iptablesLegacy, chains: [first] + chains + [last])
    ])
    let space = FlowSpace(for: [ruleset])
    let universe = space.packets(in: Universe(.outbound))
    #expect(try space.flows(of: ruleset, .outbound).fate(of: universe) == .drop)
  }

  @Test func aLoopOfJumpsIsRefused() {
    let base = BaseChain(.filter, hook: .output, priority: 0)
    let jump = Rule([.verdict(.jump(to: "A"))], text: "jump")
    let ruleset = Ruleset([
      Table(
        .ip, "filter", backend: .nftables,
        chains: [Chain("OUTPUT", base: base, rules: [jump]), Chain("A", rules: [jump])])
    ])
    #expect(throws: FlowError.self) {
      try FlowSpace(for: [ruleset]).flows(of: ruleset, .outbound)
    }
  }
}
