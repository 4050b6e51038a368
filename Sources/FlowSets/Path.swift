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

  /// OUTPUT, POSTROUTING; by `lo` the packet then comes in again.
  func outbound() throws(FlowError) -> Diagram {
    let leaving = space.arena.choose(
      space.packets(.outputInterface, in: Self.loopback), try loopedBack(), ending(.leaves))
    let routed = space.arena.then(wayOut, try hook(.postrouting, then: leaving))
    return space.seen(
      try hook(.output, then: routed), with: atStart + [Rewrite.set(.inputInterface, to: 0)])
  }

  /// PREROUTING, routing, then INPUT or FORWARD and POSTROUTING.
  func inbound() throws(FlowError) -> Diagram {
    let delivered = try hook(.input, then: ending(.isDelivered))
    let isOwn =
      space.network.addresses.addresses.isEmpty
      ? space.arena.member
      : space.packets(.destination, in: space.network.localAddresses(of: family))
    let isForUs = [space.packetsWithLocalMark, space.packets(.route, is: Level.toLoopback)]
      .reduce(isOwn) { space.arena.union($0, $1) }
    let routed = space.arena.choose(isForUs, delivered, try forwarded())
    let received = space.seen(
      try hook(.prerouting, then: family == .ipv4 ? withoutMartians(routed) : routed),
      with: withoutSocket + [Rewrite.set(.outputInterface, to: 0)])
    let arriving = family == .ipv6 ? withoutMartians(received) : received
    return space.seen(
      space.arena.choose(
        space.packets(.inputInterface, in: Self.loopback), try loopedBack(), arriving),
      with: atStart)
  }

  /// What is for nothing on a wire, or comes from what no host there has, is not taken in from one: IPv6
  /// drops it as it arrives (`ip6_rcv_core`), IPv4 where it is routed, and there what comes from an
  /// address of the pod's own too (`ip_route_input_slow`, `fib_validate_source`).
  private func withoutMartians(_ rest: Diagram) -> Diagram {
    let own = family == .ipv4 ? space.network.localAddresses(of: family) : .empty
    let martians = space.arena.union(
      space.packets(.destination, in: family.neverDestinations),
      space.packets(.source, in: own.union(family.neverSources)))
    return space.arena.choose(martians, ending(.drops), rest)
  }

  /// A packet that left by `lo` arrives there: without its socket, but with its conntrack entry, its
  /// route and its mapping; neither conntrack nor NAT looks at it again (measured).
  private func loopedBack() throws(FlowError) -> Diagram {
    let delivered = try hook(.input, isLooped: true, then: ending(.isDelivered))
    return space.seen(
      try hook(.prerouting, isLooped: true, then: delivered),
      with: withoutSocket + [
        Rewrite.set(.inputInterface, to: InterfaceName.loopback.bits),
        Rewrite.set(.outputInterface, to: 0),
      ])
  }

  /// By which interface is not known here. `ip_forward` drops what TPROXY has found a socket for.
  private func forwarded() throws(FlowError) -> Diagram {
    let hooks = try hook(.forward, then: try hook(.postrouting, then: ending(.isForwarded)))
    let others = IntervalSet(0).union(Self.loopback)
    let way = Rewrite.Assignment(
      level: .outputInterface,
      value: .anyOf(others.complement(in: IntervalSet([0...UInt128.max]))))
    return space.arena.choose(
      space.packets(.diverted, is: 1), ending(.drops), space.seen(hooks, with: [way]))
  }

  private var atStart: [Rewrite.Assignment] {
    [.destinationMapped, .sourceMapped, .diverted, .route].map { Rewrite.set($0, to: 0) }
  }

  private var withoutSocket: [Rewrite.Assignment] {
    [Rewrite.set(.uid, to: Owner.none), Rewrite.set(.gid, to: Owner.none)]
  }

  private func ending(_ kind: Ending.Kind) -> Diagram {
    space.arena.endings.terminal(Ending(kind: kind))
  }

  private static let loopback = IntervalSet(InterfaceName.loopback.bits)
}

// MARK: - Routing anew

extension Path {
  /// `ip_route_me_harder`, after OUTPUT's NAT and after a mark was set in a route chain. The rest of
  /// OUTPUT still sees the interface the packet came with.
  var routing: Diagram {
    let byDestination = space.node(
      .destination, in: space.network.localAddresses(of: family), inside: taking(Level.toLoopback),
      outside: taking(Level.away))
    let byMapping = space.node(
      .destinationMapped, in: IntervalSet(1), inside: byDestination, outside: taking(Level.asSent))
    return space.arena.choose(space.packetsWithLocalMark, taking(Level.toLoopback), byMapping)
  }

  private func taking(_ route: UInt128) -> Diagram {
    space.falling(with: Rewrite([Rewrite.set(.route, to: route)]))
  }

  /// From here on rules see the interface of the route that was found.
  private var wayOut: Diagram {
    func by(_ interface: InterfaceName) -> Diagram {
      space.falling(with: Rewrite([Rewrite.set(.outputInterface, to: interface.bits)]))
    }
    let stays = space.arena.falls
    let away = space.node(
      .outputInterface, in: Self.loopback, inside: by(space.network.uplink), outside: stays)
    let anew = space.node(
      .route, in: IntervalSet(Level.toLoopback), inside: by(.loopback), outside: away)
    return space.arena.choose(space.packets(.route, is: Level.asSent), stays, anew)
  }
}

// MARK: - Hooks

extension Path {
  /// All base chains of a hook in the order the kernel calls them, and what follows.
  private func hook(
    _ hook: Hook, isLooped: Bool = false, then rest: Diagram
  ) throws(FlowError) -> Diagram {
    let stages = HookStages(of: ruleset, at: hook, for: family)
    var rest = rest
    for stage in stages.afterConntrack.reversed() {
      if stage.isNAT {
        if !isLooped {
          rest = try inEachOrder(stage.legacy[...], stage.native[...], rest) {
            (chain, rest) throws(FlowError) in try nat(chain, at: hook, then: rest)
          }
        }
      } else {
        rest = try inEachOrder(stage.legacy[...], stage.native[...], rest) {
          (chain, rest) throws(FlowError) in try filter(chain, at: hook, then: rest)
        }
      }
    }
    var early = space.arena.falls
    for stage in stages.beforeConntrack.reversed() {
      early = try inEachOrder(stage.legacy[...], stage.native[...], early) {
        (chain, rest) throws(FlowError) in try filter(chain, at: hook, then: rest)
      }
    }
    rest = isLooped ? meetingAgain(early, rest) : looking(early, Level.notLookedUp, rest)
    try space.checkBudget("hook \(hook)")
    return rest
  }

  /// Conntrack, between the chains before it and those behind.
  ///
  /// - Parameter state: how it finds a packet that no rule has touched.
  private func looking(_ early: Diagram, _ state: UInt128, _ rest: Diagram) -> Diagram {
    let unseen = space.seen(early, with: [Rewrite.set(.connectionState, to: state)])
    let lookedUp = space.arena.map(
      unseen, where: .rewrites, space.arena.memory.freshOperation()
    ) { arena, ending in
      var ending = ending
      let rewrite = arena.rewrites[ending.rewrite]
      if state == Level.exempt, rewrite[.connectionState] == .constant(Level.zoned) {
        return arena.endings.number(
          Ending(kind: .unknown, detail: arena.endings.text(Self.zonedOnItsWayBack)))
      }
      ending.rewrite = arena.rewrites.number(rewrite.pastConntrack)
      return arena.endings.number(ending)
    }
    return space.arena.then(lookedUp, rest)
  }

  /// What was exempt from conntrack no longer tells the state it would have had: `PacketPath` follows
  /// such a packet, sets do not.
  static let zonedOnItsWayBack =
    "how conntrack meets what was exempt from it, and got a zone on its way back by lo"

  /// What comes back by `lo` with its conntrack entry is not looked up again; what has none is.
  private func meetingAgain(_ early: Diagram, _ rest: Diagram) -> Diagram {
    if early == space.arena.falls { return rest }
    func having(_ state: ConnectionState) -> Diagram {
      space.packets(.connectionState, is: UInt128(state.rawValue))
    }
    return space.arena.choose(
      having(.invalid), looking(early, Level.notLookedUp, rest),
      space.arena.choose(
        having(.untracked), looking(early, Level.exempt, rest), space.arena.then(early, rest)))
  }

  /// Chains of equal priority: each side in its own order, and where both have some, the one that was
  /// registered last first, which is a question of its own.
  private func inEachOrder(
    _ legacy: ArraySlice<ChainIndex>, _ native: ArraySlice<ChainIndex>, _ rest: Diagram,
    _ add: (ChainIndex, Diagram) throws(FlowError) -> Diagram
  ) throws(FlowError) -> Diagram {
    func legacyFirst() throws(FlowError) -> Diagram {
      guard let first = legacy.first else { return rest }
      return try add(first, try inEachOrder(legacy.dropFirst(), native, rest, add))
    }
    guard let new = native.first else { return try legacyFirst() }
    let nativeFirst = try add(new, try inEachOrder(legacy, native.dropFirst(), rest, add))
    guard let old = legacy.first else { return nativeFirst }
    let order = UnknownMatch.registeredLast(
      ruleset.tables[new.table], before: ruleset.tables[old.table])
    guard let level = space.vocabulary.level(of: order) else { return nativeFirst }
    return space.arena.choose(
      space.packets(level, is: 1), nativeFirst, try legacyFirst())
  }

  private func filter(
    _ chain: ChainIndex, at hook: Hook, then rest: Diagram
  ) throws(FlowError) -> Diagram {
    var verdicts = try verdicts(of: chain) { ending, arena in
      Ending(kind: .unknown, detail: arena.endings.text("NAT outside a nat chain"))
    }
    if hook == .output, ruleset[chain].base?.kind == .route, space.network.localMark != nil {
      verdicts = routedAnew(verdicts)
    }
    let result = space.arena.then(verdicts, rest)
    try space.checkBudget("\(ruleset.tables[chain.table].name) \(ruleset[chain].name)")
    return result
  }

  /// A route chain's verdicts, with a new look-up where the packet was marked. A mark set to what it
  /// was counts as set.
  private func routedAnew(_ verdicts: Diagram) -> Diagram {
    let marks = space.vocabulary.packetMark.map(\.level)
    let unmarkedAside = space.arena.map(
      verdicts, space.arena.memory.freshOperation()
    ) { arena, ending in
      var ending = ending
      let isMarked = arena.rewrites[ending.rewrite].assignments.contains {
        marks.contains($0.level)
      }
      if ending.kind == .falls, !isMarked { ending.kind = .returns }
      return arena.endings.number(ending)
    }
    return space.arena.map(
      space.arena.then(unmarkedAside, routing), .called, turning: .returns, into: .falls)
  }

  /// A base chain as its hook sees it: what it accepts goes on, and so does what its policy accepts.
  func verdicts(
    of chain: ChainIndex, within set: Diagram? = nil,
    mapping: (Ending, inout Arena) -> Ending
  ) throws(FlowError) -> Diagram {
    var summary = try summaries.summary(of: chain)
    if let set { summary = space.arena.keep(set, summary) }
    let policy = ruleset[chain].base?.policy ?? .accept
    return space.arena.map(summary, space.arena.memory.freshOperation()) { arena, ending in
      var ending = ending
      switch ending.kind {
      case .falls, .returns:
        ending =
          policy == .accept
          ? Ending(kind: .falls, rewrite: ending.rewrite) : Ending(kind: .drops)
      case .accepts: ending.kind = .falls
      case .maps: ending = mapping(ending, &arena)
      default: break
      }
      return arena.endings.number(ending)
    }
  }
}
