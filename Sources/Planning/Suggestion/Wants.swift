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
    /// Whether excluding the port, or a range, would take any of it out of capture.
    var isLostByPort: Bool
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
          if let prefix {
            if ranges[prefix.family]?.contains(prefix.range) == true { continue }
            let fates = reach.fates(endpoint.port, endpoint.transport, in: prefix.family)
            if fates?.passing.contains(prefix.range) == true { continue }
          }
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
    let isPortKept = ports.contains(endpoint.port)
    func need(_ prefix: Prefix?, _ isServedByPort: Bool, _ isServedByRange: Bool) -> Need {
      Need(
        endpoint: index, port: endpoint.port, prefix: prefix, isServedByPort: isServedByPort,
        isServedByRange: isServedByRange)
    }
    /// What of some addresses neither passes nor is served by what is kept.
    func missing(_ addresses: IntervalSet, _ fates: CaptureReach.Fates, _ family: Family)
      -> IntervalSet
    {
      var missing = addresses.subtracting(fates.passing)
      if isPortKept { missing = missing.subtracting(fates.passingByPort) }
      guard let kept = ranges[family] else { return missing }
      return missing.subtracting(kept.intersection(fates.passingByRange))
    }
    if endpoint.prefixes.isEmpty {
      let parts = reach.families.compactMap {
        family -> (missing: IntervalSet, byPort: IntervalSet)? in
        guard let fates = reach.fates(endpoint.port, endpoint.transport, in: family) else {
          return nil
        }
        let servers = family.unicast.subtracting(reach.own(family))
        return (missing(servers, fates, family), fates.passingByPort)
      }.filter { !$0.missing.isEmpty }
      if parts.isEmpty { return [] }
      return [need(nil, parts.allSatisfy { $0.missing.isSubset(of: $0.byPort) }, false)]
    }
    return endpoint.prefixes.flatMap { prefix -> [Need] in
      let family = prefix.family
      guard let fates = reach.fates(endpoint.port, endpoint.transport, in: family) else {
        return []
      }
      let range = prefix.range
      // The usual case, without a set of its own: all of it is captured, and nothing is kept.
      if !isPortKept, ranges[family]?.overlaps(range) != true, !fates.passing.overlaps(range),
        fates.passingByPort.contains(range), fates.passingByRange.contains(range)
      {
        return [need(prefix.network, true, true)]
      }
      let missing = missing(reach.meant(prefix), fates, family)
      return [(true, true), (true, false), (false, true), (false, false)].flatMap { port, range in
        let all = IntervalSet([family.addresses])
        let byPort = port ? fates.passingByPort : fates.passingByPort.complement(in: all)
        let byRange = range ? fates.passingByRange : fates.passingByRange.complement(in: all)
        let part = missing.intersection(byPort).intersection(byRange)
        return Prefix.cover(of: part, in: family).map { need($0, port, range) }
      }
    }
  }

  // MARK: - Captured

  private mutating func hold(
    _ endpoint: Endpoint, at index: Int, _ reach: CaptureReach, _ kept: Exclusion,
    _ ranges: [Family: IntervalSet]
  ) {
    let isAnywhere = endpoint.prefixes.isEmpty
    let families = reach.families.isEmpty ? [Family.ipv4] : reach.families.sorted()
    let everywhere = families.map { Prefix(IPAddress($0, 0), length: 0) }
    let prefixes = isAnywhere ? everywhere : endpoint.prefixes.map(\.network)
    for prefix in prefixes {
      if let gap = reach.gap(endpoint.port, endpoint.transport, to: prefix) {
        lost.append(.neverCaptured(endpoint: index, because: gap.reason))
        return
      }
    }
    var found: [Hold] = []
    for prefix in prefixes {
      guard let fates = reach.fates(endpoint.port, endpoint.transport, in: prefix.family) else {
        continue
      }
      let servers = reach.meant(prefix).intersection(
        prefix.family.unicast.union(reach.own(prefix.family)))
      let byPort = servers.intersection(fates.passingByPort)
      let byRange = servers.intersection(fates.passingByRange)
      if !byPort.isEmpty, kept.ports.contains(endpoint.port) {
        lost.append(.keptPort(endpoint.port, endpoint: index))
        return
      }
      let hit = kept.ranges.first { $0.family == prefix.family && byRange.overlaps($0.range) }
      if let hit {
        lost.append(.keptRange(hit, endpoint: index))
        return
      }
      found.append(
        Hold(
          endpoint: index, port: endpoint.port, prefix: isAnywhere ? nil : prefix,
          isLostByPort: !byPort.isEmpty, isLostByRange: !byRange.isEmpty))
    }
    holds += isAnywhere ? found.suffix(1) : found
  }
}
