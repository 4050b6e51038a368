public import Addresses
public import Ruleset

/// The packets a question is about: first packets of connections that can exist in a pod.
///
/// So no impossible packet is ever counted or made a witness: addresses are of the packet's family,
/// ports belong to protocols that have them, a packet has an owner's both ids or neither, and it
/// leaves by `lo` exactly if it is for the pod itself. Connections are new, without marks, and TCP
/// starts with SYN.
public struct Universe: Hashable, Sendable {
  public enum Sender: String, Hashable, Sendable {
    /// A process with neither the proxy's uid nor its gid.
    case app
    /// One with either of them.
    case proxy
    case anyone
  }

  public var direction: Direction
  public var families: [Family]
  /// Of outbound packets; inbound ones have no socket.
  public var sender: Sender
  public var proxy: Owner
  /// The interfaces beside `lo`.
  public var interfaces: [InterfaceName]
  /// Nil for no restriction; empty for nothing at all.
  public var destinations: [Prefix]?
  public var ports: IntervalSet?
  public var protocols: IntervalSet?
  public var uids: IntervalSet?
  public var gids: IntervalSet?
  /// Nothing is left out that some pod could send itself by `lo`: from any source, for Envoy has more
  /// than the pod's, and to any destination where the pod's addresses are not known.
  public var holdsAnyLoopback = false

  public init(
    _ direction: Direction, families: [Family] = [.ipv4], sender: Sender = .app,
    proxy: Owner = Owner(uid: 1337, gid: 1337), interfaces: [InterfaceName] = [.firstEthernet],
    destinations: [Prefix]? = nil, ports: IntervalSet? = nil, protocols: IntervalSet? = nil,
    uids: IntervalSet? = nil, gids: IntervalSet? = nil
  ) {
    self.direction = direction
    self.families = families
    self.sender = sender
    self.proxy = proxy
    self.interfaces = interfaces
    self.destinations = destinations
    self.ports = ports
    self.protocols = protocols
    self.uids = uids
    self.gids = gids
  }
}

extension FlowSpace {
  /// The universe as a set.
  public func packets(in universe: Universe) -> FlowSet {
    var all = Diagram.nothing
    for family in Set(universe.families) {
      let here = node(
        .family, in: IntervalSet(Level.familyIndex(family)),
        inside: packets(in: universe, family))
      all = arena.union(all, here)
    }
    return FlowSet(space: self, diagram: all)
  }

  private func packets(in universe: Universe, _ family: Family) -> Diagram {
    let parts =
      [ports(family), restrictions(universe, family)]
      + (universe.direction == .outbound
        ? [outboundAddresses(universe, family), owners(universe)]
        : [inboundAddresses(universe, family), noOwner])
    return parts.reduce(arena.member) { arena.keep($1, $0) }
  }

  /// Ports for protocols that have them, an ICMP type for the family's ICMP; zero stands for none.
  private func ports(_ family: Family) -> Diagram {
    let noType = packets(.icmp, is: 0)
    let noPorts = packets(.sourcePort, is: 0)
    let icmp = TransportProtocol.numbers([family == .ipv4 ? .icmp : .icmpv6])
    let bare = node(.destinationPort, in: IntervalSet(0), inside: arena.keep(noPorts, noType))
    let pinged = node(.destinationPort, in: IntervalSet(0), inside: noPorts)
    let rest = node(.transportProtocol, in: icmp, inside: pinged, outside: bare)
    return arena.choose(
      packets(.transportProtocol, in: TransportProtocol.numbersWithPorts),
      noType, rest)
  }

  private func restrictions(_ universe: Universe, _ family: Family) -> Diagram {
    let prefixes = universe.destinations.map { $0.filter { $0.family == family } }
    let protocols =
      universe.ports == nil
      ? universe.protocols
      : (universe.protocols ?? IntervalSet([0...255]))
        .intersection(TransportProtocol.numbersWithPorts)
    let asked: [(Level, IntervalSet?)] = [
      (.uid, universe.uids), (.gid, universe.gids), (.transportProtocol, protocols),
      (.destinationPort, universe.ports), (.destination, prefixes.map { IntervalSet($0) }),
    ]
    var all = arena.member
    for (level, set) in asked.reversed() {
      if let set { all = node(level, in: set, inside: all) }
    }
    return all
  }

  /// Out by `lo` exactly if the destination is local; loopback addresses are seen only there, and a
  /// source is one of the pod's own where those are known.
  private func outboundAddresses(_ universe: Universe, _ family: Family) -> Diagram {
    let all = IntervalSet([family.addresses])
    let local = network.localAddresses(of: family)
    let loopback = IntervalSet([family.loopback])
    let isKnown = network.addresses.first(of: family) != nil
    let sources = isKnown ? local : all
    let isAny = universe.holdsAnyLoopback
    let within = node(
      .inputInterface, in: IntervalSet(0),
      inside: node(
        .destination, in: isAny && network.addresses.addresses.isEmpty ? all : local,
        inside: packets(.source, in: isAny ? all : sources)))
    let outside = node(
      .inputInterface, in: IntervalSet(0),
      inside: node(
        .destination, in: all.subtracting(local),
        inside: packets(.source, in: sources.subtracting(loopback))))
    let by = arena.choose(
      packets(.outputInterface, is: InterfaceName.loopback.bits), within, outside)
    return arena.keep(
      packets(.outputInterface, in: names(universe.interfaces + [.loopback])), by)
  }

  /// Whatever arrives from outside comes from another host and is not for loopback.
  private func inboundAddresses(_ universe: Universe, _ family: Family) -> Diagram {
    node(
      .outputInterface, in: IntervalSet(0),
      inside: node(
        .inputInterface, in: names(universe.interfaces.filter { $0 != .loopback }),
        inside: node(
          .destination,
          in: family.neverDestinations.complement(in: IntervalSet([family.addresses])),
          inside: packets(.source, in: network.foreignSources(of: family)))))
  }

  private func names(_ interfaces: [InterfaceName]) -> IntervalSet {
    IntervalSet(interfaces.map { $0.bits...$0.bits })
  }

  private func owners(_ universe: Universe) -> Diagram {
    let real = IntervalSet([0...Owner.none - 1])
    let proxy = arena.union(
      packets(.uid, is: UInt128(universe.proxy.uid)),
      packets(.gid, is: UInt128(universe.proxy.gid)))
    let socket = node(.uid, in: real, inside: packets(.gid, in: real))
    switch universe.sender {
    case .app: return arena.remove(proxy, socket)
    case .proxy: return arena.keep(proxy, socket)
    case .anyone: return arena.union(socket, noOwner)
    }
  }

  private var noOwner: Diagram {
    node(.uid, in: IntervalSet(Owner.none), inside: packets(.gid, is: Owner.none))
  }
}
