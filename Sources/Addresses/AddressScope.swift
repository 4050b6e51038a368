/// How far an address reaches, as REDIRECT tells addresses apart (`ipv6_addr_scope` in
/// `nf_nat_redirect.c`): of IPv6 three scopes, and to the kernel everything else is global, unique local
/// addresses too. IPv4 is not asked.
///
/// In the order in which an interface lists its addresses (`ipv6_link_dev_addr`). (Measured.)
public enum AddressScope: Int, Hashable, Sendable, CaseIterable {
  case global, site, link, host

  /// Every address of IPv6 with this scope, as numbers.
  public var addresses: IntervalSet {
    switch self {
    case .global:
      let others = [Self.site, .link, .host].reduce(IntervalSet.empty) { $0.union($1.addresses) }
      return others.complement(in: IntervalSet([Family.ipv6.addresses]))
    case .site: return IntervalSet([unicast] + Self.multicast(5))
    case .link: return IntervalSet([unicast] + Self.multicast(2))
    case .host: return IntervalSet([unicast] + Self.multicast(1))
    }
  }

  /// Those among them that an interface can hold, or what encloses them.
  public var unicast: ClosedRange<UInt128> {
    switch self {
    case .global: Family.ipv6.addresses
    case .site: 0xFEC0 << 112...0xFEFF << 112 | UInt128.max >> 16
    case .link: 0xFE80 << 112...0xFEBF << 112 | UInt128.max >> 16
    case .host: Family.ipv6.loopback
    }
  }

  /// ff00::/8 keeps its scope in the last four bits of its first group, behind four flags.
  static func multicast(_ scope: UInt128) -> [ClosedRange<UInt128>] {
    (UInt128(0)...0xF).map { flags in
      let first = (0xFF00 | flags << 4 | scope) << 112
      return first...first | UInt128.max >> 16
    }
  }
}

extension IPAddress {
  public var scope: AddressScope {
    guard family == .ipv6 else { return .global }
    let group = UInt16(truncatingIfNeeded: bits >> 112)
    switch (group, group & 0xF) {
    case (0xFE80...0xFEBF, _), (0xFF00..., 2): return .link
    case (0xFEC0...0xFEFF, _), (0xFF00..., 5): return .site
    case (0xFF00..., 1): return .host
    default: return isLoopback ? .host : .global
    }
  }
}
