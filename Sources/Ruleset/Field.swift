public import Addresses

/// What a match can look at. Each field's values are numbers, so that every match is "this field
/// lies in this set of intervals".
public enum Field: Hashable, Sendable {
  /// `Family.rawValue`: 4 or 6.
  case family
  /// The protocol above IP, as IANA numbers it (`TransportProtocol.rawValue`).
  case transportProtocol
  /// Address bits in the packet's own family; a test of an address in a table that sees both
  /// families tests `family` too.
  case source
  case destination
  /// TCP, UDP, UDP-Lite, SCTP and DCCP only; other protocols have no ports.
  case sourcePort
  case destinationPort
  /// Type × 256 + code, of ICMP or ICMPv6.
  case icmp
  /// The owner of the socket that sent the packet, or `Owner.none`.
  case uid
  case gid
  /// `InterfaceName.bits`; zero where the hook has no such interface.
  case inputInterface
  case outputInterface
  /// `ConnectionState.rawValue`.
  case connectionState
  /// `AddressType.rawValue`.
  case sourceType
  case destinationType
  /// The packet's (or its connection's) mark after `& mask`.
  case mark(mask: UInt32)
  case connectionMark(mask: UInt32)
  /// Byte 13 of the TCP header after `& mask`: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32.
  case tcpFlags(mask: UInt8)
  /// A match this model does not understand: 1 where it holds, 0 where it does not.
  /// Rare and large; kept apart, so that all the others are small.
  indirect case unknown(UnknownMatch)
}

extension Field {
  /// Every value the field can have.
  public func domain(in family: Family) -> IntervalSet {
    if self == .family { return IntervalSet([4...4, 6...6]) }
    let last: UInt128 =
      switch self {
      case .family: 6
      case .source, .destination: family.addresses.upperBound
      case .transportProtocol: 255
      case .sourcePort, .destinationPort, .icmp: 65535
      case .uid, .gid: Owner.none
      case .inputInterface, .outputInterface: .max
      case .connectionState: UInt128(ConnectionState.allCases.count - 1)
      case .sourceType, .destinationType: UInt128(AddressType.allCases.count - 1)
      case .mark(let mask), .connectionMark(let mask): UInt128(mask)
      case .tcpFlags(let mask): UInt128(mask)
      case .unknown: 1
      }
    return IntervalSet([0...last])
  }
}

/// A match that is kept without being understood.
///
/// It is a Boolean of its own: the same unknown twice is one, two that differ are two. A stateful
/// one (limit, recent, statistic, quota …) may answer differently at each place, so its place is
/// part of what it is.
public struct UnknownMatch: Hashable, Sendable {
  /// The match's own name, such as `string` or `ct helper`.
  public var name: String
  /// Its canonical text or bytes, without a negation.
  public var detail: String
  /// Whether it may answer differently at each place.
  public var isStateful: Bool
  /// Where a stateful match stands, once it is in a ruleset; empty otherwise.
  public internal(set) var place = ""

  public init(name: String, detail: String, isStateful: Bool = false) {
    self.name = name
    self.detail = detail
    self.isStateful = isStateful
  }
}
