import Addresses
public import FlowSets
import Istio
import PacketPath
public import Ruleset

/// What a suggestion does, worked out from the rules Istio would write and not from the way it was
/// found: exactly, for all packets of apps to other hosts.
public struct SuggestionCheck {
  /// App traffic that is wanted to bypass and does not.
  public var missing: [Region]
  /// App traffic that is wanted captured and is not.
  public var lost: [Region]
  /// App traffic that bypasses because of the exclusion.
  public var gained: [Region]
  /// What of it nobody asked for; nil where it is too much to be told from what was asked for, as
  /// with a thousand ranges and as many ports.
  public var collateral: [Region]?
  /// The proxy's own traffic whose fate changes, from and to.
  public var ofProxy: [FateChange]
  /// Queries that DNS capture took, and what takes them now.
  public var ofDNS: [FateChange]

  public struct FateChange: Hashable, Sendable {
    public var from: Fate
    public var to: Fate
    public var regions: [Region]
  }

  public var holds: Bool { missing.isEmpty && lost.isEmpty }

  /// Compares the rules of what is kept with those of the suggestion.
  ///
  /// - Throws: `FlowError` where the rules are too many for an exact answer.
  public init(
    _ found: Suggestion.Found, of suggestion: Suggestion, local: LocalAddresses = LocalAddresses()
  ) throws {
    let families = suggestion.families.isEmpty ? Family.allCases : suggestion.families
    let new = try found.settings.ruleset
    let old = try found.settings.excluding(suggestion.kept, endingLists: true).ruleset
    let space = FlowSpace(for: [old, new], in: PodNetwork(local, for: new))
    let before = try space.flows(of: old, .outbound)
    let after = try space.flows(of: new, .outbound)

    func packets(_ sender: Universe.Sender) -> FlowSet {
      var universe = Universe(
        .outbound, families: families, sender: sender, proxy: found.settings.proxyOwner)
      if sender == .app {
        universe.gids = found.settings.capturedGroups
        universe.destinations = families.flatMap { family in
          Prefix.cover(of: family.unicast.subtracting(local.set(of: family)), in: family)
        }
      }
      return space.packets(in: universe)
    }
    let apps = packets(.app)
    let bypassing = after.packets(.bypass, in: apps)
    let wanted = space.packets(wanting: .bypass, in: suggestion).intersection(apps)
    let held = space.packets(wanting: .captured, in: suggestion).intersection(apps)
    missing = wanted.subtracting(bypassing).cover(in: apps)
    lost = held.intersection(bypassing).cover(in: apps)
    let changes = before.changes(to: after, in: apps)
    let more = changes.filter { $0.to == .bypass && $0.from != .bypass }
      .reduce(space.emptySet) { $0.union($1.set) }
    gained = more.cover(in: apps)
    let proxy = packets(.proxy)
    ofProxy = before.changes(to: after, in: proxy).map {
      FateChange(from: $0.from, to: $0.to, regions: $0.set.cover(in: proxy))
    }
    ofDNS = changes.filter { $0.from == .dns }.map {
      FateChange(from: $0.from, to: $0.to, regions: $0.set.cover(in: apps))
    }
    try space.checkBudget("the check of the suggestion")
    // Last, for it alone grows with ports × ranges.
    let unasked = more.subtracting(wanted).cover(in: apps)
    collateral = space.isExhausted ? nil : unasked
  }
}

extension FlowSpace {
  /// The traffic to all endpoints of one want. Those without an address are at any address of the
  /// families that have rules.
  fileprivate func packets(wanting want: Endpoint.Want, in suggestion: Suggestion) -> FlowSet {
    struct Service: Hashable {
      var transport: TransportProtocol
      var port: UInt16
    }
    var prefixes: [Service: [Prefix]] = [:]
    var services: [Service] = []
    for endpoint in suggestion.endpoints where endpoint.want == want {
      let service = Service(transport: endpoint.transport, port: endpoint.port)
      if prefixes[service] == nil { services.append(service) }
      let everywhere = suggestion.families.map { Prefix(IPAddress($0, 0), length: 0) }
      prefixes[service, default: []] +=
        endpoint.prefixes.isEmpty ? everywhere : endpoint.prefixes
    }
    return union(
      of: services.map { service in
        var region = Region()
        region.protocols = IntervalSet(UInt128(service.transport.rawValue))
        region.ports = IntervalSet(UInt128(service.port))
        region.destinations = prefixes[service]
        return packets(in: region)
      })
  }
}

extension PlanSettings {
  /// The groups whose traffic is captured, where not all are: names without a number are left out.
  fileprivate var capturedGroups: IntervalSet? {
    guard let config = capture.config else { return nil }
    if config.ownerGroupsInclude != "*" { return IntervalSet(ids: config.ownerGroupsInclude) }
    let excluded = IntervalSet(ids: config.ownerGroupsExclude)
    return excluded.isEmpty
      ? nil : excluded.complement(in: IntervalSet([0...UInt128(UInt32.max)]))
  }
}
