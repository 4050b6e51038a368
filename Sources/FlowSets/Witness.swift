public import Addresses
public import Ruleset

/// Values that people recognise, to make witnesses of; the first that fits is taken.
public struct WitnessPreferences: Hashable, Sendable {
  public var protocols: [TransportProtocol] = [.tcp, .udp, .icmp, .icmpv6]
  /// Ports of well-known middleware first, then the web's.
  public var ports: [UInt16] = [
    3306, 3307, 5432, 6379, 27017, 9092, 11211, 5672, 9200, 443, 80, 8080, 53,
  ]
  public var destinations: [IPAddress] = [
    "10.20.30.40", "203.0.113.10", "127.0.0.1", "2001:db8::10", "::1",
  ].compactMap { IPAddress($0) }
  public var sources: [IPAddress] = [
    "10.244.1.5", "10.244.1.9", "127.0.0.1", "2001:db8::5", "::1",
  ].compactMap { IPAddress($0) }
  public var sourcePort: UInt16 = 40000
  public var ids: [UInt32] = [1000, 0, 1337]

  public init() {}

  /// In order, as numbers of the level.
  fileprivate func values(_ level: Level, _ family: Family) -> [UInt128] {
    switch level {
    case .outputInterface, .inputInterface:
      [InterfaceName.firstEthernet.bits, InterfaceName.loopback.bits]
    case .uid, .gid: ids.map { UInt128($0) }
    case .transportProtocol: protocols.map { UInt128($0.rawValue) }
    case .destinationPort: ports.map { UInt128($0) }
    case .sourcePort: [UInt128(sourcePort)]
    case .destination: destinations.filter { $0.family == family }.map(\.bits)
    case .source: sources.filter { $0.family == family }.map(\.bits)
    // An echo request.
    case .icmp: [family == .ipv4 ? 0x0800 : 0x8000]
    default: [0]
    }
  }
}

extension FlowSet {
  /// A packet of the set; nil if there is none.
  public func witness(_ preferences: WitnessPreferences = WitnessPreferences()) -> Packet? {
    guard !isEmpty else { return nil }
    var values = [UInt128](repeating: 0, count: Int(Level.firstVarying.index))
    var family = Family.ipv4
    var place = diagram
    for index in values.indices {
      let level = Level(Int32(index))
      if space.arena.level(place) == level {
        values[index] = space.arena.pleasant(preferences.values(level, family), at: place)
        place = space.arena.child(place, at: values[index])
      } else {
        values[index] = preferences.values(level, family).first ?? 0
      }
      if level == .family { family = values[index] == 0 ? .ipv4 : .ipv6 }
    }
    return packet(values, family)
  }

  private func packet(_ values: [UInt128], _ family: Family) -> Packet {
    func value(_ level: Level) -> UInt128 { values[Int(level.index)] }
    func number<N: FixedWidthInteger>(_ level: Level) -> N { N(truncatingIfNeeded: value(level)) }
    func interface(_ level: Level) -> InterfaceName? {
      value(level) == 0 ? nil : InterfaceName(bits: value(level))
    }
    let hasOwner = value(.uid) != Owner.none && value(.gid) != Owner.none
    var packet = Packet(
      TransportProtocol(rawValue: number(.transportProtocol)),
      from: IPAddress(family, value(.source)), port: number(.sourcePort),
      to: IPAddress(family, value(.destination)), port: number(.destinationPort),
      owner: hasOwner ? Owner(uid: number(.uid), gid: number(.gid)) : nil,
      in: interface(.inputInterface), out: interface(.outputInterface))
    if packet.transport == .icmp || packet.transport == .icmpv6 { packet.icmp = number(.icmp) }
    return packet
  }
}

extension Arena {
  /// The first of `wanted` that leads on, else a value of the first interval that does: not quite its
  /// first where it is wide, since that of a prefix is no host's.
  fileprivate func pleasant(_ wanted: [UInt128], at node: Diagram) -> UInt128 {
    for value in wanted where child(node, at: value) != .nothing { return value }
    var first: UInt128 = 0
    for edge in edges(node) {
      let last = bounds[edge]
      if children[edge] != .nothing { return last - first >= 16 ? first + 10 : first }
      first = last &+ 1
    }
    return 0
  }
}
