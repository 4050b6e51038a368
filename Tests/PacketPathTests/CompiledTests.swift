import Addresses
import Ruleset
import TestSupport
import Testing

@testable import PacketPath

/// The two evaluators, written apart, on rulesets and packets drawn at random.
@Suite struct CompiledTests {
  @Test(arguments: 0..<500)
  func agreesWithTheReadableEvaluator(seed: Int) throws {
    var random = Seeded(seed)
    let ruleset = random.ruleset()
    let network = PodNetwork(
      Bool.random(using: &random) ? .pod : LocalAddresses(),
      localMark: Bool.random(using: &random) ? 1 : nil)
    let simulator = try Simulator(ruleset, in: network)
    let compiled = CompiledRuleset(simulator)
    for _ in 0..<100 {
      let packet = random.packet()
      let path = simulator.path(of: packet)
      let verdict = compiled.verdict(for: packet)
      #expect(verdict.outcome == path.outcome, "\(packet)")
      #expect(verdict.rule.map { compiled.rules[$0] } == path.decidedBy, "\(packet)")
    }
  }

  /// The property above would hold if the compiled form always gave up. (On rulesets of real pods
  /// it never does: see the conformance tests.)
  @Test func oftenAnswersItself() throws {
    var random = Seeded(1)
    var answered = 0
    var packets = 0
    for _ in 0..<50 {
      let compiled = CompiledRuleset(try Simulator(random.ruleset()))
      for _ in 0..<50 {
        packets += 1
        if compiled.compiledVerdict(for: random.packet()) != nil { answered += 1 }
      }
    }
    #expect(answered * 3 > packets)
  }

  /// What a packet answered before its mark was set says nothing of it afterwards.
  @Test func effectsAreSeenByLaterTests() throws {
    let rules = Ruleset.one(
      .filter, .output,
      [
        Rule([.mark(1)], .accept), Rule([.state(.untracked)], .accept),
        Rule(.mark(.set(.packet, to: 1))), Rule([.mark(1)], .drop),
      ])
    #expect(try compiledOutcome(rules) == .drop)
    let raw = Ruleset.one(
      .filter, .output, priority: -300,
      [Rule([.state(.untracked)], .accept), Rule(.notrack), Rule([.state(.untracked)], .drop)])
    #expect(try compiledOutcome(raw) == .drop)
  }

  private func compiledOutcome(_ rules: Ruleset) throws -> Outcome? {
    try CompiledRuleset(Simulator(rules)).compiledVerdict(for: .app("10.0.0.9", 80))?.outcome
  }

  /// What the hook's own NAT leaves open is not known to its later chains.
  @Test func whereREDIRECTLeadsIsNotGuessed() throws {
    let nat = Ruleset.one(.nat, .prerouting, priority: -100, [Rule(.redirect(15006))])
    let filter = Ruleset.one(.filter, .prerouting, [.dropAll(.destination("100.64.0.2/32"))])
    let compiled = CompiledRuleset(try Simulator(nat + filter))
    #expect(compiled.compiledVerdict(for: .inbound("100.64.0.2", 80)) == nil)
    #expect(compiled.verdict(for: .inbound("100.64.0.2", 80)).outcome.word == "unknown")
  }

  /// A packet without a conntrack entry comes back by `lo` without its zone.
  @Test func aZoneIsLostOnTheWayBack() throws {
    let out = Ruleset.one(.filter, .output, priority: -300, [Rule(.zone(1))])
    let back = Ruleset.one(.filter, .prerouting, priority: -300, [.dropAll(.state(.new))])
    let compiled = CompiledRuleset(try Simulator(out + back))
    let packet = Packet.app("127.0.0.1", 80, out: "lo", state: .invalid)
    #expect(compiled.compiledVerdict(for: packet)?.outcome == .local)
  }

  /// The chain-level form tells the same rule as the whole walk.
  @Test func aChainByItself() throws {
    let rules = Ruleset.one(
      .nat, .output, priority: -100,
      [Rule([.port(80)], .return), Rule([.port(81)], .return), Rule(.redirect(15001))])
    let simulator = try Simulator(rules)
    let chain = try #require(
      CompiledChain(ChainIndex(table: 0, chain: 0), of: simulator, for: .ipv4))
    let packets = [80, 81, 82].map { FlatPacket(.app("10.0.0.9", $0)) }
    var decided = [Int32](repeating: -1, count: 3)
    var span = decided.mutableSpan
    chain.decide(packets.span, into: &span)
    #expect(decided == [1, 2, 3])
  }

  @Test func jumpsInlineUpToABound() throws {
    // Each chain jumps twice to the next: 2^24 ways through.
    let chains = (0..<24).map { level in
      Chain(
        "c\(level)", rules: level == 23 ? [] : [1, 2].map { _ in Rule(.jump(to: "c\(level + 1)")) })
    }
    let tail = Chain("c24", rules: [Rule([.port(80)], .drop)])
    var all = chains
    all[23].rules = [Rule(.jump(to: "c24")), Rule([.port(81)], .drop)]
    let rules = Ruleset.one(
      .filter, .output, backend: .iptables, [Rule(.jump(to: "c0"))], others: all + [tail])
    let compiled = CompiledRuleset(try Simulator(rules))
    #expect(compiled.verdict(for: .app("10.0.0.9", 80)).outcome == .drop)
  }
}

extension Seeded {
  fileprivate mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &self)]
  }

  private mutating func chance(_ one: Int, in all: Int) -> Bool {
    Int.random(in: 0..<all, using: &self) < one
  }

  fileprivate mutating func ruleset() -> Ruleset {
    let backend = pick([Backend.nftables, .iptablesNFT, .iptablesLegacy])
    return Ruleset(
      (0..<Int.random(in: 1...3, using: &self)).map { index in
        let others = (0..<3).map { "u\($0)" }
        var chains = (0..<Int.random(in: 1...4, using: &self)).map { base("b\($0)", others) }
        for (level, name) in others.enumerated() {
          chains.append(
            Chain(name, rules: rules(Array(others[(level + 1)...]), .filter, .output)))
        }
        return Table(
          pick([.ip, .ip6, .inet, .inet]), "t\(index)",
          backend: chance(1, in: 10) ? .iptablesLegacy : backend, chains: chains)
      })
  }

  private mutating func base(_ name: String, _ others: [String]) -> Chain {
    let hook = pick([Hook.output, .output, .prerouting, .input, .forward, .postrouting])
    let mapsHere = hook != .forward
    let kind =
      hook == .output
      ? pick([BaseChain.Kind.filter, .nat, .route]) : mapsHere ? pick([.filter, .nat]) : .filter
    let priority = kind == .nat ? -100 : pick([-300, -200, -150, -100, 0, 0, 150])
    return Chain(
      name,
      base: BaseChain(
        kind, hook: hook, priority: Int32(priority), policy: chance(1, in: 8) ? .drop : .accept),
      rules: rules(others, kind, hook))
  }

  private mutating func rules(_ others: [String], _ kind: BaseChain.Kind, _ hook: Hook) -> [Rule] {
    (0..<Int.random(in: 0...5, using: &self)).map { number in
      var steps: [Rule.Step] = []
      if chance(3, in: 4) { steps.append(.test(test(others, kind, hook))) }
      if chance(1, in: 3) { steps.append(.effect(effect(hook))) }
      if chance(1, in: 6) { steps.append(.test(test(others, kind, hook))) }
      if chance(4, in: 5) { steps.append(.verdict(verdict(others, kind, hook))) }
      return Rule(steps, text: "rule \(number)")
    }
  }

  private mutating func test(_ others: [String], _ kind: BaseChain.Kind, _ hook: Hook)
    -> RuleTest
  {
    let boxes = (0..<Int.random(in: 1...2, using: &self)).map { _ in
      Box((0..<Int.random(in: 1...3, using: &self)).map { _ in constraint() })
    }
    switch Int.random(in: 0..<5, using: &self) {
    case 0: return .none(boxes)
    case 1: return .any(boxes)
    case 2:
      return .init(boxes.map { .init($0, .verdict(verdict(others, kind, hook))) })
    default: return .all(boxes[0].constraints)
    }
  }

  private mutating func verdict(_ others: [String], _ kind: BaseChain.Kind, _ hook: Hook)
    -> Verdict
  {
    let isDestination = hook == .output || hook == .prerouting
    let target = IPAddress(.ipv4, pick([0x0A00_0009, 0x6440_0002, 0x7F00_0001]))
    if kind == .nat, chance(1, in: 2) {
      let ports: ClosedRange<UInt16>? = pick([nil, 15001...15001, 15006...15006, 80...90])
      let addresses = chance(1, in: 2) ? target...target : nil
      let mapping =
        isDestination
        ? pick([
          NAT(.redirect, ports: ports), NAT(.destination, addresses: addresses, ports: ports),
        ])
        : pick([NAT(.masquerade, ports: ports), NAT(.source, addresses: addresses, ports: ports)])
      return .nat(mapping)
    }
    if let other = others.isEmpty ? nil : pick(others), chance(1, in: 2) {
      return chance(1, in: 4) ? .goto(other) : .jump(to: other)
    }
    if chance(1, in: 40) { return pick([.opaque("TEE"), .queue("0")]) }
    return pick([.accept, .return, .return, .continue, .drop, .reject(with: "tcp-reset")])
  }

  private mutating func effect(_ hook: Hook) -> Effect {
    let bits = UInt32.random(in: 0...3, using: &self)
    switch Int.random(in: 0..<8, using: &self) {
    case 0: return .notrack
    case 1 where hook == .prerouting && chance(1, in: 2):
      return .tproxy(address: nil, port: pick([nil, 15006]))
    case 1: return .zone(1)
    case 2: return .mark(.save(packetMask: bits, connectionMask: 3))
    case 3: return .mark(.restore(packetMask: 3, connectionMask: bits))
    case 4: return .mark(.set(.connection, to: bits, mask: 3))
    case 5: return .aside("log")
    default: return .mark(.set(.packet, to: bits, mask: UInt32.random(in: 1...3, using: &self)))
    }
  }

  private mutating func constraint() -> Constraint {
    let field = pick(Self.fields)
    let family = pick([Family.ipv4, .ipv6])
    let domain = field.domain(in: family)
    var set: IntervalSet
    switch field {
    case .source, .destination:
      let prefixes = [
        "127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/8", "100.64.0.2/32", "fd64::/64", "::1/128",
        "2001:db8::/33",
      ]
      set = IntervalSet(Prefix(pick(prefixes)).map { [$0.range] } ?? [])
    case .sourcePort, .destinationPort:
      set = IntervalSet([pick([80...80, 1...1023, 15001...15006])])
    case .uid, .gid: set = IntervalSet(pick([0, 1337, 1000]))
    case .inputInterface, .outputInterface:
      let names = [
        InterfaceName.loopback.bits...InterfaceName.loopback.bits,
        InterfaceName.names(startingWith: Array("eth".utf8)),
      ]
      set = IntervalSet([pick(names)])
    case .transportProtocol: set = IntervalSet(pick([6, 17]))
    case .icmp: set = IntervalSet([0x800...0x8FF])
    case .family: set = IntervalSet(pick([4, 6]))
    default:
      let last = domain.intervals.last?.upperBound ?? 0
      set = IntervalSet(UInt128.random(in: 0...last, using: &self))
    }
    if chance(1, in: 4) { set = set.complement(in: domain) }
    return Constraint(field, in: set)
  }

  private static let fields: [Field] = [
    .family, .transportProtocol, .source, .destination, .destination, .sourcePort, .destinationPort,
    .destinationPort, .icmp, .uid, .uid, .gid, .inputInterface, .outputInterface, .connectionState,
    .sourceType, .destinationType, .mark(mask: .max), .mark(mask: 1), .mark(mask: 1),
    .mark(mask: 3), .connectionMark(mask: 3), .connectionMark(mask: 3),
    .tcpFlags(mask: 0x12), .unknown(UnknownMatch(name: "string", detail: "x")),
  ]

  fileprivate mutating func packet() -> Packet {
    let isIPv4 = chance(2, in: 3)
    let destinations =
      isIPv4
      ? ["10.0.0.9", "127.0.0.1", "100.64.0.2", "9.9.9.9"]
      : ["2001:db8::9", "::1", "fd64::2", "fe80::9", "fec0::9"]
    let sources: [String?] =
      isIPv4 ? [nil, nil, "10.0.0.1", "127.0.0.6"] : [nil, "fd64::9", "::6"]
    let isInbound = chance(1, in: 3)
    let owner = Owner(uid: pick([0, 1000, 1337]), gid: pick([0, 1337]))
    var packet = Packet(
      pick([.tcp, .tcp, .udp, .icmp]), from: pick(sources).flatMap { IPAddress($0) }, port: 40000,
      to: IPAddress(pick(destinations)) ?? IPAddress(.ipv4, 1), port: pick([80, 85, 443, 15001]),
      owner: chance(1, in: 8) ? nil : owner,
      in: isInbound ? InterfaceName(pick(["eth0", "eth0", "lo"])) : nil,
      out: isInbound || chance(1, in: 2) ? nil : InterfaceName(pick(["eth0", "lo", "eth1"])),
      state: pick([.new, .new, .new, .established, .related, .invalid, .untracked]),
      mark: pick([0, 0, 1, 2]), connectionMark: pick([0, 1, 3]))
    if packet.transport == .icmp, chance(1, in: 2) { packet.icmp = 0x800 }
    return packet
  }
}
