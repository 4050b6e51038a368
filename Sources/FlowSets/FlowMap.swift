import Addresses
public import Ruleset

/// Which way packets go.
public enum Direction: String, Hashable, Sendable, CaseIterable {
  /// A process of the pod sends it.
  case outbound
  /// It arrives by an interface other than loopback.
  case inbound
}

/// The exact function from packets to what becomes of them under one ruleset, over all hooks.
public struct FlowMap {
  public let space: FlowSpace
  public let direction: Direction
  let diagram: Diagram
}

extension FlowSpace {
  /// The fate of every packet under `ruleset`, which must be one that the space was made for.
  ///
  /// Models the hooks of `facts` measured on kernel 6.18: chains by priority, conntrack at -200, NAT
  /// once per connection, routing anew after a mapping, loopback's second way in. Time and memory
  /// grow with the rules, n log n for rules of independent conditions.
  public func flows(
    of ruleset: Ruleset, _ direction: Direction
  ) throws(FlowError) -> FlowMap {
    try flows(of: ruleset, direction, marksHits: false)
  }

  func flows(
    of ruleset: Ruleset, _ direction: Direction, marksHits: Bool
  ) throws(FlowError) -> FlowMap {
    let summaries = ChainSummaries(ruleset, in: self, marksHits: marksHits)
    var families: [Diagram] = []
    for family in Family.allCases {
      let path = Path(space: self, ruleset: ruleset, summaries: summaries, family: family)
      let way = direction == .outbound ? try path.outbound() : try path.inbound()
      families.append(
        seen(way, with: [Rewrite.set(.family, to: Level.familyIndex(family))]))
    }
    let diagram = node(
      .family, in: IntervalSet(Level.familyIndex(.ipv4)), inside: families[0],
      outside: families[1])
    try checkBudget("the whole path")
    return FlowMap(space: self, direction: direction, diagram: diagram)
  }
}

// MARK: - One packet

extension FlowMap {
  /// What may become of this one packet: several outcomes where the kernel chooses, or where a match
  /// that is not understood decides. The source must be known; without flags or an ICMP type these
  /// count as zero.
  public func outcomes(of packet: Packet) -> [Outcome] {
    let values = space.values(of: packet)
    var place = diagram
    while !place.isTerminal {
      let level = space.arena.level(place)
      if level >= space.vocabulary.firstUnknown { break }
      place = space.arena.child(place, at: values[Int(level.index)])
    }
    var outcomes: [Outcome] = []
    for terminal in space.arena.terminals(of: place) {
      for ending in space.arena.endings.endings(in: terminal) {
        if let outcome = space.outcome(ending, of: packet),
          !outcomes.contains(outcome)
        {
          outcomes.append(outcome)
        }
      }
    }
    return outcomes
  }
}

extension FlowSpace {
  /// The packet in the numbers of the levels, matches not understood left at zero.
  func values(of packet: Packet) -> [UInt128] {
    var values = [UInt128](repeating: 0, count: vocabulary.levels.lasts.count)
    func set(_ level: Level, _ value: UInt128) { values[Int(level.index)] = value }
    set(.family, Level.familyIndex(packet.family))
    set(.connectionState, UInt128(packet.state.rawValue))
    set(.outputInterface, packet.outputInterface?.bits ?? 0)
    set(.inputInterface, packet.inputInterface?.bits ?? 0)
    set(.uid, packet.owner.map { UInt128($0.uid) } ?? Owner.none)
    set(.gid, packet.owner.map { UInt128($0.gid) } ?? Owner.none)
    set(.transportProtocol, UInt128(packet.transport.rawValue))
    set(.destinationPort, UInt128(packet.destinationPort))
    set(.destination, packet.destination.bits)
    set(.source, packet.source?.bits ?? 0)
    set(.sourcePort, UInt128(packet.sourcePort))
    set(.icmp, UInt128(packet.icmp ?? 0))
    for group in vocabulary.packetMark { set(group.level, packet.mark.gathered(group.bits)) }
    for group in vocabulary.connectionMark {
      set(group.level, packet.connectionMark.gathered(group.bits))
    }
    for group in vocabulary.tcpFlags {
      set(group.level, UInt32(packet.tcpFlags ?? 0).gathered(group.bits))
    }
    return values
  }

  /// The outcome an ending stands for; nil for one that only marks the way.
  func outcome(_ ending: Ending, of packet: Packet) -> Outcome? {
    let done = arena.rewrites[ending.rewrite]
    switch ending.kind {
    case .drops: return .drop
    case .rejects: return .reject(with: arena.endings.texts[ending.detail])
    case .unknown: return .unknown(arena.endings.texts[ending.detail])
    case .leaves, .isDelivered, .isForwarded:
      if let diversion = done.diversion, ending.kind == .isDelivered {
        return .tproxy(diversion.address, port: diversion.port ?? packet.destinationPort)
      }
      if let mapping = done.mapping {
        return arena.endings.mappings[mapping].outcome(of: packet)
      }
      return switch ending.kind {
      case .leaves: .bypass
      case .isDelivered: .local
      default: .forward
      }
    default: return nil
    }
  }

  /// The fate an ending stands for, whatever the packet; nil for one that only marks the way.
  ///
  /// A mapping that keeps the packet's port counts as one to the proxy, not to its DNS port.
  func fate(_ ending: Ending) -> Fate? {
    let anyPacket = Packet(.tcp, to: IPAddress(.ipv4, 0))
    return outcome(ending, of: anyPacket)?.fate
  }
}

extension NAT {
  /// Where this mapping of the destination sends a packet.
  fileprivate func outcome(of packet: Packet) -> Outcome {
    let ports = ports ?? packet.destinationPort...packet.destinationPort
    guard ports.lowerBound == ports.upperBound else { return .unknown("the kernel picks a port") }
    let port = ports.lowerBound
    guard let addresses else {
      return kind == .redirect ? .redirect(nil, port: port) : .dnat(packet.destination, port: port)
    }
    guard addresses.lowerBound == addresses.upperBound else {
      return .unknown("the kernel picks an address")
    }
    return kind == .redirect
      ? .redirect(addresses.lowerBound, port: port) : .dnat(addresses.lowerBound, port: port)
  }
}
