import Addresses
import Ruleset

extension Walk {
  /// The hook's NAT: the mapping that a connection has or, for its first packet, gets.
  ///
  /// A connection's destination is decided at its first packet's OUTPUT or PREROUTING and its
  /// source at POSTROUTING or INPUT, once each and even where no rule maps it (`nf_nat_inet_fn`'s
  /// null binding); so what comes back by `lo` is not asked again.
  mutating func mapConnection(by tiers: [HookOrder.Tier]) -> End? {
    guard hasConnection else { return nil }
    if hook.mapsDestination ? destinationIsDecided : sourceIsDecided { return nil }
    if packet.state == .established {
      if hook.mapsDestination { mapEstablished(by: tiers) }
      return nil
    }
    for tier in tiers {
      for chain in ordered(tier) {
        switch traverse(chain) {
        case .accepted: continue
        case .ended(let end): return end
        case .mapped(let mapping, let place):
          guard mapping.isOfDestination == hook.mapsDestination, mapping.fits(family) else {
            return End(
              outcome: .unknown("a mapping that this hook or family does not take"), by: place)
          }
          let before = packet.destination
          guard map(mapping, by: place) else { return End(outcome: .drop, by: place) }
          return isLooped && hook == .prerouting
            ? routeAnew(from: before, by: place)
            : isMartian ? End(outcome: .drop, by: place) : nil
        }
      }
    }
    return nil
  }

  /// False where REDIRECT finds no address to lead to.
  private mutating func map(_ mapping: NAT, by place: RulePlace) -> Bool {
    if mapping.isOfDestination { mapped = (mapping, place) }
    let network = simulator.network
    switch mapping.kind {
    case .redirect where hook == .output || isLooped && hasLoopbackAddressOnly:
      set(.destination, to: family.localhost)
    case .redirect where isLooped:
      // Of lo's addresses, of which Istio adds ::6, the kernel takes one of the destination's scope.
      leaveOpen(.destination, among: network.localAddresses(of: family))
    case .redirect:
      switch network.redirectTarget(of: family, in: packet.destination.scope) {
      case .address(let own): set(.destination, to: own)
      case .oneOf(let possible): leaveOpen(.destination, among: possible)
      case .nowhere: return false
      }
    case .masquerade:
      let destination = open[.destination] == nil ? packet.destination : nil
      if let own = network.masqueradeSource(of: family, to: destination, by: wayOut) {
        set(.source, to: own)
      } else {
        leaveOpen(.source, among: family.interfaceAddresses)
      }
    case .destination: pick(.destination, among: mapping.addresses)
    case .source: pick(.source, among: mapping.addresses)
    }
    pickPort(by: mapping)
    if hook == .output { reroute() }
    return true
  }

  /// Of IPv4, lo has 127.0.0.1; of IPv6, nothing else has the scope of ::1.
  private var hasLoopbackAddressOnly: Bool { family == .ipv4 || packet.destination.isLoopback }

  /// What came back by `lo` without a conntrack entry and was mapped now loses the route it came
  /// with; IPv4 then takes no packet of the host's own addresses in, not even from `lo`
  /// (`fib_validate_source`). (Measured.)
  private func routeAnew(from before: IPAddress, by place: RulePlace) -> End? {
    let local = simulator.network.addresses
    if open[.destination] != nil || packet.destination == before { return nil }
    let isOwn = packet.source.map(local.contains) ?? true
    if family == .ipv4, isOwn || packet.destination.isLoopback {
      return End(outcome: .drop, by: place)
    }
    if local.contains(packet.destination) { return nil }
    return End(
      outcome: .unknown("how what came back by lo is routed to another host is not modelled"),
      by: place)
  }

  /// Whether the mapping just made leads a packet over a wire with an address of lo alone.
  private var isMartian: Bool {
    switch hook {
    case .output: wayOut != .loopback && packet.source?.isMartianSource == true
    case .prerouting: open[.destination] == nil && packet.destination.isMartianDestination
    default: false
    }
  }

  private mutating func pick(_ field: Field, among addresses: ClosedRange<IPAddress>?) {
    guard let addresses else { return }
    if addresses.lowerBound == addresses.upperBound {
      set(field, to: addresses.lowerBound)
    } else {
      leaveOpen(field, among: IntervalSet([addresses.lowerBound.bits...addresses.upperBound.bits]))
    }
  }

  private mutating func pickPort(by mapping: NAT) {
    guard let ports = mapping.ports, packet.transport.hasPorts else { return }
    let field: Field = mapping.isOfDestination ? .destinationPort : .sourcePort
    let port = mapping.isOfDestination ? packet.destinationPort : packet.sourcePort
    if mapping.keeps(port: port), open[field] == nil { return }
    if ports.count > 1 {
      leaveOpen(field, among: IntervalSet([UInt128(ports.lowerBound)...UInt128(ports.upperBound)]))
    } else if field == .destinationPort {
      packet.destinationPort = ports.lowerBound
    } else {
      packet.sourcePort = ports.lowerBound
    }
  }

  private mutating func set(_ field: Field, to address: IPAddress) {
    open[field] = nil
    if field == .source { packet.source = address } else { packet.destination = address }
  }

  private mutating func leaveOpen(_ field: Field, among values: IntervalSet) {
    open[field] = (.mapped(field), values)
  }

  /// The destination that an established connection was mapped to when it was new, if any rule
  /// here could have mapped it.
  private mutating func mapEstablished(by tiers: [HookOrder.Tier]) {
    if let mapping {
      let isLocal = simulator.network.addresses.contains(mapping.address)
      mapped = (NAT(isLocal ? .redirect : .destination), nil)
      set(.destination, to: mapping.address)
      packet.destinationPort = mapping.port
    } else if tiers.contains(where: canMap) {
      mapped = (NAT(.destination), nil)
      leaveOpen(.destination, among: IntervalSet([family.addresses]))
      leaveOpen(.destinationPort, among: IntervalSet([0...65535]))
    } else {
      return
    }
    if hook == .output { reroute() }
  }

  private func canMap(_ tier: HookOrder.Tier) -> Bool {
    (tier.legacy + tier.native).contains {
      simulator.reach[$0.table][$0.chain].contains(.captures)
    }
  }
}
