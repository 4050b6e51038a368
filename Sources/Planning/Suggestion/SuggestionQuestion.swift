import Addresses
import Istio
import Ruleset

/// Endpoints, what is captured of them, and what is preferred: all that an exclusion depends on.
struct SuggestionQuestion: Sendable {
  var endpoints: [Endpoint]
  var reach: CaptureReach
  var kept: Exclusion
  var preferences: SuggestionPreferences

  func answer(in settings: PlanSettings) throws -> Suggestion.Answer {
    let (wants, obstruction) = try looked()
    if let refusal = try refusal(wants, obstruction) { return .impossible(refusal) }
    let smallest = SmallestExclusion(wants, obstruction, preferences, families: reach.families)
    return .exclusion(try found(wants, smallest, in: settings))
  }

  /// The least exclusion; nil where there is none.
  func least() throws(WantError) -> Exclusion? {
    let (wants, obstruction) = try looked()
    guard wants.lost.isEmpty, obstruction.conflicts.isEmpty else { return nil }
    return SmallestExclusion(wants, obstruction, preferences, families: reach.families).exclusion
  }

  private func looked() throws(WantError) -> (Wants, Obstruction) {
    let wants = try Wants(endpoints, in: reach, kept: kept)
    return (wants, Obstruction(wants, neverPorts: preferences.neverPorts))
  }
}

// MARK: - What is found

extension SuggestionQuestion {
  func found(
    _ wants: Wants, _ smallest: SmallestExclusion, in settings: PlanSettings
  ) throws -> Suggestion.Found {
    let exclusion = smallest.exclusion
    let risks = risks(of: exclusion)
    var careful = self
    careful.preferences.neverPorts.formUnion(risks.map(\.port))
    let variant: Suggestion.Variant? =
      risks.isEmpty ? nil : try careful.least().map { .exclusion($0) } ?? Suggestion.Variant.none
    return Suggestion.Found(
      exclusion: exclusion, settings: try self.settings(excluding: exclusion, from: settings),
      packing: smallest.packing.map { need, share in
        Suggestion.Packed(
          endpoint: need.endpoint, port: need.port, prefix: need.prefix, share: share)
      }.sorted { ($0.endpoint, $0.port) < ($1.endpoint, $1.port) },
      served: wants.served, neutralsHit: neutralsHit(by: exclusion, wants), risks: risks,
      withoutRisks: variant)
  }

  private func neutralsHit(by exclusion: Exclusion, _ wants: Wants) -> [Int] {
    let ports = Set(exclusion.ports)
    let ranges = Dictionary(grouping: exclusion.ranges, by: \.family)
      .mapValues { IntervalSet($0) }
    let hit = wants.neutrals.filter { neutral in
      ports.contains(neutral.port)
        || neutral.prefix.map { ranges[$0.family]?.overlaps($0.range) ?? false } ?? false
    }
    return Set(hit.map(\.endpoint)).sorted()
  }

  private func risks(of exclusion: Exclusion) -> [Suggestion.Risk] {
    var others: [UInt16: Int] = [:]
    for (index, endpoint) in endpoints.enumerated().reversed()
    where endpoint.want != .bypass && endpoint.transport == .tcp {
      others[endpoint.port] = index
    }
    return exclusion.ports.compactMap { port in
      let reason: Suggestion.Risk.Reason
      switch port {
      case 80, 443, 8080, 8443: reason = .common
      case 53: reason = .dns
      case 15001...15090: reason = .istio
      default:
        guard let other = others[port] else { return nil }
        reason = .endpoint(other)
      }
      return Suggestion.Risk(port: port, reason: reason)
    }
  }

  /// The pod's settings with the kept entries and the new ones in its annotations.
  private func settings(
    excluding exclusion: Exclusion, from settings: PlanSettings
  ) throws -> PlanSettings {
    let all = kept.union(exclusion)
    let plain = try settings.excluding(all)
    // Without an annotation the mesh-wide list, or the CNI plugin's default, holds; an empty one
    // ends it. That is needed only where the list lets somebody bypass who must not.
    var inherited = Exclusion(of: plain)
    if !all.ports.isEmpty { inherited.ports = [] }
    if !all.ranges.isEmpty { inherited.ranges = [] }
    if inherited.isEmpty { return plain }
    guard try !Wants(endpoints, in: reach, kept: inherited).lost.isEmpty else { return plain }
    return try settings.excluding(all, endingLists: true)
  }
}

extension PlanSettings {
  /// The same pod with these outbound exclusions in its annotations and no others.
  ///
  /// - Parameter endingLists: whether a list without an entry is written as an empty annotation, which
  ///   ends the mesh-wide one.
  func excluding(_ exclusion: Exclusion, endingLists: Bool = false) throws(Refusal) -> PlanSettings
  {
    let lists: [(TrafficSetting, String)] = [
      (.excludeOutboundPorts, exclusion.ports.map(String.init).joined(separator: ",")),
      (.excludeOutboundIPRanges, exclusion.ranges.map(\.description).joined(separator: ",")),
    ]
    var settings = self
    for (setting, list) in lists {
      settings.pod.annotations[setting.annotation] = list.isEmpty && !endingLists ? nil : list
    }
    if isWholeConfig, var config = capture.config {
      config.outboundPortsExclude = lists[0].1
      config.outboundIPRangesExclude = lists[1].1
      settings.capture = SidecarCapture(config, version: capture.version)
    } else {
      settings.capture = try SidecarCapture(
        settings.pod, version: capture.version, install: capture.install)
    }
    return settings
  }
}
