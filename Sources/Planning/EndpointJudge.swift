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
  /// The sets that rules test a field against.
  private let tested: (uids: [IntervalSet], gids: [IntervalSet], destinations: [IntervalSet])
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
      rules.sets(testing: .uid), rules.sets(testing: .gid), rules.sets(testing: .destination)
    )
    singleRuleChains = Set(
      simulator.ruleset.tables.flatMap { table in
        table.chains.filter { $0.base == nil && $0.rules.count == 1 }.map {
          ChainName(family: table.family, table: table.name, chain: $0.name)
        }
      })
  }

  /// The parts of the traffic to `destinations`, in order of address; none are empty.
  public func parts(
    of destinations: IntervalSet, in family: Family, port: UInt16, _ transport: TransportProtocol
  ) -> [Part] {
    let classes = destinationClasses(of: destinations, in: family)
    var found: [[Key: IntervalSet]: Owners] = [:]
    for uids in Atoms.classes(of: tested.uids, in: apps.uids) {
      for gids in Atoms.classes(of: tested.gids, in: apps.gids) {
        let owner = Owner(uid: Self.typical(of: uids), gid: Self.typical(of: gids))
        var fates: [Key: IntervalSet] = [:]
        for destination in classes {
          guard let key = judge(destination, family, port, transport, owner) else { continue }
          fates[key] = fates[key].map { $0.union(destination) } ?? destination
        }
        let known = found[fates]
        found[fates] = Owners(
          uids: known?.uids.union(uids) ?? uids, gids: known?.gids.union(gids) ?? gids)
      }
    }
    return found.flatMap { fates, owners in
      fates.map { key, destinations in
        Part(
          family: family, outcome: key.outcome, rule: key.rule, decidedBy: key.decidedBy,
          destinations: destinations, owners: found.count == 1 ? nil : owners)
      }
    }.sorted(by: Self.comesFirst)
  }

  /// Whether any of the endpoint's traffic is captured: as its parts say, without asking by which
  /// rule. nil where it has no address in `families`.
  public func captures(_ endpoint: Endpoint, families: [Family]) -> Bool? {
    var hasAddress = false
    for family in families {
      let addresses = endpoint.addresses(in: family, outside: simulator.network.addresses)
      guard !addresses.isEmpty else { continue }
      hasAddress = true
      let classes = destinationClasses(of: addresses, in: family)
      for uids in Atoms.classes(of: tested.uids, in: apps.uids) {
        for gids in Atoms.classes(of: tested.gids, in: apps.gids) {
          let owner = Owner(uid: Self.typical(of: uids), gid: Self.typical(of: gids))
          let isCaptured = classes.contains { destinations in
            packet(to: destinations, family, endpoint.port, endpoint.transport, owner).map {
              compiled.verdict(for: $0).outcome.fate == .captured
            } ?? false
          }
          if isCaptured { return true }
        }
      }
    }
    return hasAddress ? false : nil
  }

  private struct Key: Hashable {
    var outcome: Outcome
    var rule: RuleReference?
    var decidedBy: RuleReference?
  }

  private func destinationClasses(of destinations: IntervalSet, in family: Family) -> [IntervalSet]
  {
    let local = simulator.network.localAddresses(of: family)
    return Atoms.classes(of: tested.destinations + [local], in: destinations)
  }

  private func judge(
    _ destinations: IntervalSet, _ family: Family, _ port: UInt16,
    _ transport: TransportProtocol, _ owner: Owner
  ) -> Key? {
    guard let packet = packet(to: destinations, family, port, transport, owner) else { return nil }
    let verdict = compiled.verdict(for: packet)
    let rule = verdict.rule.map { compiled.rules[$0] }
    return Key(
      outcome: verdict.outcome, rule: rule.map { selecting($0, packet) }, decidedBy: rule)
  }

  /// One packet that stands for a class.
  private func packet(
    to destinations: IntervalSet, _ family: Family, _ port: UInt16,
    _ transport: TransportProtocol, _ owner: Owner
  ) -> Packet? {
    guard let first = destinations.intervals.first?.lowerBound else { return nil }
    var draft = ProbeDraft()
    draft.transport = transport
    draft.destination = IPAddress(family, first)
    draft.destinationPort = port
    draft.uid = owner.uid
    draft.gid = owner.gid
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
    UInt32(truncatingIfNeeded: ids.contains(1000) ? 1000 : ids.intervals.first?.lowerBound ?? 0)
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
  fileprivate func sets(testing field: Field) -> [IntervalSet] {
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
      : IntervalSet([0...1, 0xFF << 120...UInt128.max])
    return none.complement(in: IntervalSet([addresses]))
  }
}
