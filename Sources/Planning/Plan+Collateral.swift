public import Addresses
public import FlowSets
import Istio
public import PacketPath
import Ruleset

extension Plan {
  /// Everything that bypasses because of the exclusions: what was captured, or went to the agent's
  /// DNS proxy, if nothing were excluded; for app traffic to any address, exactly.
  ///
  /// - Throws: `FlowError` where the rules are too many for an exact answer; `Refusal` or `ReadError`
  ///   where without the exclusions Istio would write no rules that load.
  public static func collateral(
    of settings: PlanSettings, under simulator: Simulator, families: [Family]
  ) throws -> [Region] {
    guard settings.excludesAnything else { return [] }
    let baseline = try settings.excluding(Exclusion(), endingLists: true).ruleset
    let space = FlowSpace(for: [baseline, simulator.ruleset], in: simulator.network)
    let universe = space.packets(
      in: Universe(.outbound, families: families, sender: .app, proxy: settings.proxyOwner))
    let before = try space.flows(of: baseline, .outbound)
    let after = try space.flows(of: simulator.ruleset, .outbound)
    let collateral = before.changes(to: after, in: universe).filter { $0.to == .bypass }
      .flatMap { $0.set.cover(in: universe) }
    try space.checkBudget("what else bypasses")
    return collateral
  }
}

extension Plan {
  /// What else bypasses by the exclusion that lets an endpoint's traffic pass: the regions of the
  /// collateral that hold some of it, of its port and of the ranges it is in. Empty where it would
  /// bypass without any.
  public func collateral(of answer: Answer) -> [Region] {
    let passing = answer.parts.filter { $0.outcome.fate == .bypass }
    guard !passing.isEmpty else { return [] }
    let own = ranges.map(\.prefix).filter { passing.reach($0) }
    return collateral.compactMap { $0.around(answer.endpoint, passing, in: own) }
  }
}

extension Region {
  /// - Parameter ranges: Excluded ones that hold some of the endpoint's traffic: a cover may join them
  ///   with their neighbours.
  fileprivate func around(
    _ endpoint: Endpoint, _ parts: [EndpointJudge.Part], in ranges: [Prefix]
  ) -> Region? {
    let parts = parts.filter { family ?? $0.family == $0.family }
    guard !parts.isEmpty, protocols?.contains(UInt128(endpoint.transport.rawValue)) ?? true,
      ports?.contains(UInt128(endpoint.port)) ?? true
    else { return nil }
    var region = self
    if ports != nil { region.ports = IntervalSet(UInt128(endpoint.port)) }
    guard let destinations else { return region }
    let held = destinations.filter { parts.reach($0) }
    region.destinations = Family.allCases.flatMap { family in
      let all = IntervalSet(held.filter { $0.family == family })
      let own = all.intersection(IntervalSet(ranges.filter { $0.family == family }))
      return Prefix.cover(of: own.isEmpty ? all : own, in: family)
    }
    return held.isEmpty ? nil : region
  }
}

extension [EndpointJudge.Part] {
  fileprivate func reach(_ prefix: Prefix) -> Bool {
    contains { $0.family == prefix.family && $0.destinations.overlaps(prefix.range) }
  }
}

extension PlanSettings {
  var excludesAnything: Bool { !excludedPorts.isEmpty || !excludedRanges.isEmpty }

  /// The first of the proxy's users and groups.
  var proxyOwner: Owner {
    func first(_ set: IntervalSet) -> UInt32 {
      set.intervals.first.map { UInt32(truncatingIfNeeded: $0.lowerBound) } ?? 1337
    }
    return Owner(uid: first(proxies.uids), gid: first(proxies.gids))
  }

  /// The rules these settings make; none in interception mode NONE.
  var ruleset: Ruleset {
    get throws { try capture.rules(backend)?.ruleset(owners: owners) ?? Ruleset() }
  }
}
