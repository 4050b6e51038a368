public import Addresses
import FlowSets
public import Ruleset

/// What somebody relies on: that all of some traffic has one fate.
///
///     bypass: tcp 3307
///     captured: 10.0.0.0/8 fd00::/8 tcp 443,8000-8010
///     dns: udp 53 uid 1000
///
/// Without a prefix it speaks of addresses outside the pod, or where the fate is `local` of those
/// inside. With the proxy's uid or gid it speaks of whoever has that.
public struct Assertion: Hashable, Sendable {
  /// As written, without blanks around it.
  public let text: String
  public let fate: Fate
  /// Empty where none is named.
  public internal(set) var destinations: [Prefix] = []
  public internal(set) var transport: TransportProtocol?
  public internal(set) var ports: IntervalSet?
  public internal(set) var uid: UInt32?
  public internal(set) var gid: UInt32?

  init(text: String, fate: Fate) {
    self.text = text
    self.fate = fate
  }
}

extension Assertion {
  /// The universe it speaks of, where the question says `universe`.
  func universe(within universe: Universe) -> Universe {
    var universe = universe
    if !destinations.isEmpty { universe.families = Set(destinations.map(\.family)).sorted() }
    if uid == universe.proxy.uid || gid == universe.proxy.gid { universe.sender = .anyone }
    return universe
  }

  func region(in universe: Universe) -> Region {
    var region = Region()
    if !destinations.isEmpty {
      region.destinations = destinations
    } else if universe.direction == .outbound {
      region.outputInterfaces = fate == .local ? [.loopback] : universe.interfaces
    }
    region.protocols = transport.map { IntervalSet(UInt128($0.rawValue)) }
    region.ports = ports
    region.uids = uid.map { IntervalSet(UInt128($0)) }
    region.gids = gid.map { IntervalSet(UInt128($0)) }
    return region
  }
}
