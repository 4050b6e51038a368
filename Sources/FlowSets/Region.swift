public import Addresses
import Ruleset

/// Packets that people can read: all combinations of some values of each field. Nil means any value that
/// the question's universe has.
public struct Region: Hashable, Sendable {
  public var family: Family?
  public var outputInterfaces: [InterfaceName]?
  public var inputInterfaces: [InterfaceName]?
  /// Real ids, and `Owner.none` where packets without a socket belong to it.
  public var uids: IntervalSet?
  public var gids: IntervalSet?
  /// `TransportProtocol` numbers.
  public var protocols: IntervalSet?
  public var ports: IntervalSet?
  public var destinations: [Prefix]?
  public var sources: [Prefix]?
  public var sourcePorts: IntervalSet?
  /// Types × 256 + code.
  public var icmp: IntervalSet?

  public init() {}
}

extension FlowSet {
  /// The set as regions, which are disjoint but for `ports ∪ addresses`: where a set is all of some ports
  /// and all of some addresses it is said so, and only what remains is cut into ports × addresses.
  ///
  /// `universe` must hold the set. A field is left out where it makes no difference within the
  /// universe. Same set, same regions, in order of fields and values; addresses as the fewest
  /// prefixes. Regions may be many more than a diagram has intervals: they too use up the space's
  /// budget, and past it there are none.
  public func cover(in universe: FlowSet) -> [Region] {
    var walk = CoverWalk(space: space)
    let list = walk.cover(diagram, universe.diagram, nil)
    return walk.lists[list]
  }
}

/// Regions of each pair of nodes, a set's and its universe's, once.
private struct CoverWalk: ~Copyable {
  private struct Pair: Hashable {
    var set: Diagram
    var universe: Diagram
    var family: Family?
  }

  let space: FlowSpace
  /// Lists of regions, each once: that two places read the same is then told by number.
  private(set) var lists = Interned<[Region]>()
  private var size = 0
  private var known: [Pair: Int32] = [:]

  init(space: FlowSpace) { self.space = space }

  /// The number of a list.
  mutating func cover(_ set: Diagram, _ universe: Diagram, _ family: Family?) -> Int32 {
    if set == .nothing { return lists.number([]) }
    if set == universe { return lists.number([Region()]) }
    if space.isExhausted { return lists.number([]) }
    let pair = Pair(set: set, universe: universe, family: family)
    if let list = known[pair] { return list }
    let level = min(space.arena.level(set), space.arena.level(universe))
    let rows = rows(set, universe, level)
    let list =
      level == .destinationPort
      ? portsAndAddresses(rows, family) : grouped(rows, level, family)
    known[pair] = list
    return list
  }

  /// Values of one level for which set and universe go on alike.
  private struct Row {
    var values: [IntervalSet.Interval]
    var set: Diagram
    var universe: Diagram
  }

  /// In order of first value, without values the universe does not have.
  private func rows(_ set: Diagram, _ universe: Diagram, _ level: Level) -> [Row] {
    var places: [Pair: Int] = [:]
    var rows: [Row] = []
    var first: UInt128 = 0
    let last = space.vocabulary.levels[level]
    while true {
      let (setChild, setLast) = space.arena.step(set, level, at: first, last: last)
      let (universeChild, universeLast) = space.arena.step(universe, level, at: first, last: last)
      let end = min(setLast, universeLast)
      if universeChild != .nothing {
        let pair = Pair(set: setChild, universe: universeChild, family: nil)
        if let place = places[pair] {
          rows[place].values.append(first...end)
        } else {
          places[pair] = rows.count
          rows.append(Row(values: [first...end], set: setChild, universe: universeChild))
        }
      }
      if end == last { return rows }
      first = end + 1
    }
  }

  /// Rows that read the same below become one.
  private mutating func grouped(_ rows: [Row], _ level: Level, _ family: Family?) -> Int32 {
    var places: [Int32: Int] = [:]
    var groups: [(values: [IntervalSet.Interval], list: Int32)] = []
    for row in rows {
      let list = cover(row.set, row.universe, self.family(family, level, row.values))
      if let place = places[list] {
        groups[place].values += row.values
      } else {
        places[list] = groups.count
        groups.append((row.values, list))
      }
    }
    if groups.count == 1 { return groups[0].list }
    var regions: [Region] = []
    for group in groups {
      let values = IntervalSet(group.values)
      let below = lists[group.list]
      spend(below.count)
      if space.isExhausted { return lists.number([]) }
      regions += below.map { $0.within(values, level, family) }
    }
    return lists.number(regions)
  }

  /// What a region takes, in edges of a diagram.
  private static let sizeOfRegion = 4

  private mutating func spend(_ regions: Int) {
    size += regions * Self.sizeOfRegion
    if size > space.arena.budget { space.arena.exhaust() }
  }

  private func family(
    _ family: Family?, _ level: Level, _ values: [IntervalSet.Interval]
  ) -> Family? {
    guard level == .family else { return family }
    return values.first?.lowerBound == Level.familyIndex(.ipv4) ? .ipv4 : .ipv6
  }

  /// Ports that are in the set for every address; addresses that are in it for every port; the rest.
  private mutating func portsAndAddresses(_ rows: [Row], _ family: Family?) -> Int32 {
    let partial = rows.filter { $0.set != $0.universe }
    guard let one = rows.first, rows.allSatisfy({ $0.universe == one.universe }),
      partial.count > 1 || partial.count < rows.count
    else { return grouped(rows, .destinationPort, family) }

    let common = partial.dropFirst().reduce(partial[0].set) { space.arena.keep($1.set, $0) }
    if common == .nothing { return grouped(rows, .destinationPort, family) }
    let full = IntervalSet(rows.filter { $0.set == $0.universe }.flatMap(\.values))
    var regions: [Region] = []
    if !full.isEmpty { regions.append(Region().within(full, .destinationPort, family)) }
    regions += lists[cover(common, one.universe, family)]
    let rest = rows.map { row in
      Row(
        values: row.values,
        set: row.set == row.universe ? .nothing : space.arena.remove(common, row.set),
        universe: row.universe)
    }
    regions += lists[grouped(rest, .destinationPort, family)]
    return lists.number(regions)
  }
}

extension Region {
  fileprivate func within(_ values: IntervalSet, _ level: Level, _ family: Family?) -> Region {
    var region = self
    let prefixes = family.map { Prefix.cover(of: values, in: $0) }
    switch level {
    case .family: region.family = values.contains(Level.familyIndex(.ipv4)) ? .ipv4 : .ipv6
    case .outputInterface: region.outputInterfaces = values.interfaces
    case .inputInterface: region.inputInterfaces = values.interfaces
    case .uid: region.uids = values
    case .gid: region.gids = values
    case .transportProtocol: region.protocols = values
    case .destinationPort: region.ports = values
    case .destination: region.destinations = prefixes
    case .source: region.sources = prefixes
    case .sourcePort: region.sourcePorts = values
    case .icmp: region.icmp = values
    default: break
    }
    return region
  }
}

extension IntervalSet {
  /// The names in a set that a universe has narrowed to single ones.
  fileprivate var interfaces: [InterfaceName] {
    intervals.flatMap { interval in
      interval.lowerBound == interval.upperBound
        ? [InterfaceName(bits: interval.lowerBound)]
        : [InterfaceName(bits: interval.lowerBound), InterfaceName(bits: interval.upperBound)]
    }
  }
}

extension Arena {
  /// Where `value` of `level` leads, and up to which value it does.
  fileprivate func step(
    _ diagram: Diagram, _ level: Level, at value: UInt128, last: UInt128
  ) -> (Diagram, UInt128) {
    guard self.level(diagram) == level else { return (diagram, last) }
    let edge = edge(diagram, at: value)
    return (children[edge], bounds[edge])
  }
}

extension FlowSpace {
  /// All packets of a region, possible or not; meet it with a universe before counting.
  public func packets(in region: Region) -> FlowSet {
    func bits(_ names: [InterfaceName]?) -> IntervalSet? {
      names.map { IntervalSet($0.map { $0.bits...$0.bits }) }
    }
    let family = region.family.map { IntervalSet(Level.familyIndex($0)) }
    let questions: [(Level, IntervalSet?)] = [
      (.family, family), (.outputInterface, bits(region.outputInterfaces)),
      (.inputInterface, bits(region.inputInterfaces)), (.uid, region.uids), (.gid, region.gids),
      (.transportProtocol, region.protocols), (.destinationPort, region.ports),
      (.sourcePort, region.sourcePorts), (.icmp, region.icmp),
    ]
    var all = arena.member
    for (level, set) in questions {
      if let set { all = arena.keep(packets(level, in: set), all) }
    }
    if let prefixes = region.destinations { all = arena.keep(packets(.destination, prefixes), all) }
    if let prefixes = region.sources { all = arena.keep(packets(.source, prefixes), all) }
    return FlowSet(space: self, diagram: all)
  }

  private func packets(_ level: Level, _ prefixes: [Prefix]) -> Diagram {
    func inside(_ family: Family) -> Diagram {
      packets(level, in: IntervalSet(prefixes.filter { $0.family == family }))
    }
    return node(
      .family, in: IntervalSet(Level.familyIndex(.ipv4)), inside: inside(.ipv4),
      outside: inside(.ipv6))
  }
}
