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
    let marks = (space.vocabulary.packetMark + space.vocabulary.connectionMark).map {
      Rewrite.set($0.level, to: 0)
    }
    let flags = space.vocabulary.tcpFlags.map {
      Rewrite.set($0.level, to: UInt32(Self.syn).gathered($0.bits))
    }
    let new = Rewrite.set(.connectionState, to: UInt128(ConnectionState.new.rawValue))
    first = space.seen(diagram, with: [new] + marks + flags)
    may = space.arena.forget(from: space.vocabulary.firstUnknown, first, .forget)
  }

  /// The TCP flags of a first packet.
  static let syn: UInt8 = 0b10
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
