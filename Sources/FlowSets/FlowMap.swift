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
  /// For packets in any state, with any marks.
  let diagram: Diagram
  /// For a connection's first packet: new, unmarked, with SYN.
  let first: Diagram
  /// The same with all that may become of a packet, whatever the matches not understood say.
  let may: Diagram

  init(space: FlowSpace, direction: Direction, diagram: Diagram) {
    self.space = space
    self.direction = direction
    self.diagram = diagram
    let vocabulary = space.vocabulary
    let marks = (vocabulary.packetMark + vocabulary.connectionMark).map {
      Rewrite.set($0.level, to: 0)
    }
    let flags = vocabulary.tcpFlags.map {
      Rewrite.set($0.level, to: Self.syn.gathered($0.bits))
    }
    let new = Rewrite.set(.connectionState, to: UInt128(ConnectionState.new.rawValue))
    first = space.seen(diagram, with: [new] + marks + flags)
    may = space.arena.forget(from: vocabulary.firstUnknown, first, .forget)
  }

  private static let syn: UInt32 = 0b10
}

extension FlowSpace {
  /// The fate of every packet under `ruleset`, which must be one that the space was made for.
  ///
  /// Models netfilter's hooks as measured on kernel 6.18: chains by priority, conntrack at -200, NAT
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
    // All chains first: until a path maps addresses, marks are all that rewrites touch.
    for chain in ruleset.baseChains { _ = try summaries.summary(of: chain) }
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
  /// that is not understood decides. A source, flags or an ICMP type that are not given may be any.
  public func outcomes(of packet: Packet) -> [Outcome] {
    var outcomes: [Outcome] = []
    for terminal in space.terminals(of: diagram, for: packet) {
      for ending in space.arena.endings.endings(in: terminal) {
        if let outcome = space.arena.outcome(ending, of: packet), !outcomes.contains(outcome) {
          outcomes.append(outcome)
        }
      }
    }
    return outcomes
  }

  /// The fate of this one packet, `unknown` where it is not certain.
  public func fate(of packet: Packet) -> Fate {
    let fates = Set(outcomes(of: packet).map(\.fate))
    return fates.count == 1 ? fates.first ?? .unknown : .unknown
  }
}

extension FlowSpace {
  /// Where the packet ends up: one binary search a level, and more than one way down only where
  /// something about it is not known.
  func terminals(of diagram: Diagram, for packet: Packet) -> [Int32] {
    let view = PacketView(packet: packet, space: self)
    var place = diagram
    while !place.isTerminal {
      guard let value = view[arena.level(place)] else {
        return terminals(below: place, for: view)
      }
      place = arena.child(place, at: value)
    }
    return [place.terminal]
  }

  private func terminals(below diagram: Diagram, for view: PacketView) -> [Int32] {
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
    let vocabulary = space.vocabulary
    if level >= vocabulary.firstUnknown { return nil }
    if let group = vocabulary.packetMark.first(where: { $0.level == level }) {
      return packet.mark.gathered(group.bits)
    }
    if let group = vocabulary.connectionMark.first(where: { $0.level == level }) {
      return packet.connectionMark.gathered(group.bits)
    }
    guard let group = vocabulary.tcpFlags.first(where: { $0.level == level }) else { return nil }
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

extension Arena {
  /// The outcome an ending stands for; nil for one that only marks the way.
  func outcome(_ ending: Ending, of packet: Packet) -> Outcome? {
    let done = rewrites[ending.rewrite]
    switch ending.kind {
    case .drops: return .drop
    case .rejects: return .reject(with: endings.texts[ending.detail])
    case .unknown: return .unknown(endings.texts[ending.detail])
    case .leaves, .isDelivered, .isForwarded:
      if let diversion = done.diversion, ending.kind == .isDelivered {
        return .tproxy(diversion.address, port: diversion.port ?? packet.destinationPort)
      }
      if let mapping = done.mapping {
        return endings.mappings[mapping].outcome(of: packet)
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

extension Ruleset {
  /// All of them, whatever their hook and family.
  fileprivate var baseChains: [ChainIndex] {
    tables.indices.flatMap { table in
      tables[table].chains.indices.compactMap { chain in
        tables[table].chains[chain].base == nil ? nil : ChainIndex(table: table, chain: chain)
      }
    }
  }
}
