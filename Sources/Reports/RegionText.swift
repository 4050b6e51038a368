import Addresses
public import FlowSets
import Probes
import Ruleset

/// Exact sets of packets in words: `tcp, every port but 22, leaving the pod`.
///
/// Values are listed, or those missing are where that is shorter.
public struct RegionText {
  private let universe: Universe
  private let isWhole: Bool

  /// Of a long cover as many regions are shown as fit a screen beside other covers, and of a long list
  /// of values as many as one takes in.
  private static let mostRegions = 12
  private static let mostValues = 24

  /// Words for regions of this universe; what all its packets have in common is not repeated.
  ///
  /// - Parameter isWhole: however many regions and values there are, all of them.
  public init(in universe: Universe, isWhole: Bool = true) {
    self.universe = universe
    self.isWhole = isWhole
  }

  /// One line, of any length.
  public func line(_ region: Region) -> String {
    sentence([subject(region) ?? family(region) + "everything"] + limits(region))
  }

  /// The same, to stand after 'only'.
  func restriction(_ region: Region) -> String {
    sentence((subject(region).map { [$0] } ?? []) + limits(region))
  }

  private func limits(_ region: Region) -> [String] {
    [
      region.destinations.map { addresses($0, region, "to") },
      region.sources.map { addresses($0, region, "from") },
      region.sourcePorts.map(sourcePorts),
      region.icmp.map(icmp), owners(region), place(region),
    ].compactMap(\.self)
  }

  private func sentence(_ parts: [String]) -> String {
    parts.dropFirst().reduce(parts.first ?? "") { line, part in
      // After a list, what follows would read as one more of it.
      let isPlace = ["to ", "from ", "leaving ", "inside "].contains(where: part.hasPrefix)
      return isPlace && !line.contains(",") && !line.contains("but")
        ? "\(line) \(part)" : "\(line), \(part)"
    }
  }

  /// A line of any length for each region, and one for those left out.
  func all(_ cover: [Region]) -> [String] {
    let shown = isWhole ? cover[...] : cover.prefix(Self.mostRegions)
    let more = cover.count - shown.count
    return shown.map(line) + (more > 0 ? ["and \(more) more (--all)"] : [])
  }

  /// The same, broken at 80 columns.
  public func lines(_ cover: [Region], indent: Int = 2) -> [String] {
    all(cover).flatMap { line in
      line.wrapped(to: 80 - indent - 2).enumerated().map { number, line in
        String(repeating: " ", count: number == 0 ? indent : indent + 2) + line
      }
    }
  }
}

// MARK: - Parts

extension RegionText {
  /// Family, protocol and ports; nil where both of the latter may be anything.
  private func subject(_ region: Region) -> String? {
    let protocols = region.protocols.map(protocols)
    guard let ports = region.ports else { return protocols.map { family(region) + $0 } }
    let text = self.ports(ports)
    if text.hasPrefix("every") {
      return family(region) + (protocols.map { "\($0), " } ?? "") + text
    }
    return "\(family(region))\(protocols ?? "port") \(text)"
  }

  private func family(_ region: Region) -> String {
    region.family.map { "\($0.title) " } ?? ""
  }

  private func protocols(_ set: IntervalSet) -> String {
    listed(set, in: 0...255, every: "every protocol", TransportProtocol.words)
  }

  private func ports(_ set: IntervalSet) -> String {
    listed(set, in: 0...65535, every: "every port")
  }

  private func sourcePorts(_ set: IntervalSet) -> String {
    let text = listed(set, in: 0...65535, every: "every source port")
    return text.hasPrefix("every") ? text : "source port \(text)"
  }

  private func icmp(_ set: IntervalSet) -> String {
    let every = "every type and code"
    let text = listed(set, in: 0...65535, every: every) { interval in
      func typeAndCode(_ value: UInt128) -> String { "\(value >> 8)/\(value & 255)" }
      return interval.isSingle
        ? typeAndCode(interval.lowerBound)
        : "\(typeAndCode(interval.lowerBound))-\(typeAndCode(interval.upperBound))"
    }
    return text.hasPrefix(every) ? text : "type and code \(text)"
  }

  private func addresses(_ prefixes: [Prefix], _ region: Region, _ way: String) -> String {
    let families = Dictionary(grouping: prefixes, by: \.family).sorted { $0.key < $1.key }
    return "\(way) "
      + families.flatMap { addresses($1, of: $0, region) }.joined(separator: " and ")
  }

  private func addresses(
    _ prefixes: [Prefix], of family: Family, _ region: Region
  ) -> [String] {
    let loopback = IntervalSet([family.loopback])
    let all = IntervalSet([family.addresses])
    let set = IntervalSet(prefixes)
    let leavesPod =
      universe.direction == .inbound || region.outputInterfaces?.contains(.loopback) == false
    // Beyond the pod there are no loopback addresses, which then need no word.
    let domain = leavesPod ? all.subtracting(loopback) : all
    let outside = set.subtracting(loopback)
    let inside = set.intersection(loopback)
    let inParts = [
      outside.isEmpty
        ? nil
        : spelled(outside, in: domain.subtracting(loopback), "anywhere beyond loopback", family),
      inside.isEmpty
        ? nil : spelled(inside, in: loopback, list(loopback, family), family),
    ].compactMap(\.self)
    let whole = spelled(set, in: domain, "anywhere", family)
    let isWhole = whole.count <= inParts.reduce(0) { $0 + $1.count }
    return (isWhole ? [whole] : inParts).map(\.text)
  }

  /// Prefixes, or where those are fewer what lacks of all in `domain`; and how many there are.
  private func spelled(
    _ set: IntervalSet, in domain: IntervalSet, _ every: String, _ family: Family
  ) -> (text: String, count: Int) {
    let rest = Prefix.cover(of: set.complement(in: domain), in: family)
    let these = Prefix.cover(of: set, in: family)
    if rest.isEmpty { return (every, 1) }
    return rest.count < these.count
      ? ("\(every) but \(list(rest))", rest.count + 1) : (list(these), these.count)
  }

  private func list(_ set: IntervalSet, _ family: Family) -> String {
    list(Prefix.cover(of: set, in: family))
  }

  private func list(_ prefixes: [Prefix]) -> String {
    joined(prefixes.map(\.short))
  }

  private func owners(_ region: Region) -> String? {
    let ids = [("uid", region.uids), ("gid", region.gids)].compactMap { name, set in
      set.map { (name: name, set: $0) }
    }
    guard !ids.isEmpty else { return nil }
    let isWithout = ids.contains { $0.set.contains(Owner.none) }
    let words = ids.compactMap { name, set -> String? in
      let real = set.intersection(Self.ids)
      if real.isEmpty || real == Self.ids { return nil }
      let text = listed(real, in: 0...Owner.none - 1, every: "any \(name)")
      return text.hasPrefix("any") ? text : "\(name) \(text)"
    }
    if words.isEmpty {
      let isWith = ids.contains { !$0.set.intersection(Self.ids).isEmpty }
      return isWith == isWithout ? nil : isWith ? "sent by a socket" : "sent by no socket"
    }
    return (words + (isWithout ? ["or no socket"] : [])).joined(separator: ", ")
  }

  private static let ids = IntervalSet([0...Owner.none - 1])

  private func place(_ region: Region) -> String? {
    if let names = region.outputInterfaces {
      if names == [.loopback] { return "inside the pod" }
      if Set(names) == Set(universe.interfaces) { return "leaving the pod" }
      return "out by \(names.map(\.description).joined(separator: " or "))"
    }
    return region.inputInterfaces.map {
      "in by \($0.map(\.description).joined(separator: " or "))"
    }
  }
}

// MARK: - Lists

extension RegionText {
  /// The values, or where those are fewer what they lack of `domain`.
  private func listed(
    _ set: IntervalSet, in domain: IntervalSet.Interval, every: String,
    _ word: (IntervalSet.Interval) -> String = \.words
  ) -> String {
    let rest = set.complement(in: IntervalSet([domain]))
    if rest.isEmpty { return every }
    if rest.intervals.count < set.intervals.count {
      return "\(every) but \(joined(rest.intervals.map(word)))"
    }
    return joined(set.intervals.map(word))
  }

  /// A short list as users type it, a long one so that lines can break.
  private func joined(_ items: [String]) -> String {
    guard !isWhole, items.count > Self.mostValues else {
      return items.joined(separator: items.count > 6 ? ", " : ",")
    }
    return items.prefix(Self.mostValues).joined(separator: ", ")
      + " and \(items.count - Self.mostValues) more (--all)"
  }
}
