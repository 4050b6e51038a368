import Addresses
public import Ruleset

/// Answers what becomes of a packet in one network namespace, rule by rule.
///
/// Models the kernel's netfilter hooks (nf_tables and x_tables side by side), conntrack, `nf_nat` and
/// the routing between them. Whatever nobody can know stays open: each way it may be is tried, and
/// only where all of them end alike is the outcome known.
public struct Simulator: Sendable {
  /// Combinations of unknown things that are tried before giving up.
  public static let maximumWorlds = 1 << 12
  /// Rules that one packet meets before it is given up: chains that jump to each other and change it
  /// between can make its way endlessly long.
  public static let longestWalk = 1 << 22

  public let ruleset: Ruleset
  public let network: PodNetwork
  /// Of each table, its chains by name.
  let chains: [[String: Int]]
  /// Of each table, what its chains could do.
  let reach: [[Reach]]
  /// Of each family, what a source not given can be, sent by this pod and from outside.
  private let sources: [(own: IntervalSet, peer: IntervalSet)]
  private let orders: [[HookOrder]]
  /// Of each table and chain, how many rules stand before it.
  private let rulesBefore: [[Int]]

  /// Refuses rulesets whose jumps lead nowhere or in circles, so that every walk ends.
  public init(_ ruleset: Ruleset, in network: PodNetwork? = nil) throws(JumpError) {
    try ruleset.validateJumps()
    self.ruleset = ruleset
    let pod = network ?? PodNetwork(for: ruleset)
    self.network = pod
    chains = ruleset.tables.map { table in
      Dictionary(
        table.chains.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    reach = zip(ruleset.tables, chains).map { Reach.ofChains(in: $0, named: $1) }
    let named = ruleset.sourcesNamedAlone
    sources = [Family.ipv4, .ipv6].map { family in
      let own = pod.sources(of: family)
      return (own, pod.foreignSources(of: family).subtracting(named))
    }
    var count = 0
    rulesBefore = ruleset.tables.map { table in
      table.chains.map { chain in
        defer { count += chain.rules.count }
        return count
      }
    }
    orders = [Family.ipv4, .ipv6].map { family in
      Hook.allCases.map { HookOrder(ruleset, at: $0, for: family) }
    }
  }

  /// What becomes of `packet`; inbound where it has an input interface, else sent by this pod.
  ///
  /// - Parameters:
  ///   - mapping: where the connection of an established packet is mapped to, if known.
  ///   - tracing: whether to record each rule looked at.
  public func path(of packet: Packet, mapping: SocketAddress? = nil, tracing: Bool = false) -> Path
  {
    var world = World()
    var first: Path?
    var worlds = 0
    var rulesMet = 0
    repeat {
      if worlds == Self.maximumWorlds, let known = first {
        return undecided(known, world, "more than \(worlds) combinations of things not known")
      }
      if rulesMet > Self.longestWalk, let known = first {
        let why = "\(worlds) combinations of things not known take more than"
        return undecided(known, world, "\(why) \(Self.longestWalk) rules")
      }
      worlds += 1
      var walk = Walk(
        self, packet, mapping: mapping, in: world, tracing: tracing && first == nil)
      let path = walk.run()
      world = walk.world
      rulesMet += walk.rulesMet
      guard let known = first else {
        if case .unknown = path.outcome { return path }
        first = path
        continue
      }
      if path.outcome != known.outcome { return undecided(known, path, world) }
    } while world.advance()
    return first ?? Path(outcome: .unknown("no walk was made"))
  }

  /// Two worlds in a row end differently: what was asked where they part decides.
  private func undecided(_ known: Path, _ other: Path, _ world: World) -> Path {
    var path = known
    if case .unknown = other.outcome {
      path.outcome = other.outcome
      path.place = other.place
      path.decidedBy = other.decidedBy
      path.policy = other.policy
      return path
    }
    return undecided(known, world, world.turned.map { "\($0.unknown) is not known" } ?? "not known")
  }

  /// By the rule that asked last.
  private func undecided(_ known: Path, _ world: World, _ why: String) -> Path {
    var path = known
    path.outcome = .unknown(why)
    path.place = world.turned?.rule
    path.decidedBy = path.place.map(reference)
    path.policy = nil
    return path
  }

  /// What the source of a packet can be where it is not given: an address of this pod, or of a peer
  /// that no rule names all alone. (Whoever asks about Istio's host probes, which come from one such
  /// address, gives it.)
  func sources(of family: Family, inbound: Bool) -> IntervalSet {
    let sources = sources[family == .ipv4 ? 0 : 1]
    return inbound ? sources.peer : sources.own
  }

  func order(at hook: Hook, for family: Family) -> HookOrder {
    orders[family == .ipv4 ? 0 : 1][Int(hook.rawValue)]
  }

  /// Numbers all rules of the ruleset, from 1.
  func number(of place: RulePlace) -> Int {
    rulesBefore[place.chain.table][place.chain.chain] + place.number
  }

  func reference(_ place: RulePlace) -> RuleReference {
    ruleset.reference(to: place.number, in: place.chain)
  }
}

extension Ruleset {
  /// Every single address that some rule compares the source with.
  fileprivate var sourcesNamedAlone: IntervalSet {
    var named: [IntervalSet.Interval] = []
    for rule in tables.lazy.flatMap(\.chains).flatMap(\.rules) {
      for case .test(let test) in rule.steps {
        for constraint in test.arms.flatMap(\.box.constraints) where constraint.field == .source {
          named += constraint.set.intervals.filter { $0.lowerBound == $0.upperBound }
        }
      }
    }
    return IntervalSet(named)
  }
}
