import Addresses
public import FlowSets
public import Ruleset

/// A set of packets as people take it in: how many, which, and one of them.
public struct Traffic: Hashable, Sendable {
  /// Combinations of everything a packet has, exactly.
  public let count: Count
  /// All of them and no others, in as few regions as read well.
  public let cover: [Region]
  public let witness: Packet

  /// Nil for the empty set. `all` must hold `set` and be of `universe`.
  init?(_ set: FlowSet, in all: FlowSet, of universe: Universe) {
    guard let witness = Self.witness(of: set, universe.direction) else { return nil }
    count = set.count()
    cover = set.cover(in: all).withoutFamilies(universe.families)
    self.witness = witness
  }

  /// One that people recognise; within the pod also one as the kernel sends it, from the address it
  /// goes to.
  private static func witness(of set: FlowSet, _ direction: Direction) -> Packet? {
    var preferences = WitnessPreferences(direction, in: set.space.network)
    guard let witness = set.witness(preferences), witness.outputInterface == .loopback else {
      return set.witness(preferences)
    }
    preferences.sources = [
      witness.destination.isLoopback
        ? IPAddress(witness.family, witness.family == .ipv4 ? 0x7F00_0001 : 1)
        : witness.destination
    ]
    var inside = Region()
    inside.outputInterfaces = [.loopback]
    return set.intersection(set.space.packets(in: inside)).witness(preferences) ?? witness
  }
}

extension [Region] {
  /// Regions of which there is one for each of the families become one for all.
  fileprivate func withoutFamilies(_ families: [Family]) -> [Region] {
    // Addresses are of one family anyway.
    let addressless = Set(lazy.filter { $0.destinations == nil && $0.sources == nil })
    return compactMap { region in
      guard let family = region.family, addressless.contains(region) else { return region }
      var whole = region
      let isShared = families.allSatisfy { family in
        whole.family = family
        return addressless.contains(whole)
      }
      guard isShared else { return region }
      whole.family = nil
      return family == families.first ? whole : nil
    }
  }
}

extension WitnessPreferences {
  /// The pod has its own addresses, or else some; others have others.
  fileprivate init(_ direction: Direction, in network: PodNetwork) {
    self.init()
    let own =
      network.addresses.addresses + ["10.244.1.5", "2001:db8::5"].compactMap { IPAddress($0) }
    let others = ["10.20.30.40", "203.0.113.10", "2001:db8::10"].compactMap { IPAddress($0) }
    let loopback = ["127.0.0.1", "127.0.0.2", "::1"].compactMap { IPAddress($0) }
    switch direction {
    case .outbound:
      destinations = others + loopback
      sources = own + loopback
    case .inbound:
      destinations = own + others
      sources = others
      ports = [8080, 80, 443] + ports
    }
  }
}
