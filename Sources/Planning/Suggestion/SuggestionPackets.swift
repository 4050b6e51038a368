import Addresses
import FlowSets
import PacketPath
import Ruleset

/// The packets that a suggestion is held against, as sets.
struct SuggestionPackets {
  private let space: FlowSpace
  private let families: [Family]
  private let suggestion: Suggestion
  private let proxy: Owner
  private let local: LocalAddresses

  init(
    in space: FlowSpace, _ families: [Family], of suggestion: Suggestion, _ settings: PlanSettings,
    _ local: LocalAddresses
  ) {
    self.space = space
    self.families = families
    self.suggestion = suggestion
    self.local = local
    proxy = settings.proxyOwner
  }

  /// What the apps in the suggestion's scope send to other hosts.
  var apps: FlowSet {
    packets(
      to: families.flatMap { family in
        Prefix.cover(of: family.unicast.subtracting(own(family)), in: family)
      })
  }

  var ofProxy: FlowSet {
    space.packets(
      in: Universe(.outbound, families: families, sender: .proxy, proxy: proxy))
  }

  /// The traffic to all endpoints of one want, those in the pod among them. Endpoints without an
  /// address are at any address outside.
  func wanting(_ want: Endpoint.Want) -> FlowSet {
    let asked = suggestion.endpoints.filter { $0.want == want }
    let outside = services(of: asked) { endpoint in
      let everywhere = families.map { Prefix(IPAddress($0, 0), length: 0) }
      return endpoint.prefixes.isEmpty ? everywhere : endpoint.prefixes.filter { !isInside($0) }
    }.intersection(apps)
    let inside = asked.flatMap(\.prefixes).filter(isInside)
    if inside.isEmpty { return outside }
    let toItself = services(of: asked) { $0.prefixes.filter(isInside) }
      .intersection(packets(to: inside)).intersection(asTheyLeave)
    return outside.union(toItself)
  }

  /// First packets of the apps in scope to these addresses.
  private func packets(to destinations: [Prefix]) -> FlowSet {
    var universe = Universe(
      .outbound, families: families, sender: .app, proxy: proxy, destinations: destinations)
    universe.uids = suggestion.scope.uids
    universe.gids = suggestion.scope.gids
    return space.packets(in: universe)
  }

  /// Packets within the pod from the address the kernel gives them: to an address of the pod's own
  /// from that, within loopback from localhost.
  private var asTheyLeave: FlowSet {
    let pairs =
      families.map { (Prefix.cover(of: IntervalSet([$0.loopback]), in: $0), $0.localhost) }
      + local.addresses.filter { !$0.isLoopback }.map { ([Prefix($0)], $0) }
    return space.union(
      of: pairs.map { destinations, source in
        var region = Region()
        region.destinations = destinations
        region.sources = [Prefix(source)]
        return space.packets(in: region)
      })
  }

  private func own(_ family: Family) -> IntervalSet {
    PodNetwork(local).localAddresses(of: family)
  }

  private func isInside(_ prefix: Prefix) -> Bool { own(prefix.family).contains(prefix.range) }

  /// The traffic to those prefixes of each endpoint, on its own port.
  private func services(
    of endpoints: [Endpoint], at places: (Endpoint) -> [Prefix]
  ) -> FlowSet {
    var prefixes: [CaptureReach.Service: [Prefix]] = [:]
    var services: [CaptureReach.Service] = []
    for endpoint in endpoints {
      let service = CaptureReach.Service(port: endpoint.port, transport: endpoint.transport)
      if prefixes[service] == nil { services.append(service) }
      prefixes[service, default: []] += places(endpoint)
    }
    return space.union(
      of: services.map { service in
        var region = Region()
        region.protocols = IntervalSet(UInt128(service.transport.rawValue))
        region.ports = IntervalSet(UInt128(service.port))
        region.destinations = prefixes[service]
        return space.packets(in: region)
      })
  }
}
