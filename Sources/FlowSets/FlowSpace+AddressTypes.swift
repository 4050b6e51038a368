import Addresses
import Ruleset

/// What routing says of addresses needs no level: it follows from the address and from what the pod
/// holds, and where that is not enough, from the packet's way.
extension FlowSpace {
  /// Where nobody said what the pod's addresses are, what it sends comes from one of them.
  func sources(ofTypes types: IntervalSet) -> Diagram {
    let isSent = packets(.inputInterface, in: IntervalSet(0).union(Self.loopback))
    return eachFamily { family in
      let told = addresses(ofTypes: types, family)
      guard network.addresses.addresses.isEmpty else { return packets(.source, in: told) }
      let all = types.contains(.local) ? IntervalSet([family.addresses]) : .empty
      return arena.choose(isSent, packets(.source, in: all), packets(.source, in: told))
    }
  }

  /// Routing has found a destination to be the pod's own where the packet came in, or is sent, by `lo`;
  /// and what arrives is for the pod where nobody said what its addresses are.
  func destinations(ofTypes types: IntervalSet) -> Diagram {
    let isLooped = packets(.inputInterface, in: Self.loopback)
    let isSent = packets(.inputInterface, is: 0)
    let sentByLoopback = [
      packets(.destinationMapped, is: 0), packets(.route, is: Level.asSent),
      packets(.outputInterface, in: Self.loopback), isSent,
    ].reduce(arena.member) { arena.keep($1, $0) }
    var isOwn = arena.union(isLooped, sentByLoopback)
    if network.addresses.addresses.isEmpty {
      isOwn = arena.union(isOwn, arena.remove(isSent, arena.member))
    }
    return eachFamily { family in
      let told = packets(.destination, in: addresses(ofTypes: types, family))
      let own = packets(.destination, in: addresses(ofTypes: types, family, areOwn: true))
      return told == own ? told : arena.choose(isOwn, own, told)
    }
  }

  private func eachFamily(_ packets: (Family) -> Diagram) -> Diagram {
    Family.allCases.reduce(.nothing) { all, family in
      let here = self.packets(.family, is: Level.familyIndex(family))
      return arena.union(all, arena.keep(here, packets(family)))
    }
  }

  /// The set form of `LocalAddresses.type(of:)`.
  ///
  /// - Parameter areOwn: unicast addresses are the pod's.
  private func addresses(
    ofTypes types: IntervalSet, _ family: Family, areOwn: Bool = false
  ) -> IntervalSet {
    let special: [(AddressType, IntervalSet)] = [
      (.local, network.localAddresses(of: family)),
      (.broadcast, family.limitedBroadcast),
      (.multicast, IntervalSet([family.multicast])),
    ]
    var rest = IntervalSet([family.addresses])
    var found = IntervalSet.empty
    for (type, addresses) in special {
      let here = rest.intersection(addresses)
      rest = rest.subtracting(addresses)
      if types.contains(type) { found = found.union(here) }
    }
    return types.contains(areOwn ? .local : .unicast) ? found.union(rest) : found
  }

  private static let loopback = IntervalSet(InterfaceName.loopback.bits)
}

extension IntervalSet {
  fileprivate func contains(_ type: AddressType) -> Bool { contains(UInt128(type.rawValue)) }
}
