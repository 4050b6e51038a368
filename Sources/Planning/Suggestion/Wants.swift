import Addresses
import PacketPath
import Ruleset

/// What an inventory wants, cut down to what an exclusion must do and must not do.
struct Wants: Sendable {
  /// Traffic that must bypass and does not yet: one port, at one prefix or at any address.
  struct Need: Hashable, Sendable {
    /// Its place in the inventory.
    var endpoint: Int
    var port: UInt16
    /// nil where any address is meant, which only the port can serve.
    var prefix: Prefix?
    /// Whether excluding the port, or a range, would let it bypass at all.
    var isServedByPort: Bool
    var isServedByRange: Bool
  }

  /// Traffic that must stay captured.
  struct Hold: Hashable, Sendable {
    var endpoint: Int
    var port: UInt16
    /// nil for any address.
    var prefix: Prefix?
    /// Whether an excluded range would take it out of capture: DNS capture comes before ranges.
    var isLostByRange: Bool
  }

  /// Traffic better left captured.
  struct Neutral: Hashable, Sendable {
    var endpoint: Int
    var port: UInt16
    var prefix: Prefix?
  }

  private(set) var needs: [Need] = []
  private(set) var holds: [Hold] = []
  private(set) var neutrals: [Neutral] = []
  /// Endpoints that bypass anyway, so that nothing need be done for them.
  private(set) var served: [Int] = []
  /// Captured wants that no exclusion can fulfil.
  private(set) var lost: [Impossibility] = []
  /// Addresses that somebody wants to bypass, or that bypass already, by family.
  private(set) var open: [Family: IntervalSet] = [:]

  /// - Parameters:
  ///   - kept: entries that stay excluded, whatever is suggested.
  init(_ endpoints: [Endpoint], in reach: CaptureReach, kept: Exclusion = Exclusion())
    throws(WantError)
  {
    guard !endpoints.isEmpty else { throw .noEndpoints }
    let ranges = Dictionary(grouping: kept.ranges, by: \.family).mapValues { IntervalSet($0) }
    let ports = Set(kept.ports)
    var wanted = Dictionary(grouping: kept.ranges, by: \.family)
    for (index, endpoint) in endpoints.enumerated() {
      for prefix in endpoint.prefixes {
        if let error = WantError(prefix, of: endpoint) { throw error }
      }
      switch endpoint.want {
      case .bypass:
        let found = Self.needs(of: endpoint, at: index, reach, ports: ports, ranges: ranges)
        if found.isEmpty { served.append(index) } else { needs += found }
        for prefix in endpoint.prefixes where endpoint.transport == .tcp {
          wanted[prefix.family, default: []].append(prefix)
        }
      case .captured: hold(endpoint, at: index, reach, kept, ranges)
      case .either:
        guard endpoint.transport == .tcp, !ports.contains(endpoint.port) else { continue }
        let prefixes = endpoint.prefixes.map { Optional($0.network) }
        for prefix in prefixes.isEmpty ? [nil] : prefixes {
          if let prefix, ranges[prefix.family]?.contains(prefix.range) == true { continue }
          neutrals.append(Neutral(endpoint: index, port: endpoint.port, prefix: prefix))
        }
      }
    }
    open = wanted.mapValues { IntervalSet($0) }
  }

  // MARK: - Bypass

  private static func needs(
    of endpoint: Endpoint, at index: Int, _ reach: CaptureReach, ports: Set<UInt16>,
    ranges: [Family: IntervalSet]
  ) -> [Need] {
    let isServedByPort = reach.portsExclude(endpoint.transport)
    if isServedByPort, ports.contains(endpoint.port) { return [] }
    func missing(_ family: Family) -> IntervalSet {
      let captured = reach.captured(endpoint.port, endpoint.transport, in: family)
      guard let kept = ranges[family], reach.writesRanges(of: family) else { return captured }
      return captured.subtracting(kept)
    }
    func need(_ prefix: Prefix?) -> Need {
      Need(
        endpoint: index, port: endpoint.port, prefix: prefix, isServedByPort: isServedByPort,
        isServedByRange: prefix.map { reach.rangesExclude(endpoint.port, to: $0) } ?? false)
    }
    if endpoint.prefixes.isEmpty {
      return Family.allCases.allSatisfy { missing($0).isEmpty } ? [] : [need(nil)]
    }
    return endpoint.prefixes.flatMap { prefix -> [Need] in
      let captured = reach.captured(endpoint.port, endpoint.transport, in: prefix.family)
      guard captured.overlaps(prefix.range) else { return [] }
      let whole = need(prefix.network)
      let kept = whole.isServedByRange ? ranges[prefix.family] : nil
      if captured.contains(prefix.range), kept?.overlaps(prefix.range) != true { return [whole] }
      let rest = captured.intersection(IntervalSet([prefix.range])).subtracting(kept ?? .empty)
      return Prefix.cover(of: rest, in: prefix.family).map(need)
    }
  }

  // MARK: - Captured

  private mutating func hold(
    _ endpoint: Endpoint, at index: Int, _ reach: CaptureReach, _ kept: Exclusion,
    _ ranges: [Family: IntervalSet]
  ) {
    if reach.portsExclude(endpoint.transport), kept.ports.contains(endpoint.port) {
      lost.append(.keptPort(endpoint.port, endpoint: index))
      return
    }
    let everywhere = Prefix(IPAddress(.ipv4, 0), length: 0)
    for prefix in endpoint.prefixes.isEmpty ? [everywhere] : endpoint.prefixes.map(\.network) {
      if let gap = reach.gap(endpoint.port, endpoint.transport, to: prefix) {
        lost.append(.neverCaptured(endpoint: index, because: gap.reason))
        return
      }
      let isLostByRange = reach.rangesExclude(endpoint.port, to: prefix)
      let isHit = ranges.contains { family, kept in
        endpoint.prefixes.isEmpty
          ? reach.writesRanges(of: family)
          : family == prefix.family && kept.overlaps(prefix.range)
      }
      if isHit, isLostByRange,
        let hit = kept.ranges.first(where: { endpoint.prefixes.isEmpty || $0.overlaps(prefix) })
      {
        lost.append(.keptRange(hit, endpoint: index))
        return
      }
      holds.append(
        Hold(
          endpoint: index, port: endpoint.port, prefix: endpoint.prefixes.isEmpty ? nil : prefix,
          isLostByRange: isLostByRange))
    }
  }
}

extension Prefix {
  fileprivate func overlaps(_ other: Prefix) -> Bool {
    family == other.family && range.overlaps(other.range)
  }
}
