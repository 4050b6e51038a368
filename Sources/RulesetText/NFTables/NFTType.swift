import Addresses
import Ruleset

/// How the values of a selector or a set are spelled (nft's datatypes), as far as rules in the
/// field need it; `other` is kept as text.
enum NFTType: Hashable {
  case port
  case address(Family)
  case interface
  case mark
  case user
  case group
  case transportProtocol
  case networkProtocol
  case etherType
  case connectionState
  case tcpFlags
  case icmpType
  case icmpv6Type
  case icmpCode
  case icmpv6Code
  case addressType
  case other(String)

  /// Whether a bare value means "any of these bits" (nft's bitmask types).
  var isBitmask: Bool { self == .connectionState || self == .tcpFlags }

  /// The greatest value; what a mask is cut to.
  var last: UInt128 {
    switch self {
    case .port, .etherType: 0xFFFF
    case .address(let family): family.addresses.upperBound
    case .interface: .max
    case .mark, .user, .group, .connectionState: 0xFFFF_FFFF
    case .addressType: UInt128(AddressType.allCases.count - 1)
    case .transportProtocol, .networkProtocol, .tcpFlags: 0xFF
    case .icmpType, .icmpv6Type, .icmpCode, .icmpv6Code: 0xFF
    case .other: .max
    }
  }

  /// The type of a declaration's `type NAME`.
  init(named name: String) {
    self = Self.named.first { $0.name == name }?.type ?? .other(name)
  }

  private static let named: [(name: String, type: NFTType)] = [
    ("inet_service", .port), ("ipv4_addr", .address(.ipv4)), ("ipv6_addr", .address(.ipv6)),
    ("ifname", .interface), ("iface_index", .interface), ("mark", .mark), ("uid", .user),
    ("gid", .group), ("inet_proto", .transportProtocol), ("nf_proto", .networkProtocol),
    ("ether_type", .etherType), ("ct_state", .connectionState), ("tcp_flag", .tcpFlags),
    ("icmp_type", .icmpType), ("icmpv6_type", .icmpv6Type), ("icmp_code", .icmpCode),
    ("icmpv6_code", .icmpv6Code), ("fib_addrtype", .addressType),
  ]

  /// What a value of the type looks like, for people.
  var expectation: String {
    switch self {
    case .port: "a port from 0 to 65535 or a service's name"
    case .address(.ipv4): "an IPv4 address or prefix"
    case .address(.ipv6): "an IPv6 address or prefix"
    case .interface: "an interface's name of at most 15 bytes"
    case .mark: "a mark (a number of 32 bits)"
    case .user: "a user"
    case .group: "a group"
    case .transportProtocol: "a protocol above IP"
    case .networkProtocol: "'ipv4' or 'ipv6'"
    case .etherType: "an ethertype"
    case .connectionState: "a connection state"
    case .tcpFlags: "TCP flags"
    case .icmpType, .icmpv6Type: "an ICMP type"
    case .icmpCode, .icmpv6Code: "an ICMP code"
    case .addressType: "a type of address, such as 'local'"
    case .other: "a value"
    }
  }
}
