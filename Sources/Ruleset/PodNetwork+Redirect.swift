public import Addresses

extension PodNetwork {
  /// Where REDIRECT leads what comes in from outside.
  public enum RedirectTarget: Hashable, Sendable {
    case address(IPAddress)
    /// An address of the pod that nobody told; among these.
    case oneOf(IntervalSet)
    /// To no address, and so the packet is dropped.
    case nowhere
  }

  /// What REDIRECT in PREROUTING gives a packet of `family` whose destination has this scope.
  ///
  /// Of IPv4 the interface's first address. Of IPv6 the first that has the destination's scope, or for
  /// a global one the first of all; every interface has one of the link, whether it is told or not
  /// (`nf_nat_redirect.c`). (Measured.) What is for a host alone comes in by no wire, and is not told
  /// apart from what is global.
  public func redirectTarget(of family: Family, in scope: AddressScope) -> RedirectTarget {
    let isBounded = scope == .site || scope == .link
    if addresses.addresses.isEmpty {
      return .oneOf(
        isBounded ? IntervalSet([scope.unicast]) : family.interfaceAddresses)
    }
    let own = addresses.addresses.filter { $0.family == family && !$0.isLoopback }
    let scopes = isBounded ? [scope] : AddressScope.allCases
    let first = scopes.lazy.compactMap { scope in own.first { $0.scope == scope } }.first
    if let first { return .address(first) }
    return scope == .link && !own.isEmpty ? .oneOf(IntervalSet([scope.unicast])) : .nowhere
  }
}
