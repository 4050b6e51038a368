extension Family {
  /// 127.0.0.0/8 or ::1.
  public var loopback: ClosedRange<UInt128> {
    self == .ipv4 ? 0x7F00_0000...0x7FFF_FFFF : 1...1
  }

  /// 127.0.0.1 or ::1.
  public var localhost: IPAddress {
    IPAddress(self, self == .ipv4 ? 0x7F00_0001 : 1)
  }

  /// All but loopback.
  public var foreignAddresses: IntervalSet {
    IntervalSet([loopback]).complement(in: IntervalSet([addresses]))
  }

  /// 224.0.0.0/4 or ff00::/8.
  public var multicast: ClosedRange<UInt128> {
    self == .ipv4 ? 0xE000_0000...0xEFFF_FFFF : 0xFF << 120...UInt128.max
  }

  /// 255.255.255.255; IPv6 has none.
  public var limitedBroadcast: IntervalSet {
    self == .ipv4 ? IntervalSet(0xFFFF_FFFF) : .empty
  }

  /// What nothing on a wire is for: loopback, and multicast of IPv6 that keeps to its interface or has
  /// the reserved scope 0 (RFC 4291 2.7).
  public var neverDestinations: IntervalSet {
    guard self == .ipv6 else { return IntervalSet([loopback]) }
    return IntervalSet([loopback] + [0, 1].flatMap { AddressScope.multicast($0) })
  }

  /// What no host on a wire can have: loopback, multicast, broadcast.
  public var neverSources: IntervalSet {
    IntervalSet([loopback, multicast]).union(limitedBroadcast)
  }

  /// What an interface other than `lo` can hold.
  public var interfaceAddresses: IntervalSet {
    neverSources.union(IntervalSet(0)).complement(in: IntervalSet([addresses]))
  }
}
