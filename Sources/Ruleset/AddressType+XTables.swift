public import Addresses

extension AddressType {
  /// What xt_addrtype matches where a rule asks for `types`.
  ///
  /// In IPv4 any of them will do. In IPv6 (`match_type6`) each is a condition of its own, and UNICAST
  /// holds for every address that is neither multicast nor `::`, local ones among them. (Measured.)
  public static func matchedByXTables(_ types: some Sequence<AddressType>, in family: Family)
    -> IntervalSet
  {
    let sets = types.map { type in
      let isUnicastToo = family == .ipv6 && type == .unicast
      return IntervalSet(
        (isUnicastToo ? [.unicast, .local, .anycast, .unreachable] : [type]).map {
          UInt128($0.rawValue)...UInt128($0.rawValue)
        })
    }
    guard family == .ipv6, let first = sets.first else {
      return sets.reduce(.empty) { $0.union($1) }
    }
    return sets.dropFirst().reduce(first) { $0.intersection($1) }
  }
}
