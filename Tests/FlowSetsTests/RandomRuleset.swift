import Addresses
import Ruleset
import TestSupport

/// Rulesets and packets drawn from few values, so that conditions meet, shadow and contradict.
struct RandomRulesets {
  var random: Seeded
  /// The mark that routing sends to the pod itself.
  var localMark: UInt32?

  init(seed: Int) { random = Seeded(seed) }

  static let local = LocalAddresses([
    IPAddress(.ipv4, 0x0AF4_0105), IPAddress(.ipv6, 0xFD00 << 112 | 5),
  ])

  mutating func pick<C: Collection>(_ choices: C) -> C.Element {
    choices.randomElement(using: &random)!
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
}

// MARK: - Rulesets

extension RandomRulesets {
  mutating func ruleset() -> Ruleset {
    localMark = chance(30) ? 1337 : nil
    var tables: [Table] = []
    let names = ["raw", "mangle", "nat", "filter"].filter { _ in chance(70) }
    for name in names {
      for family in pick([[TableFamily.ip], [.inet], [.ip, .ip6], [.ip6]]) {
        tables.append(table(name, family))
      }
    }
    tables.shuffle(using: &random)
    return Ruleset(tables)
  }

  /// The ruleset with a rule or two taken out, doubled or replaced.
  mutating func altered(_ ruleset: Ruleset) -> Ruleset {
    var altered = ruleset
    for table in altered.tables.indices {
      for chain in altered.tables[table].chains.indices where chance(30) {
        let rules = altered.tables[table].chains[chain].rules
        guard let place = rules.indices.randomElement(using: &random) else { continue }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: altered.tables[table].chains[chain].rules.remove(at: place)
        case 1: altered.tables[table].chains[chain].rules.swapAt(0, place)
        default: altered.tables[table].chains[chain].rules[place].steps = [.verdict(.accept)]
        }
      }
    }
    return altered
  }

  private mutating func table(_ name: String, _ family: TableFamily) -> Table {
    var chains: [Chain] = []
    let others = (0..<Int.random(in: 0...3, using: &random)).map { "C\($0)" }
    for (chain, hook) in BuiltInChains.names {
      guard let base = BuiltInChains.base(chain, in: name), chance(70) else { continue }
      var policed = base
      policed.policy = chance(10) ? .drop : .accept
      let place = Place(table: name, hook: hook, targets: others, family: family)
      chains.append(Chain(chain, base: policed, rules: rules(place)))
    }
    for index in others.indices {
      let place = Place(
        table: name, hook: nil, targets: Array(others[(index + 1)...]), family: family)
      chains.append(Chain(others[index], rules: rules(place)))
    }
    let backend: Backend = chance(75) || family == .inet ? .nftables : .iptablesLegacy
    return Table(family, name, backend: backend, chains: chains)
  }

  private struct Place {
    var table: String
    var hook: Hook?
    var targets: [String]
    var family: TableFamily
  }

  private mutating func rules(_ place: Place) -> [Rule] {
    (0..<Int.random(in: 0...4, using: &random)).map { _ in rule(place) }
  }

  private mutating func rule(_ place: Place) -> Rule {
    var steps: [Rule.Step] = []
    if chance(85) { steps.append(.test(test(place))) }
    if chance(15) { steps.append(.effect(effect(place))) }
    if chance(25) { steps.append(.test(test(place))) }
    if chance(15) { steps.append(.effect(effect(place))) }
    if chance(85) { steps.append(.verdict(verdict(place))) }
    return Rule(steps, text: "rule")
  }

  private mutating func test(_ place: Place) -> Test {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return .any([box(), box()])
    case 1: return .none([box(), box()])
    case 2:
      return Test([
        Test.Arm(box(), .verdict(verdict(place))), Test.Arm(box(), chance(50) ? .goOn : .fail),
        Test.Arm(box(), .verdict(verdict(place))),
      ])
    default: return Test([Test.Arm(box(), .goOn)])
    }
  }

  private mutating func effect(_ place: Place) -> Effect {
    switch (place.table, place.hook) {
    case ("raw", _) where chance(60): return chance(50) ? .notrack : .zone(7)
    case ("mangle", .prerouting) where chance(60):
      return .tproxy(
        address: chance(50) ? nil : IPAddress(.ipv4, 0x7F00_0001), port: chance(80) ? 15006 : nil)
    default: return .mark(assignment(place))
    }
  }

  /// The local mark is set in route chains and later only: set twice it would be no change.
  private mutating func assignment(_ place: Place) -> MarkAssignment {
    let register: MarkRegister = chance(60) ? .packet : .connection
    let masks: [UInt32] = [.max, 0xFF, 0xF0, 0x3C, 1]
    let values: [UInt32] = [0, 1, 0x10, 0x35, 0xFF, place.table == "raw" ? 2 : 1337]
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .save(packetMask: pick(masks), connectionMask: pick(masks))
    case 1: return .restore(packetMask: pick(masks), connectionMask: pick(masks))
    case 2:
      return MarkAssignment(
        target: register, fromPacket: pick(masks), fromConnection: pick(masks),
        constant: pick(values))
    default: return .set(register, to: pick(values), mask: pick(masks))
    }
  }

  private mutating func verdict(_ place: Place) -> Verdict {
    if place.table == "nat", let hook = place.hook, chance(50) {
      return .nat(nat(at: hook, place.family))
    }
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<4: return .accept
    case 4..<6: return .drop
    case 6: return .reject(with: "tcp-reset")
    case 7..<10: return .return
    case 10: return .continue
    case 11 where chance(30): return .opaque("WHAT")
    case 12..<18: return place.targets.isEmpty ? .accept : .jump(to: pick(place.targets))
    default: return place.targets.isEmpty ? .return : .goto(pick(place.targets))
    }
  }

  private mutating func nat(at hook: Hook, _ family: TableFamily) -> NAT {
    let ports: ClosedRange<UInt16>? =
      chance(70) ? pick([15001...15001, 80...80, 15053...15053, 3000...4000]) : nil
    let isDestination = hook == .prerouting || hook == .output
    let address: IPAddress? =
      switch family {
      case .ip: IPAddress(.ipv4, pick([0x0A00_0001, 0x7F00_0001, 0x0AF4_0105]))
      case .ip6: IPAddress(.ipv6, pick([1, 0xFD00 << 112 | 5, 0xFD00 << 112 | 9]))
      default: nil
      }
    let addresses = address.map { $0...$0 }
    let isRandom = chance(20)
    switch Int.random(in: 0..<3, using: &random) {
    case 0:
      return NAT(isDestination ? .redirect : .masquerade, ports: ports, isRandom: isRandom)
    default:
      return NAT(
        isDestination ? .destination : .source, addresses: addresses, ports: ports,
        isRandom: isRandom)
    }
  }
}

// MARK: - Conditions

extension RandomRulesets {
  private mutating func box() -> Box {
    Box((0..<Int.random(in: 0...3, using: &random)).flatMap { _ in constraints() })
  }

  private mutating func set(_ values: [ClosedRange<UInt128>], in field: Field) -> IntervalSet {
    let some = IntervalSet(values.filter { _ in chance(40) } + [pick(values)])
    return chance(25) ? some.complement(in: field.domain(in: .ipv6)) : some
  }

  private mutating func constraint(_ field: Field, _ values: [ClosedRange<UInt128>]) -> Constraint {
    Constraint(field, in: set(values, in: field))
  }

  private mutating func constraints() -> [Constraint] {
    let tcp = Constraint(.transportProtocol, is: 6)
    let masks: [UInt32] = [.max, 0xFF, 0xF0, 0x3C, 1]
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return [constraint(.family, [4...4, 6...6])]
    case 1, 2: return [constraint(.transportProtocol, [6...6, 17...17, 1...1])]
    case 3, 4:
      return [constraint(.destinationPort, [80...80, 53...53, 3306...3310, 15001...15006])]
    case 5: return [constraint(.sourcePort, [80...80, 30000...50000])]
    case 6, 7: return [constraint(.destination, Self.addresses)]
    case 8: return [constraint(.source, Self.addresses)]
    case 9: return [constraint(.uid, [0...0, 1337...1337, 1000...2000, Owner.none...Owner.none])]
    case 10: return [constraint(.gid, [0...0, 1337...1337, Owner.none...Owner.none])]
    case 11: return [constraint(.outputInterface, Self.interfaces)]
    case 12: return [constraint(.inputInterface, Self.interfaces)]
    case 13: return [constraint(.connectionState, [0...0, 1...1, 2...3, 4...4])]
    case 14: return [tcp, constraint(.tcpFlags(mask: pick([0x17, 2, 0x3F])), [2...2, 0...1])]
    case 15:
      let mask = pick(masks)
      let values: [UInt32] = [0, 0x10, 0x35, 1337]
      return [
        constraint(.mark(mask: mask), values.map { UInt128($0 & mask)...UInt128($0 & mask) })
      ]
    case 16:
      let mask = pick(masks)
      return [
        constraint(
          .connectionMark(mask: mask), [0...0, UInt128(0x35 & mask)...UInt128(0x35 & mask)])
      ]
    case 17: return [constraint(.destinationType, [1...1, 2...2, 5...5])]
    case 18: return [constraint(.sourceType, [1...1, 2...2])]
    default:
      let match = UnknownMatch(name: pick(["a", "b", "c"]), detail: "")
      return chance(50) ? [Constraint(.unknown(match), is: chance(50) ? 1 : 0)] : []
    }
  }

  private static let interfaces: [ClosedRange<UInt128>] = [
    InterfaceName.loopback.bits...InterfaceName.loopback.bits,
    InterfaceName.names(startingWith: "eth".utf8), 0...0,
  ]

  private static let addresses: [ClosedRange<UInt128>] = [
    0x7F00_0001...0x7F00_0001, 0x0A00_0000...0x0AFF_FFFF, 0x0AF4_0105...0x0AF4_0105, 1...1,
    (0xFD00 << 112)...(0xFD00 << 112 | 0xFFFF),
  ]
}

// MARK: - Packets

extension RandomRulesets {
  mutating func packet(_ inbound: Bool) -> Packet {
    let transport: TransportProtocol = pick([
      .tcp, .tcp, .udp, .icmp, .icmpv6, TransportProtocol(rawValue: 132),
    ])
    let family: Family = chance(60) ? .ipv4 : .ipv6
    let numbers: [UInt128] =
      family == .ipv4
      ? [0x7F00_0001, 0x0A00_0001, 0x0AF4_0105, 0xCB00_7107, 0xE000_0001]
      : [1, 0xFD00 << 112 | 5, 0xFD00 << 112 | 9, 0x2001 << 112 | 1]
    let destination = IPAddress(family, pick(numbers))
    let hasPorts = transport.hasPorts
    var packet = Packet(
      transport, from: IPAddress(family, pick(numbers)),
      port: hasPorts ? pick([80, 40000, 53]) : 0, to: destination,
      port: hasPorts ? pick([80, 53, 3306, 3307, 15001, 9]) : 0,
      state: pick([.new, .new, .new, .invalid]), mark: pick([0, 0, 0x35]))
    packet.tcpFlags = pick([2, 0x10, nil])
    packet.icmp = pick([0x800, nil])
    if inbound {
      packet.inputInterface = InterfaceName("eth0")
    } else {
      let isLocal = Self.local.contains(destination)
      packet.outputInterface = isLocal ? .loopback : InterfaceName(pick(["eth0", "net1"]))
      if chance(10) { packet.source = nil }
      packet.owner = chance(90) ? Owner(uid: pick([0, 1337, 1500]), gid: pick([0, 1337])) : nil
    }
    return packet
  }
}
