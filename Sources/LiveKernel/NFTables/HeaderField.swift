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

  /// nftables' `th`: what all protocols with ports have in common.
  private static let ports = [
    HeaderField("sport", 0, 2, .sourcePort), HeaderField("dport", 2, 2, .destinationPort),
  ]

  private static let tcp =
    ports + [
      HeaderField("sequence", 4, 4), HeaderField("ackseq", 8, 4), HeaderField("doff", 12, 1),
      HeaderField("flags", 13, 1, .tcpFlags(mask: .max)), HeaderField("window", 14, 2),
      HeaderField("checksum", 16, 2), HeaderField("urgptr", 18, 2),
    ]

  private static let udp = ports + [HeaderField("length", 4, 2), HeaderField("checksum", 6, 2)]

  /// Type and code are one field of the model.
  private static let icmp = [HeaderField("type", 0, 2, .icmp), HeaderField("checksum", 2, 2)]

  static func network(_ family: Family) -> [HeaderField] { family == .ipv4 ? ipv4 : ipv6 }

  static func transport(_ proto: TransportProtocol?) -> [HeaderField] {
    switch proto {
    case .tcp?: tcp
    case .udp?, .udplite?: udp
    case .icmp?, .icmpv6?: icmp
    case nil, .dccp?, .sctp?: ports
    default: []
    }
  }
}

extension HeaderField {
  /// The loads that make `length` bytes from `offset` on: whole fields, their heads, or their tails;
  /// nil where a byte belongs to no field.
  static func loads(
    _ offset: Int, _ length: Int, of header: [HeaderField], prefix: String = ""
  ) -> [Load]? {
    var loads: [Load] = []
    var start = offset
    let end = offset + length
    while start < end {
      guard
        let next = header.first(where: { $0.offset <= start && start < $0.offset + $0.length })
      else { return nil }
      let stop = min(end, next.offset + next.length)
      loads.append(next.load(start..<stop, prefix: prefix))
      start = stop
    }
    return loads
  }

  private func load(_ bytes: Range<Int>, prefix: String) -> Load {
    let below = 8 * (offset + length - bytes.upperBound)
    let above = 8 * (bytes.lowerBound - offset)
    let name = prefix.isEmpty ? self.name : "\(prefix) \(self.name)"
    return switch field {
    case nil:
      Load(.unknown(isStateful: false), name, width: bytes.count, shift: below, bitsAbove: above)
    case .tcpFlags?: Load(.masked(.tcpFlags), name, width: 1)
    case let field?:
      Load(
        .number(field, domain: IntervalSet([0...UInt128.ones(8 * length)])),
        field == .icmp && above > 0 ? "\(prefix) code" : name, width: bytes.count, shift: below,
        bitsAbove: above)
    }
  }
}
