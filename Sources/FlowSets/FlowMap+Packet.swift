import Addresses
public import Ruleset

extension FlowMap {
  /// What may become of this one packet: several outcomes where the kernel chooses, or where a match
  /// that is not understood decides. A source, flags or an ICMP type that are not given may be any.
  public func outcomes(of packet: Packet) -> [Outcome] {
    var outcomes: [Outcome] = []
    for terminal in space.terminals(of: diagram(for: packet), for: packet) {
      for outcome in space.arena.outcomes(ofTerminal: terminal, of: packet)
      where !outcomes.contains(outcome) { outcomes.append(outcome) }
    }
    return outcomes
  }

  /// The fate of this one packet, `unknown` where it is not certain.
  public func fate(of packet: Packet) -> Fate {
    space.arena.fate(of: packet, by: diagram(for: packet), space.vocabulary)
      ?? outcomes(of: packet).fate
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
  fileprivate func walk(
    down diagram: Diagram, _ packet: Packet, _ vocabulary: borrowing Vocabulary
  ) -> Diagram {
    var place = diagram
    while !place.isTerminal, let value = packet.value(at: level(place), vocabulary) {
      place = child(place, at: value)
    }
    return place
  }

  /// Nil where the end is not certain, or was never asked what it means.
  fileprivate func fate(
    of packet: Packet, by diagram: Diagram, _ vocabulary: borrowing Vocabulary
  ) -> Fate? {
    let end = walk(down: diagram, packet, vocabulary)
    return end.isTerminal ? outcomes.fate(end.terminal) : nil
  }
}

extension FlowSpace {
  /// Every end that the packet may come to.
  func terminals(of diagram: Diagram, for packet: Packet) -> [Int32] {
    var open = [diagram]
    var found: [Int32] = []
    while let next = open.popLast() {
      let place = arena.walk(down: next, packet, vocabulary)
      if place.isTerminal {
        if !found.contains(place.terminal) { found.append(place.terminal) }
      } else {
        open += arena.children(place, among: choices(arena.level(place), for: packet))
      }
    }
    return found
  }

  /// What a value that is not known may be.
  private func choices(_ level: Level, for packet: Packet) -> IntervalSet {
    level == .source ? network.sources(of: packet) : IntervalSet([0...UInt128.max])
  }
}

extension Packet {
  /// A field in the numbers of its level; nil where not known.
  @inline(__always)
  fileprivate func value(at level: Level, _ vocabulary: borrowing Vocabulary) -> UInt128? {
    switch level {
    case .family: Level.familyIndex(family)
    case .connectionState: UInt128(state.rawValue)
    case .destinationMapped, .sourceMapped, .diverted, .route: 0
    case .outputInterface: outputInterface?.bits ?? 0
    case .inputInterface: inputInterface?.bits ?? 0
    case .uid: owner.map { UInt128($0.uid) } ?? Owner.none
    case .gid: owner.map { UInt128($0.gid) } ?? Owner.none
    case .transportProtocol: UInt128(transport.rawValue)
    case .destinationPort: UInt128(destinationPort)
    case .destination: destination.bits
    case .source: source?.bits
    case .sourcePort: UInt128(sourcePort)
    case .icmp: isICMP ? icmp.map { UInt128($0) } : 0
    default: varyingValue(at: level, vocabulary)
    }
  }

  private var isICMP: Bool { transport == .icmp || transport == .icmpv6 }

  /// Marks and flags by groups; a match not understood is never known.
  private func varyingValue(at level: Level, _ vocabulary: borrowing Vocabulary) -> UInt128? {
    if level >= vocabulary.firstUnknown { return nil }
    if let group = vocabulary.packetMark.first(where: { $0.level == level }) {
      return mark.gathered(group.bits)
    }
    if let group = vocabulary.connectionMark.first(where: { $0.level == level }) {
      return connectionMark.gathered(group.bits)
    }
    guard let group = vocabulary.tcpFlags.first(where: { $0.level == level }) else { return nil }
    return tcpFlags.map { UInt32($0).gathered(group.bits) }
  }
}

extension PodNetwork {
  /// What the source of `packet` can be, where nobody said: what arrives is of another host.
  fileprivate func sources(of packet: Packet) -> IntervalSet {
    let family = packet.family
    if packet.inputInterface != nil {
      return foreignSources(of: family)
    }
    return onlySource(of: packet).map { IntervalSet($0.bits) } ?? sources(of: family)
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
