import Addresses
public import Ruleset

/// An exact set of packets.
///
/// Sets of one space are compared by handle: equality costs nothing. Operands must be of the same
/// space.
public struct FlowSet {
  public let space: FlowSpace
  let diagram: Diagram

  public var isEmpty: Bool { diagram == .nothing }

  public func union(_ other: FlowSet) -> FlowSet {
    FlowSet(space: space, diagram: space.arena.union(diagram, other.diagram))
  }

  public func intersection(_ other: FlowSet) -> FlowSet {
    FlowSet(space: space, diagram: space.arena.keep(diagram, other.diagram))
  }

  public func subtracting(_ other: FlowSet) -> FlowSet {
    FlowSet(space: space, diagram: space.arena.remove(other.diagram, diagram))
  }

  public func isSubset(of other: FlowSet) -> Bool { subtracting(other).isEmpty }

  public func isDisjoint(with other: FlowSet) -> Bool { intersection(other).isEmpty }

  /// Whether the set holds the packet, for any value of what is not known of it. Connection state,
  /// marks and flags are those of the set's universe, and not looked at here.
  public func contains(_ packet: Packet) -> Bool {
    let nothing = Diagram.nothing.terminal
    return !space.terminals(of: diagram, for: packet).contains(nothing)
  }

  /// How many packets: combinations of family, interfaces, owner, protocol, addresses, ports and
  /// ICMP type.
  public func count() -> Count {
    var lasts = Array(space.vocabulary.levels.lasts[..<Int(Level.firstVarying.index)])
    for level in Level.ofTheWay { lasts[Int(level.index)] = 0 }
    return space.arena.count(diagram, lasts)
  }
}

extension FlowSet: Equatable {
  public static func == (a: FlowSet, b: FlowSet) -> Bool {
    a.space === b.space && a.diagram == b.diagram
  }
}

extension FlowSpace {
  /// All of them together; halves first, so that many cost little more than few.
  public func union(of sets: [FlowSet]) -> FlowSet {
    balanced(sets.indices, empty: emptySet) {
      sets[$0]
    } _: {
      $0.union($1)
    }
  }

  public var emptySet: FlowSet { FlowSet(space: self, diagram: .nothing) }
}
