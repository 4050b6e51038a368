public import Addresses
public import Ruleset

/// Packets that sit on the boundaries of a ruleset: of every interval that some rule compares a
/// field with, its ends and their neighbours outside. Where a rule and its model part by one port or
/// one address, such a packet shows it.
///
/// Half of the packets are made to meet one rule, all of whose conditions they are near to; the rest
/// mix the boundaries of all rules. Values come in decks: each is dealt once before any is dealt
/// again. The same seed deals the same packets.
public struct BoundaryProbes {
  private let network: PodNetwork
  private let interfaces: [InterfaceName]
  private var random: SplitMix64
  private var boxes: Deck<Box>
  private var ports: Deck<UInt16>
  private var sourcePorts: Deck<UInt16>
  private var users: Deck<UInt32>
  private var groups: Deck<UInt32>
  private var ipv4: Addresses
  private var ipv6: Addresses

  /// Where packets of a family go to and come from.
  private struct Addresses {
    /// The address others know the pod by.
    var ownSource: IPAddress?
    var destinations: Deck<IPAddress>
    var inboundSources: Deck<IPAddress>
    var own: Deck<IPAddress>
    var loopback: Deck<IPAddress>
  }

  /// - Parameter interfaces: what packets come in by, `network.uplink` first of all.
  public init(
    of ruleset: Ruleset, in network: PodNetwork, interfaces: [InterfaceName] = [], seed: UInt64
  ) {
    self.network = network
    self.interfaces = [network.uplink] + interfaces.filter { $0 != network.uplink }
    random = SplitMix64(seed: seed)
    let boundaries = Boundaries(of: ruleset)
    boxes = Deck(boundaries.boxes)
    let known: [UInt16] = [53, 80, 443, 3306, 15001, 15006, 15008, 15053]
    ports = Deck((known + boundaries.ports(.destinationPort)).filter { $0 != 0 })
    sourcePorts = Deck(boundaries.ports(.sourcePort).filter { $0 != 0 })
    users = Deck([0, 1000, 1337] + boundaries.owners(.uid))
    groups = Deck([0, 1000, 1337] + boundaries.owners(.gid))
    func addresses(_ family: Family) -> Addresses {
      let own = network.addresses.addresses.filter {
        $0.family == family && !$0.isLoopback && !$0.isOfOneLink
      }
      let met = boundaries.addresses(.destination, family)
      let loopback = family.loopbackSamples + met.filter { $0.isLoopback && !$0.isBroadcast }
      let others = met.filter { !network.addresses.contains($0) && $0.isOrdinary }
      let sources = boundaries.addresses(.source, family)
        .filter { !network.addresses.contains($0) && $0.isOrdinary }
      return Addresses(
        ownSource: own.first, destinations: Deck(others + family.foreignSamples),
        inboundSources: Deck(sources + family.foreignSamples), own: Deck(own),
        loopback: Deck(loopback))
    }
    ipv4 = addresses(.ipv4)
    ipv6 = addresses(.ipv6)
  }

  public mutating func next() -> Packet {
    let family: Family = random.chance(of: 2) ? .ipv4 : .ipv6
    var packet =
      switch random.below(8) {
      case 0, 1: inbound(family)
      case 2, 3: toItself(family)
      default: outbound(family)
      }
    if random.chance(of: 2), let box = boxes.deal(&random) { bend(&packet, towards: box) }
    // To itself from the same port a socket would be connected with itself.
    if packet.sourcePort == packet.destinationPort {
      packet.sourcePort = packet.sourcePort > 1 ? packet.sourcePort - 1 : 2
    }
    return packet
  }
}

// MARK: - Kinds of packets

extension BoundaryProbes {
  private subscript(family: Family) -> Addresses {
    get { family == .ipv4 ? ipv4 : ipv6 }
    set { if family == .ipv4 { ipv4 = newValue } else { ipv6 = newValue } }
  }

  private mutating func deal(
    _ deck: WritableKeyPath<Addresses, Deck<IPAddress>>, _ family: Family
  ) -> IPAddress? {
    var addresses = self[family]
    defer { self[family] = addresses }
    return addresses[keyPath: deck].deal(&random)
  }

  private mutating func outbound(_ family: Family) -> Packet {
    let destination = deal(\.destinations, family) ?? IPAddress(family, 0x0102_0304)
    return packet(
      from: self[family].ownSource, to: destination, owner: owner(),
      out: network.uplink)
  }

  /// By lo: to an address of the pod, from any other of them or from the one the kernel picks.
  private mutating func toItself(_ family: Family) -> Packet {
    let loopback = random.chance(of: 2) ? deal(\.loopback, family) : nil
    let destination = loopback ?? deal(\.own, family) ?? family.loopbackSamples[0]
    let others = [deal(\.loopback, family), deal(\.own, family)]
    let source = random.chance(of: 2) ? nil : others.compactMap(\.self).first
    return packet(from: source, to: destination, owner: owner(), out: .loopback)
  }

  private mutating func inbound(_ family: Family) -> Packet {
    var source = deal(\.inboundSources, family)
    let own = random.chance(of: 8) ? nil : self[family].ownSource
    let destination =
      own ?? deal(\.destinations, family) ?? IPAddress(family, 0x0102_0304)
    // No host takes a packet that claims to come from where it goes.
    while source == destination { source = deal(\.inboundSources, family) }
    let interface = interfaces[random.below(interfaces.count)]
    return packet(from: source, to: destination, owner: nil, in: interface)
  }

  private mutating func packet(
    from source: IPAddress?, to destination: IPAddress, owner: Owner?,
    in input: InterfaceName? = nil, out output: InterfaceName? = nil
  ) -> Packet {
    let special = random.chance(of: 4) ? sourcePorts.deal(&random) : nil
    return Packet(
      random.chance(of: 3) ? .udp : .tcp, from: source,
      port: special ?? UInt16(20_000 + random.below(45_000)), to: destination,
      port: ports.deal(&random) ?? 80, owner: owner, in: input, out: output)
  }

  private mutating func owner() -> Owner {
    Owner(uid: users.deal(&random) ?? 0, gid: groups.deal(&random) ?? 0)
  }

  /// Puts the packet on the edges of `box`, as far as it stays one that can be sent.
  private mutating func bend(_ packet: inout Packet, towards box: Box) {
    for constraint in box.constraints {
      guard let interval = constraint.set.intervals.randomElement(using: &random) else { continue }
      let value = random.edge(of: interval)
      switch constraint.field {
      case .transportProtocol where interval.contains(17) != interval.contains(6):
        packet.transport = interval.contains(17) ? .udp : .tcp
      case .destinationPort:
        if let port = UInt16(exactly: value), port > 0 { packet.destinationPort = port }
      case .sourcePort: if let port = UInt16(exactly: value), port > 0 { packet.sourcePort = port }
      case .uid: if let uid = UInt32(exactly: value), uid != .max { packet.owner?.uid = uid }
      case .gid: if let gid = UInt32(exactly: value), gid != .max { packet.owner?.gid = gid }
      case .destination where packet.inputInterface == nil:
        let address = IPAddress(packet.family, value)
        guard !address.isBroadcast, network.addresses.contains(address) || address.isOrdinary
        else { continue }
        packet.destination = address
        let staysHere = network.addresses.contains(address)
        packet.outputInterface = staysHere ? .loopback : network.uplink
        if staysHere != (packet.source?.isLoopback ?? true) {
          packet.source = staysHere ? nil : self[packet.family].ownSource
        }
      case .source where packet.inputInterface != nil:
        let address = IPAddress(packet.family, value)
        if !network.addresses.contains(address), address.isOrdinary, address != packet.destination {
          packet.source = address
        }
      case .source where packet.outputInterface == .loopback:
        let address = IPAddress(packet.family, value)
        if network.addresses.contains(address), !address.isBroadcast { packet.source = address }
      default: break
      }
    }
  }
}

// MARK: - Addresses that can be sent to

extension Family {
  fileprivate var loopbackSamples: [IPAddress] {
    self == .ipv4
      ? [0x7F00_0001, 0x7F00_0002, 0x7F00_0006, 0x7F00_0035].map { IPAddress(.ipv4, $0) }
      : [IPAddress(.ipv6, 1)]
  }

  fileprivate var foreignSamples: [IPAddress] {
    self == .ipv4
      ? [0x0102_0304, 0x0A01_0203, 0xC0A8_0909].map { IPAddress(.ipv4, $0) }
      : [0x2001_0DB8 << 96 | 7, 0xFD00 << 112 | 9].map { IPAddress(.ipv6, $0) }
  }
}

extension IPAddress {
  /// The last of 127.0.0.0/8, which `lo` has for its broadcast address.
  fileprivate var isBroadcast: Bool { family == .ipv4 && bits == 0x7FFF_FFFF }

  /// Of a link's own range: sockets that use it must name the link.
  fileprivate var isOfOneLink: Bool {
    family == .ipv4 ? bits >> 16 == 0xA9FE : bits >> 118 == 0x3FA
  }

  /// A unicast address that routes lead to: not multicast or reserved, nor of one link, nor IPv4 in
  /// disguise.
  fileprivate var isOrdinary: Bool {
    switch family {
    case .ipv4: bits >> 24 != 0 && !isLoopback && bits >> 28 < 14 && !isOfOneLink
    case .ipv6: bits >> 32 > 0xFFFF && !isOfOneLink && bits >> 120 != 0xFF
    }
  }
}
