import Addresses
import Ruleset

extension Field {
  /// The field's name in a sentence.
  var name: String {
    switch self {
    case .family: "family"
    case .transportProtocol: "protocol"
    case .source: "source"
    case .destination: "destination"
    case .sourcePort: "source port"
    case .destinationPort: "destination port"
    case .icmp: "ICMP type"
    case .uid: "owner uid"
    case .gid: "owner gid"
    case .inputInterface: "input interface"
    case .outputInterface: "output interface"
    case .connectionState: "connection state"
    case .sourceType: "source type"
    case .destinationType: "destination type"
    case .mark(let mask): mask == .max ? "mark" : "mark & \(hexadecimal(mask))"
    case .connectionMark(let mask):
      mask == .max ? "connection mark" : "connection mark & \(hexadecimal(mask))"
    case .tcpFlags(let mask): "TCP flags & \(hexadecimal(UInt32(mask)))"
    case .unknown(let match): match.name
    }
  }

  /// One value in the field's own terms.
  func text(of value: UInt128, in family: Family) -> String {
    switch self {
    case .family: value == 4 ? "ipv4" : "ipv6"
    case .transportProtocol: "\(TransportProtocol(rawValue: UInt8(truncatingIfNeeded: value)))"
    case .source, .destination: "\(IPAddress(family, value))"
    case .sourcePort, .destinationPort, .unknown: "\(value)"
    case .icmp: "\(value >> 8) code \(value & 255)"
    case .uid, .gid: value == Owner.none ? "no socket" : "\(value)"
    case .inputInterface, .outputInterface: value == 0 ? "none" : "\(InterfaceName(bits: value))"
    case .connectionState: word(ConnectionState(rawValue: UInt8(truncatingIfNeeded: value)))
    case .sourceType, .destinationType:
      word(AddressType(rawValue: UInt8(truncatingIfNeeded: value)))
    case .mark, .connectionMark, .tcpFlags: hexadecimal(UInt32(truncatingIfNeeded: value))
    }
  }

  /// A set in the field's own terms, by what it leaves out where that is shorter.
  func text(of set: IntervalSet, in family: Family) -> String {
    let rest = set.complement(in: domain(in: family))
    if rest.isEmpty { return "any" }
    if set.isEmpty { return "nothing" }
    let (inside, outside) = (words(set, family), words(rest, family))
    let isExclusion =
      inside.count == outside.count
      ? rest.isOneValue && !set.isOneValue : outside.count < inside.count
    return (isExclusion ? "not " : "")
      + (isExclusion ? outside : inside).joined(separator: ", ")
  }

  private func words(_ set: IntervalSet, _ family: Family) -> [String] {
    switch self {
    case .source, .destination:
      let prefixes = Prefix.cover(of: set, in: family)
      return prefixes.map { $0.length == family.width ? "\($0.address)" : "\($0)" }
    default:
      return set.intervals.map { interval in
        let low = text(of: interval.lowerBound, in: family)
        if interval.lowerBound == interval.upperBound { return low }
        if let stem = stem(of: interval) { return stem }
        return low + "-" + text(of: interval.upperBound, in: family)
      }
    }
  }

  /// `eth*` for the interval of all names that start so.
  private func stem(of interval: ClosedRange<UInt128>) -> String? {
    guard self == .inputInterface || self == .outputInterface else { return nil }
    let stem = Array("\(InterfaceName(bits: interval.lowerBound))".utf8)
    guard InterfaceName.names(startingWith: stem) == interval else { return nil }
    return String(decoding: stem, as: UTF8.self) + "*"
  }

  private func word<Value>(_ value: Value?) -> String {
    value.map { "\($0)" } ?? "none"
  }

  private func hexadecimal(_ value: UInt32) -> String {
    "0x" + String(value, radix: 16)
  }
}

extension IntervalSet {
  fileprivate var isOneValue: Bool {
    intervals.count == 1 && intervals[0].lowerBound == intervals[0].upperBound
  }
}
