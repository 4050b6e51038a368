import Addresses
public import Ruleset

extension FlowMap {
  /// What may become of this one packet: several outcomes where the kernel chooses, or where a match
  /// that is not understood decides. A source, flags or an ICMP type that are not given may be any.
  public func outcomes(of packet: Packet) -> [Outcome] {
    let view = PacketView(packet: packet, space: space)
    let end = space.arena.walk(down: diagram(for: packet), view)
    if end.isTerminal { return space.arena.outcomes(ofTerminal: end.terminal, of: packet) }
    var outcomes: [Outcome] = []
    for terminal in space.terminals(below: end, for: view) {
      for outcome in space.arena.outcomes(ofTerminal: terminal, of: packet)
      where !outcomes.contains(outcome) { outcomes.append(outcome) }
    }
    return outcomes
  }

  /// The fate of this one packet, `unknown` where it is not certain.
  public func fate(of packet: Packet) -> Fate {
    let view = PacketView(packet: packet, space: space)
    let end = space.arena.walk(down: diagram(for: packet), view)
    if end.isTerminal, let known = space.arena.outcomes.fate(end.terminal) { return known }
    return outcomes(of: packet).fate
  }

  /// That of first packets is the smallest, and all that a match not understood may do is put
  /// together in it.
  private func diagram(for packet: Packet) -> Diagram {
    let isFirst =
      packet.state == .new && packet.mark == 0 && packet.connectionMark == 0
      && (packet.transport != .tcp || packet.tcpFlags == Self.syn)
    return isFirst ? may : diagram
  }
}

extension Arena {
  /// Where the packet ends up, or the first question about something that is not known of it: one
  /// binary search a level.
  fileprivate func walk(down diagram: Diagram, _ view: PacketView) -> Diagram {
    var place = diagram
    while !place.isTerminal, let value = view[level(place)] { place = child(place, at: value) }
    return place
  }
}

extension FlowSpace {
  /// Every end that the packet may come to.
  func terminals(of diagram: Diagram, for packet: Packet) -> [Int32] {
    let view = PacketView(packet: packet, space: self)
    let end = arena.walk(down: diagram, view)
    return end.isTerminal ? [end.terminal] : terminals(below: end, for: view)
  }

  fileprivate func terminals(below diagram: Diagram, for view: PacketView) -> [Int32] {
    var open = [diagram]
    var found: [Int32] = []
    while let place = open.popLast() {
      if place.isTerminal {
        if !found.contains(place.terminal) { found.append(place.terminal) }
        continue
      }
      let level = arena.level(place)
      if let value = view[level] {
        open.append(arena.child(place, at: value))
      } else {
        open += arena.children(place, among: view.choices(level))
      }
    }
    return found
  }
}

/// A packet in the numbers of the levels, each made when it is asked for.
private struct PacketView {
  let packet: Packet
  let space: FlowSpace

  /// Nil where not known.
  subscript(level: Level) -> UInt128? {
    switch level {
    case .family: Level.familyIndex(packet.family)
    case .connectionState: UInt128(packet.state.rawValue)
    case .destinationMapped, .sourceMapped, .diverted, .route: 0
    case .outputInterface: packet.outputInterface?.bits ?? 0
    case .inputInterface: packet.inputInterface?.bits ?? 0
    case .uid: packet.owner.map { UInt128($0.uid) } ?? Owner.none
    case .gid: packet.owner.map { UInt128($0.gid) } ?? Owner.none
    case .transportProtocol: UInt128(packet.transport.rawValue)
    case .destinationPort: UInt128(packet.destinationPort)
    case .destination: packet.destination.bits
    case .source: packet.source?.bits
    case .sourcePort: UInt128(packet.sourcePort)
    case .icmp: isICMP ? packet.icmp.map { UInt128($0) } : 0
    default: varying(level)
    }
  }

  private var isICMP: Bool { packet.transport == .icmp || packet.transport == .icmpv6 }

  /// Marks and flags by groups; a match not understood is never known.
  private func varying(_ level: Level) -> UInt128? {
    if level >= space.vocabulary.firstUnknown { return nil }
    if let group = space.vocabulary.packetMark.first(where: { $0.level == level }) {
      return packet.mark.gathered(group.bits)
    }
    if let group = space.vocabulary.connectionMark.first(where: { $0.level == level }) {
      return packet.connectionMark.gathered(group.bits)
    }
    guard let group = space.vocabulary.tcpFlags.first(where: { $0.level == level }) else {
      return nil
    }
    return packet.tcpFlags.map { UInt32($0).gathered(group.bits) }
  }

  /// What a value that is not known may be.
  func choices(_ level: Level) -> IntervalSet {
    level == .source ? space.pod.sources(of: packet) : IntervalSet([0...UInt128.max])
  }
}

extension FlowSpace.Pod {
  /// Where a packet may come from: to the pod itself it is sent from the very address it goes to
  /// (RFC 6724 rule 1; 127.0.0.1 within loopback), to others from one of the pod's own, and what
  /// arrives is of another host.
  fileprivate func sources(of packet: Packet) -> IntervalSet {
    let family = packet.family
    if packet.outputInterface == .loopback {
      let loopback: UInt128 = family == .ipv4 ? 0x7F00_0001 : 1
      return IntervalSet(packet.destination.isLoopback ? loopback : packet.destination.bits)
    }
    let foreign = IntervalSet([family.addresses]).subtracting(LocalAddresses.loopback(of: family))
    let own = IntervalSet(
      local.addresses.filter { $0.family == family && !$0.isLoopback }.map { $0.bits...$0.bits })
    if packet.inputInterface != nil { return foreign.subtracting(own) }
    return own.isEmpty ? foreign : own
  }
}

extension Arena {
  fileprivate func children(_ node: Diagram, among values: IntervalSet) -> [Diagram] {
    var found: [Diagram] = []
    var first: UInt128 = 0
    for edge in edges(node) {
      let last = bounds[edge]
      if !values.intersection(IntervalSet([first...last])).isEmpty { found.append(children[edge]) }
      first = last &+ 1
    }
    return found
  }
}
