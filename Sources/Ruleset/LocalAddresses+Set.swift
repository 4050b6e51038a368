public import Addresses

extension LocalAddresses {
  /// The pod's own addresses of `family`, as numbers; loopback only where it is listed.
  public func set(of family: Family) -> IntervalSet {
    IntervalSet(addresses.filter { $0.family == family }.map { $0.bits...$0.bits })
  }
}
