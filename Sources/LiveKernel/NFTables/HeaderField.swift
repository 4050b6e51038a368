import Addresses
import Ruleset

/// The protocol headers whose fields a payload expression can load, with the places the RFCs give
/// them (791, 8200, 9293, 768, 792, 4443) and the names nft has for them.
struct HeaderField {
  var name: String
  /// In bytes from the start of the header.
  var offset: Int
  var length: Int
  /// Absent where the model has no such field.
  var field: Field?

  private init(_ name: String, _ offset: Int, _ length: Int, _ field: Field? = nil) {
    self.name = name
    self.offset = offset
    self.length = length
    self.field = field
  }

  private static let ipv4 = [
    HeaderField("ip dscp", 1, 1), HeaderField("ip length", 2, 2), HeaderField("ip id", 4, 2),
    HeaderField("ip frag-off", 6, 2), HeaderField("ip ttl", 8, 1),
    HeaderField("ip protocol", 9, 1, .transportProtocol), HeaderField("ip checksum", 10, 2),
    HeaderField("ip saddr", 12, 4, .source), HeaderField("ip daddr", 16, 4, .destination),
  ]

  private static let ipv6 = [
    HeaderField("ip6 length", 4, 2), HeaderField("ip6 nexthdr", 6, 1, .transportProtocol),
    HeaderField("ip6 hoplimit", 7, 1), HeaderField("ip6 saddr", 8, 16, .source),
    HeaderField("ip6 daddr", 24, 16, .destination),
  ]

  /// What all protocols with ports begin with; under `th` where nothing says which it is.
  private static func ports(_ header: String) -> [HeaderField] {
    [
      HeaderField("\(header) sport", 0, 2, .sourcePort),
      HeaderField("\(header) dport", 2, 2, .destinationPort),
    ]
  }

  private static let anyTransport = ports("th")
  private static let sctp = ports("sctp")
  private static let dccp = ports("dccp")

  private static let tcp =
    ports("tcp") + [
      HeaderField("tcp sequence", 4, 4), HeaderField("tcp ackseq", 8, 4),
      HeaderField("tcp doff", 12, 1), HeaderField("tcp flags", 13, 1, .tcpFlags(mask: .max)),
      HeaderField("tcp window", 14, 2), HeaderField("tcp checksum", 16, 2),
      HeaderField("tcp urgptr", 18, 2),
    ]

  private static func datagrams(_ header: String) -> [HeaderField] {
    ports(header) + [
      HeaderField("\(header) length", 4, 2), HeaderField("\(header) checksum", 6, 2),
    ]
  }

  private static let udp = datagrams("udp")
  private static let udplite = datagrams("udplite")

  /// Type and code are one field of the model; nft has a name for each.
  private static let icmp = [HeaderField("icmp", 0, 2, .icmp), HeaderField("icmp checksum", 2, 2)]
  private static let icmpv6 = [
    HeaderField("icmpv6", 0, 2, .icmp), HeaderField("icmpv6 checksum", 2, 2),
  ]

  static func network(_ family: Family) -> [HeaderField] { family == .ipv4 ? ipv4 : ipv6 }

  static func transport(_ proto: TransportProtocol?) -> [HeaderField] {
    switch proto {
    case nil: anyTransport
    case .tcp?: tcp
    case .udp?: udp
    case .udplite?: udplite
    case .sctp?: sctp
    case .dccp?: dccp
    case .icmp?: icmp
    case .icmpv6?: icmpv6
    default: []
    }
  }
}

extension HeaderField {
  /// What registers hold of the bytes of a header: a field, or fields that follow each other, each
  /// whole, its head or its tail; nil where a byte belongs to no field.
  static func value(of bytes: Range<Int>, in header: [HeaderField], _ layer: Load.Layer)
    -> RegisterFile.Value?
  {
    guard let first = load(from: bytes, of: header, layer) else { return nil }
    guard first.width < bytes.count else { return .load(first) }
    var loads = [first]
    var start = bytes.lowerBound + first.width
    while start < bytes.upperBound {
      guard let next = load(from: start..<bytes.upperBound, of: header, layer) else { return nil }
      loads.append(next)
      start += next.width
    }
    return .adjacent(loads)
  }

  /// As many of the bytes as the field has that the first of them is in.
  private static func load(from bytes: Range<Int>, of header: [HeaderField], _ layer: Load.Layer)
    -> Load?
  {
    for field in header
    where field.offset <= bytes.lowerBound && bytes.lowerBound < field.offset + field.length {
      var load = field.load(
        bytes.lowerBound..<min(bytes.upperBound, field.offset + field.length))
      load.layer = layer
      return load
    }
    return nil
  }

  private func load(_ bytes: Range<Int>) -> Load {
    let below = 8 * (offset + length - bytes.upperBound)
    let above = 8 * (bytes.lowerBound - offset)
    switch field {
    case nil:
      return Load(
        .unknown(isStateful: false), name, width: bytes.count, shift: below, bitsAbove: above)
    case .tcpFlags?: return Load(.masked(.tcpFlags), name, width: 1)
    case .icmp?:
      let part = bytes.count == 2 ? "" : above == 0 ? " type" : " code"
      return Load(
        .number(.icmp, bits: 8 * length), name + part, width: bytes.count, shift: below,
        bitsAbove: above)
    case let field?:
      return Load(
        .number(field, bits: 8 * length), name, width: bytes.count, shift: below, bitsAbove: above)
    }
  }
}
