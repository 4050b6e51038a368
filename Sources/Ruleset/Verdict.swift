public import Addresses

/// How a rule ends.
public enum Verdict: Hashable, Sendable {
  /// Ends this base chain; the next base chain of the hook still runs.
  case accept
  /// Ends everything.
  case drop
  /// Ends everything, and tells the sender so: `icmp-port-unreachable`, `tcp-reset` …
  case reject(with: String)
  /// Back to the caller, or to the base chain's policy.
  case `return`
  case jump(to: String)
  /// As jump, but a return from there goes on where this chain's caller would.
  case goto(String)
  /// The next rule.
  case `continue`
  /// User space decides.
  case queue(String)
  /// A mapping of addresses and ports; ends the base chain as accept does.
  indirect case nat(NAT)
  /// A target this model does not understand: what follows is unknown.
  case opaque(String)
}

/// A mapping set by a nat chain, for the whole connection.
public struct NAT: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// To this host itself: 127.0.0.1 or ::1 in OUTPUT, in PREROUTING the incoming interface's
    /// first address (`nf_nat_redirect.c`).
    case redirect
    case destination
    case source
    /// The outgoing interface's address as source.
    case masquerade
  }

  public var kind: Kind
  /// New addresses; the kernel picks one. Absent for redirect, masquerade and port-only mappings.
  public var addresses: ClosedRange<IPAddress>?
  /// New ports; the kernel picks one. Absent where the port stays.
  public var ports: ClosedRange<UInt16>?
  /// The kernel draws one of the ports (`NF_NAT_RANGE_PROTO_RANDOM`, `_FULLY`); else one that lies in their
  /// range already stays.
  public var isRandom: Bool

  public init(
    _ kind: Kind, addresses: ClosedRange<IPAddress>? = nil, ports: ClosedRange<UInt16>? = nil,
    isRandom: Bool = false
  ) {
    self.kind = kind
    self.addresses = addresses
    self.ports = ports
    self.isRandom = isRandom
  }

  /// Of sources otherwise.
  public var isOfDestination: Bool { kind == .redirect || kind == .destination }

  /// Whether it maps to addresses of `family`, or to none in particular.
  public func fits(_ family: Family) -> Bool {
    addresses.map { $0.lowerBound.family == family } ?? true
  }

  /// Whether a packet keeps this port, of which it has one: the range holds it (`nf_nat_l4proto_in_range`).
  public func keeps(port: UInt16) -> Bool {
    ports.map { !isRandom && $0.contains(port) } ?? true
  }
}

/// What a rule does as it runs, even where it fails afterwards.
public enum Effect: Hashable, Sendable {
  case mark(MarkAssignment)
  /// The packet gets no conntrack entry (`NOTRACK`, nft `notrack`); only before conntrack.
  case notrack
  /// The packet's conntrack zone; only before conntrack.
  case zone(UInt16)
  /// Hands the packet to a local socket without changing it. iptables' TPROXY accepts after it;
  /// nft's rule goes on. Without a port the packet's own stays.
  indirect case tproxy(address: IPAddress?, port: UInt16?)
  /// Changes nothing this model decides by: LOG, TCPMSS, nft `log`, …
  case aside(String)
}
