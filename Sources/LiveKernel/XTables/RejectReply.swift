import Addresses

/// What a rejected sender is told, under the names iptables has for it.
enum RejectReply {
  /// `enum ipt_reject_with` and `enum ip6t_reject_with`.
  static func iptables(code: UInt32, family: Family) -> String? {
    let names = family == .ipv4 ? ipv4 : ipv6
    guard code < names.count else { return nil }
    return names[Int(code)]
  }

  private static let ipv4: [String?] = [
    "icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable",
    "icmp-port-unreachable", nil, "icmp-net-prohibited", "icmp-host-prohibited", "tcp-reset",
    "icmp-admin-prohibited",
  ]

  private static let ipv6: [String?] = [
    "icmp6-no-route", "icmp6-adm-prohibited", nil, "icmp6-addr-unreachable",
    "icmp6-port-unreachable", nil, "tcp-reset", "icmp6-policy-fail", "icmp6-reject-route",
  ]

  /// `enum nft_reject_types` with the ICMP code that goes with it.
  static func nft(type: UInt32, code: UInt8, family: Family?) -> String? {
    switch type {
    case 1: return "tcp-reset"
    case 2:
      let names = ["no-route", "port-unreachable", "host-unreachable", "admin-prohibited"]
      return Int(code) < names.count ? "icmpx-\(names[Int(code)])" : nil
    case 0:
      let names = family == .ipv6 ? icmp6Codes : icmpCodes
      return names[code].map { family == .ipv6 ? "icmp6-\($0)" : "icmp-\($0)" }
    default: return nil
    }
  }

  /// nft's statement for a reply: `reject` where it is the usual one.
  static func inNFT(_ reply: String) -> String {
    if reply == "icmpx-port-unreachable" { return "reject" }
    guard let dash = reply.firstIndex(of: "-") else { return "reject with \(reply)" }
    let kind = reply[..<dash]
    return "reject with \(kind == "icmp6" ? "icmpv6" : kind) \(reply[dash...].dropFirst())"
  }

  /// RFC 792 and RFC 1812, type 3.
  private static let icmpCodes: [UInt8: String] = [
    0: "net-unreachable", 1: "host-unreachable", 2: "prot-unreachable", 3: "port-unreachable",
    9: "net-prohibited", 10: "host-prohibited", 13: "admin-prohibited",
  ]

  /// RFC 4443, type 1.
  private static let icmp6Codes: [UInt8: String] = [
    0: "no-route", 1: "admin-prohibited", 3: "addr-unreachable", 4: "port-unreachable",
    5: "policy-fail", 6: "reject-route",
  ]
}
