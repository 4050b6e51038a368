import Addresses
import Ruleset

/// Names that stand for numbers in nft's language.
enum NFTNames {
  typealias Table = [(name: String, value: UInt128)]

  /// The symbols of a type (`nft describe`); users and groups are known only where the rules are
  /// loaded, and interfaces are names themselves.
  static func symbols(of type: NFTType) -> Table {
    switch type {
    case .port: services
    case .transportProtocol: protocols
    case .networkProtocol: [("ipv4", 2), ("ipv6", 10)]
    case .etherType:
      [
        ("ip", 0x0800), ("arp", 0x0806), ("ip6", 0x86DD), ("vlan", 0x8100),
        ("8021q", 0x8100), ("8021ad", 0x88A8),
      ]
    case .connectionState: connectionStates.map { ($0.name, $0.bit) }
    case .tcpFlags: tcpFlags
    case .icmpType: icmpTypes
    case .icmpv6Type: icmpv6Types
    case .icmpCode: codes(in: .ipv4)
    case .icmpv6Code: codes(in: .ipv6)
    case .addressType: addressTypes
    case .other(let selector): others[selector.withoutDirection] ?? [("exists", 1), ("missing", 0)]
    case .address, .interface, .mark, .user, .group: []
    }
  }

  /// IANA's names of the ports that rules name; others are written as numbers.
  static let services: Table = [
    ("ftp-data", 20), ("ftp", 21), ("ssh", 22), ("telnet", 23), ("smtp", 25), ("time", 37),
    ("domain", 53), ("bootps", 67), ("bootpc", 68), ("tftp", 69), ("http", 80), ("kerberos", 88),
    ("pop3", 110), ("sunrpc", 111), ("auth", 113), ("nntp", 119), ("ntp", 123), ("imap2", 143),
    ("imap", 143), ("snmp", 161), ("snmp-trap", 162), ("bgp", 179), ("ldap", 389), ("https", 443),
    ("microsoft-ds", 445), ("submissions", 465), ("isakmp", 500), ("syslog", 514),
    ("dhcpv6-client", 546), ("dhcpv6-server", 547), ("submission", 587), ("ldaps", 636),
    ("domain-s", 853), ("ftps", 990), ("imaps", 993), ("pop3s", 995), ("openvpn", 1194),
    ("ms-sql-s", 1433), ("radius", 1812), ("nfs", 2049), ("mysql", 3306), ("ms-wbt-server", 3389),
    ("ipsec-nat-t", 4500), ("sip", 5060), ("xmpp-client", 5222), ("mdns", 5353),
    ("postgresql", 5432), ("amqp", 5672), ("x11", 6000), ("redis", 6379), ("http-alt", 8080),
  ]

  static let protocols: Table = [
    ("icmp", 1), ("igmp", 2), ("ipip", 4), ("tcp", 6), ("udp", 17), ("dccp", 33), ("ipv6", 41),
    ("gre", 47), ("esp", 50), ("ah", 51), ("ipv6-icmp", 58), ("icmpv6", 58), ("ospf", 89),
    ("pim", 103), ("comp", 108), ("vrrp", 112), ("sctp", 132), ("udplite", 136),
  ]

  /// `NF_CT_STATE_BIT` of each state; a packet has exactly one.
  static let connectionStates: [(name: String, bit: UInt128, state: ConnectionState)] = [
    ("invalid", 1, .invalid), ("established", 2, .established), ("related", 4, .related),
    ("new", 8, .new), ("untracked", 64, .untracked),
  ]

  static let tcpFlags: Table = [
    ("fin", 1), ("syn", 2), ("rst", 4), ("psh", 8), ("ack", 16), ("urg", 32), ("ecn", 64),
    ("cwr", 128),
  ]

  static let icmpTypes: Table = [
    ("echo-reply", 0), ("destination-unreachable", 3), ("source-quench", 4), ("redirect", 5),
    ("echo-request", 8), ("router-advertisement", 9), ("router-solicitation", 10),
    ("time-exceeded", 11), ("parameter-problem", 12), ("timestamp-request", 13),
    ("timestamp-reply", 14), ("info-request", 15), ("info-reply", 16),
    ("address-mask-request", 17), ("address-mask-reply", 18),
  ]

  static let icmpv6Types: Table = [
    ("destination-unreachable", 1), ("packet-too-big", 2), ("time-exceeded", 3),
    ("parameter-problem", 4), ("echo-request", 128), ("echo-reply", 129),
    ("mld-listener-query", 130), ("mld-listener-report", 131), ("mld-listener-done", 132),
    ("mld-listener-reduction", 132), ("nd-router-solicit", 133), ("nd-router-advert", 134),
    ("nd-neighbor-solicit", 135), ("nd-neighbor-advert", 136), ("nd-redirect", 137),
    ("router-renumbering", 138), ("ind-neighbor-solicit", 141), ("ind-neighbor-advert", 142),
    ("mld2-listener-report", 143),
  ]

  /// Codes of destination-unreachable, the ones nft names.
  private static func codes(in family: Family) -> Table {
    RejectReply.all(in: family).map { ($0.nftName, UInt128($0.code)) }
  }

  /// `RTN_*`, with nft's own spellings.
  static let addressTypes: Table =
    AddressType.allCases.map { ("\($0)", UInt128($0.rawValue)) } + [("unspec", 0)]

  /// Symbols of selectors that the model keeps by name: nft prints them or, asked to, their numbers.
  private static let others: [String: Table] = [
    "ip dscp": differentiatedServices, "ip6 dscp": differentiatedServices,
    "ip ecn": congestion, "ip6 ecn": congestion,
    "ct l3proto": [("ipv4", 2), ("ipv6", 10)], "ct protocol": protocols,
    "ct direction": [("original", 0), ("reply", 1)],
    "ct status": [
      ("expected", 1), ("seen-reply", 2), ("assured", 4), ("confirmed", 8), ("snat", 16),
      ("dnat", 32), ("dying", 512),
    ],
    "meta pkttype": [
      ("host", 0), ("unicast", 0), ("broadcast", 1), ("multicast", 2), ("other", 3),
    ],
    "meta iiftype": hardwareTypes, "meta oiftype": hardwareTypes,
    "meta day": [
      ("Sunday", 0), ("Monday", 1), ("Tuesday", 2), ("Wednesday", 3), ("Thursday", 4),
      ("Friday", 5), ("Saturday", 6),
    ],
  ]

  /// `ARPHRD_*` of if_arp.h, those nft names.
  private static let hardwareTypes: Table = [
    ("ether", 1), ("ppp", 512), ("ipip", 768), ("ipip6", 769), ("loopback", 772), ("sit", 776),
    ("ipgre", 778),
  ]

  private static let congestion: Table = [("not-ect", 0), ("ect1", 1), ("ect0", 2), ("ce", 3)]

  /// RFC 2474, 2597, 3246, 5865 and 8622.
  private static let differentiatedServices: Table = [
    ("cs0", 0), ("cs1", 8), ("cs2", 16), ("cs3", 24), ("cs4", 32), ("cs5", 40), ("cs6", 48),
    ("cs7", 56), ("df", 0), ("be", 0), ("lephb", 1), ("af11", 10), ("af12", 12), ("af13", 14),
    ("af21", 18), ("af22", 20), ("af23", 22), ("af31", 26), ("af32", 28), ("af33", 30),
    ("af41", 34), ("af42", 36), ("af43", 38), ("va", 44), ("ef", 46),
  ]

  /// Standard priorities (`nft(8)`, "Standard priority names").
  static let priorities: [(name: String, value: Int32)] = [
    ("raw", -300), ("mangle", -150), ("dstnat", -100), ("filter", 0), ("security", 50),
    ("srcnat", 100),
  ]

  /// Those of bridge tables.
  static let bridgePriorities: [(name: String, value: Int32)] = [
    ("dstnat", -300), ("filter", -200), ("out", 100), ("srcnat", 300),
  ]
}

extension String {
  /// `ct original protocol` has the symbols of `ct protocol`.
  fileprivate var withoutDirection: String {
    for direction in ["ct original ", "ct reply "] where hasPrefix(direction) {
      return "ct " + dropFirst(direction.count)
    }
    return self
  }
}
