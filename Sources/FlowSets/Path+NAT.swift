import Addresses
import Ruleset

extension Path {
  /// A nat chain is asked for the first packet of a connection, and until one has set a mapping.
  func nat(_ chain: ChainIndex, at hook: Hook, then rest: Diagram) throws(FlowError) -> Diagram {
    let mapped: Level = hook.mapsDestination ? .destinationMapped : .sourceMapped
    let asked = space.node(
      .connectionState, in: ConnectionState.opening,
      inside: space.packets(mapped, is: 0))

    var verdicts = Diagram.nothing
    for view in try views(of: chain, at: hook) {
      // Many ways lead to one mapping.
      var rewrites = [Int32?](repeating: nil, count: space.arena.endings.mappings.count)
      let here = try self.verdicts(of: chain, within: view.packets) { ending, arena in
        let nat = arena.endings.mappings[ending.detail]
        guard nat.isOfDestination == hook.mapsDestination else {
          return Ending(
            kind: .unknown, detail: arena.endings.text("a mapping that this hook does not take"))
        }
        if nat.kind == .redirect, view.own == .nowhere { return Ending(kind: .drops) }
        let place = Int(ending.detail)
        let rewrite =
          rewrites[place] ?? arena.rewrites.number(rewrite(nat, at: hook, for: view, in: &arena))
        rewrites[place] = rewrite
        return Ending(kind: .falls, rewrite: arena.rewrites.number(ending.rewrite, then: rewrite))
      }
      verdicts = space.arena.union(verdicts, here)
    }
    var next = rest
    if hook == .output {
      next = space.node(
        .destinationMapped, in: IntervalSet(1), inside: space.arena.member)
      next = space.arena.choose(
        next, space.arena.then(routing, withoutMartians(at: hook, rest)), rest)
    } else if hook == .prerouting {
      next = withoutMartians(at: hook, rest)
    }
    let result = space.arena.choose(asked, space.arena.then(verdicts, next), rest)
    try space.checkBudget("\(ruleset.tables[chain.table].name) \(ruleset[chain].name)")
    return result
  }

  /// Addresses of `lo` alone are on no wire: what a mapping takes in with such a destination, or sends
  /// out with such a source of IPv4, the kernel's routing drops (`ip_route_input_slow`,
  /// `rt6_need_strict`, `__mkroute_output`).
  private func withoutMartians(at hook: Hook, _ rest: Diagram) -> Diagram {
    if hook == .output, family == .ipv6 { return rest }
    let confined = IntervalSet([family.loopback])
    let martians = space.arena.keep(
      space.packets(.destinationMapped, is: 1),
      hook == .output
        ? space.arena.keep(
          space.packets(.route, is: Level.away), space.packets(.source, in: confined))
        : space.packets(.destination, in: confined))
    return space.arena.choose(
      martians, space.arena.endings.terminal(Ending(kind: .drops)), rest)
  }

  /// Packets that one mapping treats alike.
  private struct View {
    var packets: Diagram
    /// Else there is no port to be changed.
    var hasPorts: Bool
    /// What REDIRECT and masquerade take.
    var own: PodNetwork.RedirectTarget
  }

  /// Seldom more than one: rules that map ports ask for a protocol that has some.
  private func views(of chain: ChainIndex, at hook: Hook) throws(FlowError) -> [View] {
    let summary = try summaries.summary(of: chain)
    let withPorts = space.packets(
      .transportProtocol, in: TransportProtocol.numbersWithPorts)
    let everything = space.arena.member
    func maps(_ set: Diagram) -> Bool {
      space.arena.terminals(of: space.arena.keep(set, summary)).contains { terminal in
        space.arena.endings.endings(in: terminal).contains { $0.kind == .maps }
      }
    }
    let bare = space.arena.remove(withPorts, everything)
    let ports = maps(bare) ? [(withPorts, true), (bare, false)] : [(everything, true)]
    let targets = hook.mapsDestination ? redirectTargets(at: hook) : masqueradeSources
    return ports.flatMap { port in
      targets.map { target in
        View(packets: space.arena.keep(target.0, port.0), hasPorts: port.1, own: target.1)
      }
    }
  }

  /// Loopback in OUTPUT; of what comes in over a wire, an address of the destination's scope.
  private func redirectTargets(at hook: Hook) -> [(Diagram, PodNetwork.RedirectTarget)] {
    let everything = space.arena.member
    if hook == .output { return [(everything, .address(family.localhost))] }
    if family == .ipv4 {
      return [(everything, space.network.redirectTarget(of: family, in: .global))]
    }
    return AddressScope.allCases.map {
      (
        space.packets(.destination, in: $0.addresses),
        space.network.redirectTarget(of: family, in: $0)
      )
    }
  }

  /// An address of the pod for IPv4, whichever way the packet leaves; for IPv6 what suits its
  /// destination best, which is that itself where it is the pod's own (`nf_nat_masquerade.c`).
  private var masqueradeSources: [(Diagram, PodNetwork.RedirectTarget)] {
    let local = space.network.addresses
    let unknown = PodNetwork.RedirectTarget.oneOf(family.interfaceAddresses)
    let first = local.first(of: family).map { .address($0) } ?? unknown
    var rest = space.arena.member
    guard family == .ipv6 else { return [(rest, first)] }
    var sources: [(Diagram, PodNetwork.RedirectTarget)] = []
    let others = local.addresses.filter { $0.family == family && !$0.isLoopback }
    for own in others + [family.localhost] {
      let toItself = space.packets(.destination, is: own.bits)
      sources.append((toItself, .address(own)))
      rest = space.arena.remove(toItself, rest)
    }
    let byLoopback = space.packets(.outputInterface, is: InterfaceName.loopback.bits)
    return sources + [
      (space.arena.keep(byLoopback, rest), unknown), (space.arena.remove(byLoopback, rest), first),
    ]
  }

  /// What a mapping does to the packet that sets it (`nf_nat_setup_info`, `nf_nat_redirect`).
  private func rewrite(
    _ mapping: NAT, at hook: Hook, for view: View, in arena: inout Arena
  ) -> Rewrite {
    var nat = mapping
    if !view.hasPorts { nat.ports = nil }
    if nat.ports?.count ?? 1 == 1 { nat.isRandom = false }
    let takesOwn = nat.kind == .redirect || nat.kind == .masquerade
    if takesOwn, case .address(let own) = view.own { nat.addresses = own...own }

    let isDestination = nat.isOfDestination
    var made: [Rewrite.Assignment] = []
    made.reserveCapacity(4)
    made.append(Rewrite.set(isDestination ? .destinationMapped : .sourceMapped, to: 1))
    func set(_ level: Level, among range: IntervalSet.Interval) {
      made.append(
        range.lowerBound == range.upperBound
          ? Rewrite.set(level, to: range.lowerBound)
          : Rewrite.Assignment(level: level, value: .anyOf(IntervalSet([range]))))
    }
    if let range = nat.ports {
      set(
        isDestination ? .destinationPort : .sourcePort,
        among: UInt128(range.lowerBound)...UInt128(range.upperBound))
    }
    let address: Level = isDestination ? .destination : .source
    if let range = nat.addresses {
      set(address, among: range.lowerBound.bits...range.upperBound.bits)
    } else if takesOwn, case .oneOf(let possible) = view.own {
      made.append(Rewrite.Assignment(level: address, value: .anyOf(possible)))
    }
    if nat.kind == .redirect, hook == .prerouting {
      made.append(Rewrite.set(.route, to: Level.toLoopback))
    }
    return Rewrite(made, mapping: isDestination ? arena.endings.mapping(nat) : nil)
  }
}
