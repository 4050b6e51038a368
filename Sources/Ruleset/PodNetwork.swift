public import Addresses

/// What routing knows of the pod: its own addresses, and the route that TPROXY needs.
public struct PodNetwork: Hashable, Sendable {
  /// The pod's own addresses. Without any, every inbound destination is local, and outbound only
  /// what leaves by `lo`.
  public var addresses: LocalAddresses
  /// Packets with this mark are routed to the pod itself, whatever their destination: Istio's
  /// TPROXY mode needs `ip rule add fwmark 1337 lookup 133` with `ip route add local default dev lo
  /// table 133`, and istio-iptables adds both.
  public var localMark: UInt32?
  /// Where packets leave for other hosts when nothing else says so.
  public var uplink: InterfaceName

  public init(
    _ addresses: LocalAddresses = LocalAddresses(), localMark: UInt32? = nil,
    uplink: InterfaceName = .firstEthernet
  ) {
    self.addresses = addresses
    self.localMark = localMark
    self.uplink = uplink
  }

  /// A pod with these rules: whoever wrote TPROXY rules also wrote the route for their mark.
  public init(_ addresses: LocalAddresses = LocalAddresses(), for ruleset: Ruleset) {
    self.init(addresses, localMark: ruleset.tproxyMark)
  }

  /// Whether a packet from outside for `address` is for the pod.
  public func acceptsInbound(_ address: IPAddress) -> Bool {
    addresses.addresses.isEmpty || addresses.contains(address)
  }

  /// The destinations of `family` that `acceptsInbound` holds for, as numbers.
  public func inboundAddresses(of family: Family) -> IntervalSet {
    addresses.addresses.isEmpty
      ? IntervalSet([family.addresses]) : localAddresses(of: family)
  }

  /// Loopback and the pod's own addresses, as numbers of `family`.
  public func localAddresses(of family: Family) -> IntervalSet {
    let own = addresses.addresses.filter { $0.family == family }.map { $0.bits...$0.bits }
    return IntervalSet(own + [family.loopback])
  }
}

extension PodNetwork {
  /// The source of a packet this pod sends, where there is only one it can be.
  ///
  /// To an address of its own it sends from that very address (the local route's preferred source,
  /// RFC 6724 rule 1), and within 127.0.0.0/8 from 127.0.0.1.
  public func onlySource(of packet: Packet) -> IPAddress? {
    if packet.outputInterface == .loopback {
      return packet.destination.isLoopback ? packet.family.localhost : packet.destination
    }
    let sources = sources(of: packet.family).intervals
    guard sources.count == 1, sources[0].lowerBound == sources[0].upperBound else { return nil }
    return IPAddress(packet.family, sources[0].lowerBound)
  }

  /// What the source of a packet that this pod sends can be, where nobody said.
  public func sources(of family: Family) -> IntervalSet {
    let own = addresses.addresses.filter { $0.family == family && !$0.isLoopback }
    if own.isEmpty { return family.foreignAddresses }
    return IntervalSet(own.map { $0.bits...$0.bits })
  }

  /// What the source of a packet that comes in by a wire can be.
  public func foreignSources(of family: Family) -> IntervalSet {
    let taken = IntervalSet([family.addresses]).subtracting(family.neverSources)
    return taken.subtracting(localAddresses(of: family))
  }
}

extension PodNetwork {
  /// What masquerade gives a packet for its source; absent where that is not known.
  ///
  /// IPv4 takes an address of the pod, whichever way the packet leaves, since those of `lo` have the
  /// scope of the host alone. IPv6 takes what suits the destination best, which is that itself where
  /// it is the pod's own (`nf_nat_masquerade.c`, `ipv6_dev_get_saddr`). (Measured.)
  ///
  /// - Parameter destination: absent where it is not known.
  public func masqueradeSource(
    of family: Family, to destination: IPAddress?, by wayOut: InterfaceName
  ) -> IPAddress? {
    guard family == .ipv6 else { return addresses.first(of: family) }
    guard let destination else { return nil }
    if addresses.contains(destination) { return destination }
    return wayOut == .loopback ? nil : addresses.first(of: family)
  }
}

extension Ruleset {
  /// The mark that the first TPROXY rule gives its packets; nil without such a rule.
  public var tproxyMark: UInt32? {
    tables.lazy.flatMap(\.chains).flatMap(\.rules).compactMap(\.tproxyMark).first
  }
}

extension Rule {
  fileprivate var tproxyMark: UInt32? {
    var mark: UInt32?
    var isTPROXY = false
    for case .effect(let effect) in steps {
      switch effect {
      case .tproxy: isTPROXY = true
      case .mark(let assignment) where assignment.target == .packet: mark = assignment.constant
      default: break
      }
    }
    return isTPROXY ? mark : nil
  }
}
