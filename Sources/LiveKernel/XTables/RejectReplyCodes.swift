import Addresses

/// What REJECT tells the sender, by the numbers x_tables has for it.
enum RejectReplyCodes {
  /// `enum ipt_reject_with` and `enum ip6t_reject_with`.
  static func name(of code: UInt32, in family: Family) -> String? {
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
}
