public import Addresses
public import PacketPath
import Probes
public import Ruleset

/// Judges all of an endpoint's traffic at once, exactly: which of its addresses and owners meet
/// which fate, and by which rule.
///
/// The values that no rule tells apart form classes (`Atoms`), and one packet of each class is put
/// through the hooks. Traffic is that of applications: first packets of connections whose socket
/// is not the proxy's.
public struct EndpointJudge {
  /// Some of an endpoint's traffic with one outcome, by one rule.
  public struct Part: Hashable, Sendable {
    public var family: Family
    public var outcome: Outcome
    /// The rule that selects this traffic: the deciding one, or where that is the only rule of its
    /// chain (as in ISTIO_REDIRECT) the one that sent the traffic there. Absent where a policy
    /// decided.
    public var rule: RuleReference?
    /// The deciding rule itself.
    public var decidedBy: RuleReference?
    public var destinations: IntervalSet
    /// Absent where owners make no difference.
    public var owners: Owners?
    /// Absent where the sender's port makes no difference.
    public var sourcePorts: IntervalSet?
    /// Names, as numbers, of the interfaces it leaves by; absent where they make no difference.
    public var interfaces: IntervalSet?
  }

  /// Numbers of users and groups.
  public struct Owners: Hashable, Sendable {
    public var uids: IntervalSet
    public var gids: IntervalSet

    public init(uids: IntervalSet, gids: IntervalSet) {
      self.uids = uids
      self.gids = gids
    }
  }

  private let simulator: Simulator
  private let compiled: CompiledRuleset
  private let apps: Owners
  /// The sets that rules test a field against. Not the source: the packets have none, so the walk
  /// itself leaves it open among the pod's addresses, and where it decides the outcome is unknown.
  private let tested:
    (
      uids: [IntervalSet], gids: [IntervalSet], destinations: [IntervalSet],
      sourcePorts: [IntervalSet], interfaces: [IntervalSet]
    )
  /// By which packets leave the pod: the uplink, and those that rules name.
  private let waysOut: IntervalSet
  private let singleRuleChains: Set<ChainName>

  private struct ChainName: Hashable {
    var family: TableFamily
    var table: String
    var chain: String
  }

  /// - Parameter proxies: numbers of the users and groups the proxy runs as.
  public init(_ simulator: Simulator, proxies: Owners) {
    self.simulator = simulator
    compiled = CompiledRuleset(simulator)
    let ids = IntervalSet([0...UInt128(UInt32.max)])
    apps = Owners(uids: ids.subtracting(proxies.uids), gids: ids.subtracting(proxies.gids))
    let rules = simulator.ruleset
    tested = (
      rules.sets(testing: .uid), rules.sets(testing: .gid), rules.sets(testing: .destination),
      rules.sets(testing: .sourcePort), rules.sets(testing: .outputInterface)
    )
    waysOut = IntervalSet(
      [rules].typicalInterfaces(uplink: simulator.network.uplink).map { $0.bits...$0.bits })
    singleRuleChains = Set(
      simulator.ruleset.tables.flatMap { table in
        table.chains.filter { $0.base == nil && $0.rules.count == 1 }.map {
          ChainName(family: table.family, table: table.name, chain: $0.name)
        }
      })
  }

  /// So many packets of an endpoint are judged and no more: twice the ranges that annotations hold,
  /// and about a second's work for the readable evaluator.
  private static let mostPackets = 50_000

  /// The parts of the traffic to `destinations`, in order of interface, of the sender's port and of
  /// address; none are empty. Where all of it is more than can be tried, its one part is unknown.
  public func parts(
    of destinations: IntervalSet, in family: Family, port: UInt16, _ transport: TransportProtocol
  ) -> [Part] {
    let traffic = classes(of: destinations, in: family, port: port, transport)
    guard traffic.count <= Self.mostPackets else {
      let outcome = Outcome.unknown(TooManyCombinations.reason)
      return [Part(family: family, outcome: outcome, destinations: destinations)]
    }
    let ways = Grid(traffic.interfaces, traffic.sourcePorts) {
      parts(of: traffic, out: $0, from: $1)
    }
    return ways.bands.flatMap { band in
      band.rows.flatMap { row in
        row.result.map { part in
          var part = part
          if ways.bands.count > 1 { part.interfaces = band.values }
          if band.rows.count > 1 { part.sourcePorts = row.values }
          return part
        }
      }
    }
  }

  /// The parts of what leaves by these interfaces and from these ports, in order of address.
  private func parts(
    of traffic: TrafficClasses, out interfaces: IntervalSet, from ports: IntervalSet
  ) -> [Part] {
    let senders = Grid(traffic.uids, traffic.gids) { uids, gids in
      let sender = TrafficClasses.Sender(
        interfaces: interfaces, ports: ports, uids: uids, gids: gids)
      var fates: [Key: [IntervalSet.Interval]] = [:]
      for destination in traffic.destinations {
        guard let packet = packet(of: traffic, from: sender, to: destination) else { continue }
        fates[judge(packet), default: []] += destination.intervals
      }
      return fates.mapValues { IntervalSet($0) }
    }
    let isOne = senders.bands.count == 1 && senders.bands[0].rows.count == 1
    return senders.bands.flatMap { band in
      band.rows.flatMap { row in
        row.result.map { key, destinations in
          Part(
            family: traffic.family, outcome: key.outcome, rule: key.rule, decidedBy: key.decidedBy,
            destinations: destinations,
            owners: isOne ? nil : Owners(uids: band.values, gids: row.values))
        }
      }
    }.sorted(by: Self.comesFirst)
  }

  /// Whether any of the endpoint's traffic is captured: as its parts say, without asking by which
  /// rule. nil where it has no address in `families`.
  ///
  /// - Throws: where none of as many packets as are tried is captured, and there are more.
  public func captures(
    _ endpoint: Endpoint, families: [Family]
  ) throws(TooManyCombinations) -> Bool? {
    var hasAddress = false
    for family in families {
      let addresses = endpoint.addresses(in: family, outside: simulator.network.addresses)
      guard !addresses.isEmpty else { continue }
      hasAddress = true
      let traffic = classes(of: addresses, in: family, port: endpoint.port, endpoint.transport)
      let packets = traffic.senders.lazy.flatMap { sender in
        traffic.destinations.lazy.compactMap { packet(of: traffic, from: sender, to: $0) }
      }
      let isCaptured = packets.prefix(Self.mostPackets).contains {
        compiled.verdict(for: $0).outcome.fate == .captured
      }
      if isCaptured { return true }
      guard traffic.count <= Self.mostPackets else {
        throw TooManyCombinations(endpoint: endpoint.name)
      }
    }
    return hasAddress ? false : nil
  }

  private struct Key: Hashable {
    var outcome: Outcome
    var rule: RuleReference?
    var decidedBy: RuleReference?
  }

  private func classes(
    of destinations: IntervalSet, in family: Family, port: UInt16, _ transport: TransportProtocol
  ) -> TrafficClasses {
    let local = simulator.network.localAddresses(of: family)
    return TrafficClasses(
      family: family, transport: transport, port: port,
      interfaces: Atoms.classes(of: tested.interfaces, in: waysOut),
      sourcePorts: transport.hasPorts
        ? Atoms.classes(of: tested.sourcePorts, in: IntervalSet([0...65535])) : [IntervalSet(0)],
      uids: Atoms.classes(of: tested.uids, in: apps.uids),
      gids: Atoms.classes(of: tested.gids, in: apps.gids),
      destinations: Atoms.classes(of: tested.destinations + [local], in: destinations))
  }

  private func judge(_ packet: Packet) -> Key {
    let verdict = compiled.verdict(for: packet)
    let rule = verdict.rule.map { compiled.rules[$0] }
    return Key(
      outcome: verdict.outcome, rule: rule.map { selecting($0, packet) }, decidedBy: rule)
  }

  /// One packet that stands for a combination of classes.
  private func packet(
    of traffic: TrafficClasses, from sender: TrafficClasses.Sender, to destinations: IntervalSet
  ) -> Packet? {
    guard let first = destinations.intervals.first?.lowerBound else { return nil }
    let destination = IPAddress(traffic.family, first)
    var draft = ProbeDraft()
    draft.transport = traffic.transport
    draft.destination = destination
    draft.destinationPort = traffic.port
    draft.sourcePort = UInt16(
      truncatingIfNeeded: Self.typical(of: sender.ports, preferring: 40000))
    // What is for the pod itself leaves by `lo`, whatever the way out.
    if !simulator.network.addresses.contains(destination) {
      draft.outputInterface = InterfaceName(
        bits: Self.typical(of: sender.interfaces, preferring: simulator.network.uplink.bits))
    }
    draft.uid = Self.typical(of: sender.uids)
    draft.gid = Self.typical(of: sender.gids)
    return try? draft.packet(in: simulator.network)
  }

  private func selecting(_ rule: RuleReference, _ packet: Packet) -> RuleReference {
    let chain = ChainName(family: rule.family, table: rule.table, chain: rule.chain)
    guard singleRuleChains.contains(chain) else { return rule }
    let steps = simulator.path(of: packet, tracing: true).steps
    guard let last = steps.lastIndex(where: { $0.rule == rule }) else { return rule }
    return steps[..<last].last { $0.matched == true }?.rule ?? rule
  }

  private static func typical(of ids: IntervalSet) -> UInt32 {
    UInt32(truncatingIfNeeded: typical(of: ids, preferring: 1000))
  }

  private static func typical(of values: IntervalSet, preferring value: UInt128) -> UInt128 {
    values.contains(value) ? value : values.intervals.first?.lowerBound ?? 0
  }

  private static func comesFirst(_ a: Part, _ b: Part) -> Bool {
    func key(_ part: Part) -> (UInt128, UInt128, UInt128) {
      (
        part.destinations.intervals.first?.lowerBound ?? 0,
        part.owners?.gids.intervals.first?.lowerBound ?? 0,
        part.owners?.uids.intervals.first?.lowerBound ?? 0
      )
    }
    return key(a) < key(b)
  }
}

extension Ruleset {
  /// The sets that rules test a field against, each once in a row.
  func sets(testing field: Field) -> [IntervalSet] {
    var sets: [IntervalSet] = []
    for rule in tables.lazy.flatMap(\.chains).flatMap(\.rules) {
      for case .test(let test) in rule.steps {
        for constraint in test.arms.lazy.flatMap(\.box.constraints)
        where constraint.field == field && constraint.set != sets.last {
          sets.append(constraint.set)
        }
      }
    }
    return sets
  }
}

extension Family {
  /// Addresses that another host can have: neither loopback, nor unspecified, nor multicast, nor
  /// IPv4's reserved class E.
  public var unicast: IntervalSet {
    let none =
      self == .ipv4
      ? IntervalSet([0...0x00FF_FFFF, loopback, 0xE000_0000...0xFFFF_FFFF])
      : IntervalSet([0...1, multicast])
    return none.complement(in: IntervalSet([addresses]))
  }
}
