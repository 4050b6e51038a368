import Addresses
import Ruleset

/// What nft's left-hand side looks at: a field of the model, or something the model keeps by name.
struct NFTSelector: Hashable {
  /// How a selector's number comes from the packet.
  enum Reading: Hashable {
    /// The field's own number.
    case field(Field)
    case mark
    case connectionMark
    case tcpFlags
    /// `Field.icmp`, upper and lower byte.
    case icmpType
    case icmpCode
    /// `Field.family` as `NFPROTO_*`, or as an ethertype.
    case networkProtocol
    case etherType
    /// `Field.connectionState` as `NF_CT_STATE_BIT`.
    case connectionState
    case opaque
    /// May answer differently each time it is asked: `numgen`.
    case stateful
  }

  /// The text, as nft spells it.
  var name: String
  var reading: Reading
  var type: NFTType
  /// The packets that have it: nft asks for this family and protocol first.
  var family: Family?
  var transport: TransportProtocol?

  init(
    _ name: String, _ reading: Reading, _ type: NFTType, family: Family? = nil,
    transport: TransportProtocol? = nil
  ) {
    self.name = name
    self.reading = reading
    self.type = type
    self.family = family
    self.transport = transport
  }

  static func opaque(_ name: String, family: Family? = nil, transport: TransportProtocol? = nil)
    -> NFTSelector
  {
    NFTSelector(name, .opaque, .other(name), family: family, transport: transport)
  }

  /// Whether the model decides anything by it, so that setting it matters.
  var isDecisive: Bool {
    switch reading {
    case .opaque, .stateful: false
    default: true
    }
  }
}

// MARK: - Tables

extension NFTSelector {
  /// `meta KEY`; those in `bareKeys` also stand alone.
  static func meta(_ key: String) -> NFTSelector? {
    switch key {
    case "iifname", "iif":
      NFTSelector("meta \(key)", .field(.inputInterface), .interface)
    case "oifname", "oif":
      NFTSelector("meta \(key)", .field(.outputInterface), .interface)
    case "l4proto": NFTSelector("meta l4proto", .field(.transportProtocol), .transportProtocol)
    case "nfproto": NFTSelector("meta nfproto", .networkProtocol, .networkProtocol)
    case "protocol": NFTSelector("meta protocol", .etherType, .etherType)
    case "mark": NFTSelector("meta mark", .mark, .mark)
    case "skuid": NFTSelector("meta skuid", .field(.uid), .user)
    case "skgid": NFTSelector("meta skgid", .field(.gid), .group)
    case "random": NFTSelector("meta random", .stateful, .other("meta random"))
    case _ where otherMetaKeys.contains(key): .opaque("meta \(key)")
    default: nil
    }
  }

  private static let otherMetaKeys: Set<String> = [
    "length", "priority", "nftrace", "rtclassid", "ibriport", "obriport", "ibrname", "obrname",
    "pkttype", "cpu", "iifgroup", "oifgroup", "iiftype", "oiftype", "iifkind", "oifkind", "cgroup",
    "secmark", "secpath", "ipsec", "time", "hour", "day", "sdif", "sdifname", "bri_iifpvid",
    "bri_iifvproto", "ibrpvid", "ibrvproto", "broute", "ibrhwaddr",
  ]

  static let bareKeys: Set<String> = [
    "iifname", "iif", "oifname", "oif", "mark", "skuid", "skgid", "iiftype", "oiftype", "nftrace",
    "rtclassid", "ibriport", "ibrname", "obriport", "obrname", "pkttype", "cpu", "iifgroup",
    "oifgroup", "cgroup",
  ]

  /// `PROTOCOL FIELD` of the headers nft knows.
  static func header(_ header: String, _ field: String) -> NFTSelector? {
    guard let fields = headerFields[header], fields.contains(field) else { return nil }
    let name = "\(header) \(field)"
    let family: Family? = header == "ip" ? .ipv4 : header == "ip6" ? .ipv6 : nil
    let transport = transports[header]
    switch (header, field) {
    case ("ip", "saddr"), ("ip6", "saddr"):
      return family.map { NFTSelector(name, .field(.source), .address($0), family: $0) }
    case ("ip", "daddr"), ("ip6", "daddr"):
      return family.map { NFTSelector(name, .field(.destination), .address($0), family: $0) }
    case ("ip", "protocol"), ("ip6", "nexthdr"):
      return NFTSelector(name, .field(.transportProtocol), .transportProtocol, family: family)
    case (_, "sport"): return NFTSelector(name, .field(.sourcePort), .port, transport: transport)
    case (_, "dport"):
      return NFTSelector(name, .field(.destinationPort), .port, transport: transport)
    case ("tcp", "flags"): return NFTSelector(name, .tcpFlags, .tcpFlags, transport: .tcp)
    case ("icmp", "type"):
      return NFTSelector(name, .icmpType, .icmpType, family: .ipv4, transport: .icmp)
    case ("icmpv6", "type"):
      return NFTSelector(name, .icmpType, .icmpv6Type, family: .ipv6, transport: .icmpv6)
    case ("icmp", "code"):
      return NFTSelector(name, .icmpCode, .icmpCode, family: .ipv4, transport: .icmp)
    case ("icmpv6", "code"):
      return NFTSelector(name, .icmpCode, .icmpv6Code, family: .ipv6, transport: .icmpv6)
    case ("icmp", _): return .opaque(name, family: .ipv4, transport: .icmp)
    case ("icmpv6", _): return .opaque(name, family: .ipv6, transport: .icmpv6)
    default: return .opaque(name, family: family, transport: transport)
    }
  }

  /// The headers whose selectors imply a protocol; `th` implies none.
  private static let transports: [String: TransportProtocol] = [
    "tcp": .tcp, "udp": .udp, "udplite": .udplite, "sctp": .sctp, "dccp": .dccp, "ah": .ah,
    "esp": .esp, "comp": TransportProtocol(rawValue: 108),
    "igmp": TransportProtocol(rawValue: 2),
  ]

  static func isHeader(_ name: String) -> Bool { headerFields[name] != nil }

  /// Whether the word can only be the first of a selector.
  static func begins(with word: String) -> Bool {
    isHeader(word) || bareKeys.contains(word)
      || ["meta", "ct", "fib", "numgen", "jhash", "symhash", "exthdr", "ipsec"].contains(word)
  }

  private static let headerFields: [String: Set<String>] = [
    "ip": [
      "version", "hdrlength", "dscp", "ecn", "length", "id", "frag-off", "ttl", "protocol",
      "checksum", "saddr", "daddr",
    ],
    "ip6": [
      "version", "dscp", "ecn", "flowlabel", "length", "nexthdr", "hoplimit", "saddr", "daddr",
    ],
    "tcp": [
      "sport", "dport", "sequence", "ackseq", "doff", "reserved", "flags", "window", "checksum",
      "urgptr",
    ],
    "udp": ["sport", "dport", "length", "checksum"],
    "udplite": ["sport", "dport", "csumcov", "checksum"],
    "sctp": ["sport", "dport", "vtag", "checksum"],
    "dccp": ["sport", "dport", "type"],
    "th": ["sport", "dport"],
    "icmp": ["type", "code", "checksum", "id", "sequence", "gateway", "mtu"],
    "icmpv6": [
      "type", "code", "checksum", "parameter-problem", "packet-too-big", "id", "sequence",
      "max-delay", "taddr", "daddr",
    ],
    "igmp": ["type", "mrt", "checksum", "group"],
    "ah": ["nexthdr", "hdrlength", "reserved", "spi", "sequence"],
    "esp": ["spi", "sequence"],
    "comp": ["nexthdr", "flags", "cpi"],
    "ether": ["saddr", "daddr", "type"],
    "vlan": ["id", "dei", "cfi", "pcp", "type"],
    "arp": ["htype", "ptype", "hlen", "plen", "operation"],
    "hbh": ["nexthdr", "hdrlength"],
    "dst": ["nexthdr", "hdrlength"],
    "frag": ["nexthdr", "reserved", "frag-off", "reserved2", "more-fragments", "id"],
    "mh": ["nexthdr", "hdrlength", "type", "reserved", "checksum"],
    "srh": ["flags", "last-entry", "seg-left", "tag"],
    "osf": ["name", "version"],
    "socket": ["transparent", "mark", "wildcard"],
    "rt": ["classid", "nexthop", "mtu", "ipsec", "nexthdr", "hdrlength", "type", "seg-left"],
  ]

  /// `ct KEY` without a direction.
  static func connection(_ key: String) -> NFTSelector? {
    switch key {
    case "state": NFTSelector("ct state", .connectionState, .connectionState)
    case "mark": NFTSelector("ct mark", .connectionMark, .mark)
    case _ where otherConnectionKeys.contains(key): .opaque("ct \(key)")
    default: nil
    }
  }

  private static let otherConnectionKeys: Set<String> = [
    "direction", "status", "secmark", "expiration", "helper", "label", "l3proto", "protocol",
    "bytes", "packets", "avgpkt", "zone", "id", "event", "timeout", "expectation",
  ]

  static let directedConnectionKeys: Set<String> = [
    "saddr", "daddr", "l3proto", "protocol", "proto-src", "proto-dst", "bytes", "packets",
    "avgpkt", "zone",
  ]

  /// Raw payload where it is a whole field that nft also has a name for.
  static func raw(base: String, offset: UInt32, length: UInt32, in family: Family?) -> NFTSelector?
  {
    switch (base, offset, length, family) {
    case ("th", 0, 16, _): header("th", "sport")
    case ("th", 16, 16, _): header("th", "dport")
    case ("nh", 72, 8, .ipv4): header("ip", "protocol")
    case ("nh", 96, 32, .ipv4): header("ip", "saddr")
    case ("nh", 128, 32, .ipv4): header("ip", "daddr")
    case ("nh", 48, 8, .ipv6): header("ip6", "nexthdr")
    case ("nh", 64, 128, .ipv6): header("ip6", "saddr")
    case ("nh", 192, 128, .ipv6): header("ip6", "daddr")
    default: nil
    }
  }
}
