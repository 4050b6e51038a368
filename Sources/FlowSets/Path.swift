import Addresses
import Ruleset

/// A ruleset's whole way for packets of one family, put together from its far end to its near one: what
/// follows a hook is known when the hook is added, so only final endings are left in the result.
///
/// Each stage is a function of the packet as it stands *there*. Where the kernel changes what rules
/// see between two hooks (the interfaces of a looped-back packet, the missing socket), the stage
/// behind is substituted by it.
struct Path {
  let space: FlowSpace
  let ruleset: Ruleset
  let summaries: ChainSummaries
  let family: Family

  /// OUTPUT, routing anew, POSTROUTING; by `lo` the packet then comes in again.
  func outbound() throws(FlowError) -> Diagram {
    let leaving = space.node(
      .outputInterface, in: IntervalSet(InterfaceName.loopback.bits),
      inside: try loopedBack(), outside: ending(.leaves))
    let routed = space.arena.then(
      routingAfterOutput, try hook(.postrouting, then: leaving))
    return space.seen(
      try hook(.output, then: routed), with: atStart + [Rewrite.set(.inputInterface, to: 0)])
  }

  /// PREROUTING, routing, then INPUT or FORWARD and POSTROUTING.
  func inbound() throws(FlowError) -> Diagram {
    let delivered = try hook(.input, then: ending(.isDelivered))
    let forwarded = space.seen(
      try hook(.forward, then: try hook(.postrouting, then: ending(.isForwarded))),
      with: [Rewrite.set(.outputInterface, to: space.pod.interface.bits)])
    let isOwn =
      space.pod.local.addresses.isEmpty
      ? space.arena.member : space.packets(.destination, in: space.pod.local.all(of: family))
    let isForUs = space.arena.union(
      space.arena.union(isOwn, space.packets(.diverted, is: 1)), space.packetsWithLocalMark)
    let routed = space.arena.choose(isForUs, delivered, forwarded)
    return space.seen(
      try hook(.prerouting, then: routed),
      with: atStart + withoutSocket + [Rewrite.set(.outputInterface, to: 0)])
  }

  /// A packet that left by `lo` arrives there: without its socket, but with its conntrack entry and
  /// so with its mapping; neither conntrack nor NAT looks at it again (measured).
  private func loopedBack() throws(FlowError) -> Diagram {
    let delivered = try hook(.input, isLooped: true, then: ending(.isDelivered))
    return space.seen(
      try hook(.prerouting, isLooped: true, then: delivered),
      with: withoutSocket + [
        Rewrite.set(.inputInterface, to: InterfaceName.loopback.bits),
        Rewrite.set(.outputInterface, to: 0),
      ])
  }

  private var atStart: [Rewrite.Assignment] {
    [.destinationMapped, .sourceMapped, .diverted].map { Rewrite.set($0, to: 0) }
  }

  private var withoutSocket: [Rewrite.Assignment] {
    [Rewrite.set(.uid, to: Owner.none), Rewrite.set(.gid, to: Owner.none)]
  }

  private func ending(_ kind: Ending.Kind) -> Diagram {
    space.arena.endings.terminal(Ending(kind: kind))
  }

  /// `ip_route_me_harder`: a packet mapped or marked in OUTPUT gets the route of its new destination or
  /// mark, which POSTROUTING is the first to see.
  private var routingAfterOutput: Diagram {
    let local = space.pod.local.all(of: family)
    let loopback = InterfaceName.loopback.bits
    func to(_ interface: UInt128) -> Diagram {
      space.falling(with: Rewrite([Rewrite.set(.outputInterface, to: interface)]))
    }
    let stays = space.arena.falls
    let fromLoopback = space.node(
      .destination, in: local, inside: stays, outside: to(space.pod.interface.bits))
    let fromElsewhere = space.node(.destination, in: local, inside: to(loopback), outside: stays)
    let byDestination = space.node(
      .destinationMapped, in: IntervalSet(1),
      inside: space.node(
        .outputInterface, in: IntervalSet(loopback), inside: fromLoopback, outside: fromElsewhere),
      outside: stays)
    return space.arena.choose(space.packetsWithLocalMark, to(loopback), byDestination)
  }
}

// MARK: - Hooks

extension Path {
  /// Conntrack's own place among a hook's priorities (`NF_IP_PRI_CONNTRACK`).
  private static let conntrack: Int32 = -200

  /// All base chains of a hook in the order the kernel calls them, and what follows.
  private func hook(
    _ hook: Hook, isLooped: Bool = false, then rest: Diagram
  ) throws(FlowError) -> Diagram {
    var rest = rest
    var early = space.arena.falls
    for index in ruleset.baseChains(at: hook, for: family).reversed() {
      guard let base = ruleset[index].base else { continue }
      if base.kind == .nat {
        if !isLooped { rest = try nat(index, base, then: rest) }
      } else if hook == .prerouting || hook == .output, base.priority < Self.conntrack, !isLooped {
        early = space.arena.then(try verdicts(of: index, base), early)
      } else {
        rest = space.arena.then(try verdicts(of: index, base), rest)
      }
      try space.checkBudget("\(ruleset.tables[index.table].name) \(ruleset[index].name)")
    }
    let unseen = space.seen(early, with: [Rewrite.set(.connectionState, to: Level.notLookedUp)])
    rest = space.arena.then(unseen, rest)
    try space.checkBudget("hook \(hook)")
    return rest
  }

  /// A nat chain is asked for the first packet of a connection, and until one has set a mapping.
  private func nat(
    _ index: ChainIndex, _ base: BaseChain, then rest: Diagram
  ) throws(FlowError) -> Diagram {
    let mapped: Level = base.hook.mapsDestination ? .destinationMapped : .sourceMapped
    let states: [ConnectionState] = [.new, .related]
    let asked = space.node(
      .connectionState, in: IntervalSet(states.map { UInt128($0.rawValue)...UInt128($0.rawValue) }),
      inside: space.packets(mapped, is: 0))
    return space.arena.choose(
      asked, space.arena.then(try verdicts(of: index, base), rest), rest)
  }

  /// A base chain as its hook sees it: what it accepts goes on, and so does what its policy accepts.
  private func verdicts(of index: ChainIndex, _ base: BaseChain) throws(FlowError) -> Diagram {
    let summary = try summaries.summary(of: index)
    return space.arena.map(summary, space.arena.memory.freshOperation()) { arena, ending in
      var ending = ending
      switch ending.kind {
      case .falls, .returns:
        ending = base.policy == .accept ? Ending(kind: .falls, rewrite: ending.rewrite) : .drops
      case .accepts:
        ending.kind = .falls
      case .maps:
        let rewrite = rewrite(arena.endings.mappings[ending.detail], at: base.hook, in: &arena)
        let number = arena.rewrites.number(rewrite)
        ending = Ending(
          kind: .falls, rewrite: arena.rewrites.number(ending.rewrite, then: number))
      default: break
      }
      return arena.endings.number(ending)
    }
  }

  /// What a mapping does to the packet that sets it (`nf_nat_setup_info`, `nf_nat_redirect`).
  private func rewrite(_ nat: NAT, at hook: Hook, in arena: inout Arena) -> Rewrite {
    var nat = nat
    let anyAddress = IPAddress(family, 0)...IPAddress(family, .max)
    switch nat.kind {
    case .redirect:
      let target =
        hook == .output
        ? IPAddress(family, family == .ipv4 ? 0x7F00_0001 : 1) : space.pod.local.first(of: family)
      nat.addresses = target.map { $0...$0 }
      return Rewrite(
        assignments(nat, to: .destination, .destinationPort, else: anyAddress)
          + [Rewrite.set(.destinationMapped, to: 1)], mapping: arena.endings.mapping(nat))
    case .destination:
      return Rewrite(
        assignments(nat, to: .destination, .destinationPort, else: nil)
          + [Rewrite.set(.destinationMapped, to: 1)], mapping: arena.endings.mapping(nat))
    case .source:
      return Rewrite(
        assignments(nat, to: .source, .sourcePort, else: nil)
          + [Rewrite.set(.sourceMapped, to: 1)])
    case .masquerade:
      nat.addresses = space.pod.local.first(of: family).map { $0...$0 }
      return Rewrite(
        assignments(nat, to: .source, .sourcePort, else: anyAddress)
          + [Rewrite.set(.sourceMapped, to: 1)])
    }
  }

  private func assignments(
    _ nat: NAT, to address: Level, _ port: Level, else unknown: ClosedRange<IPAddress>?
  ) -> [Rewrite.Assignment] {
    func assignment(_ level: Level, _ range: ClosedRange<UInt128>) -> Rewrite.Assignment {
      range.lowerBound == range.upperBound
        ? Rewrite.set(level, to: range.lowerBound)
        : Rewrite.Assignment(level: level, value: .anyOf(range))
    }
    var made: [Rewrite.Assignment] = []
    if let range = nat.addresses ?? unknown {
      made.append(assignment(address, range.lowerBound.bits...range.upperBound.bits))
    }
    if let range = nat.ports {
      made.append(assignment(port, UInt128(range.lowerBound)...UInt128(range.upperBound)))
    }
    return made
  }
}

extension Ending {
  fileprivate static let drops = Ending(kind: .drops)
}

extension Hook {
  /// Where NAT changes destinations; elsewhere it changes sources.
  fileprivate var mapsDestination: Bool { self == .prerouting || self == .output }
}
