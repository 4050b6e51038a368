public import Addresses

/// The ICMP message that tells a rejected sender so, under the name iptables has for it.
public struct RejectReply: Hashable, Sendable {
  public var name: String
  /// The code, of ICMP type 3 or ICMPv6 type 1.
  public var code: UInt8
  /// nft's name of the code (`nft describe icmp_code`, `icmpv6_code`).
  public var nftName: String

  fileprivate init(_ name: String, _ code: UInt8, _ nftName: String) {
    self.name = name
    self.code = code
    self.nftName = nftName
  }

  /// RFC 792 and RFC 1812; RFC 4443.
  public static func all(in family: Family) -> [RejectReply] { family == .ipv4 ? icmp : icmp6 }

  private static let icmp = [
    RejectReply("icmp-net-unreachable", 0, "net-unreachable"),
    RejectReply("icmp-host-unreachable", 1, "host-unreachable"),
    RejectReply("icmp-proto-unreachable", 2, "prot-unreachable"),
    RejectReply("icmp-port-unreachable", 3, "port-unreachable"),
    RejectReply("icmp-frag-needed", 4, "frag-needed"),
    RejectReply("icmp-net-prohibited", 9, "net-prohibited"),
    RejectReply("icmp-host-prohibited", 10, "host-prohibited"),
    RejectReply("icmp-admin-prohibited", 13, "admin-prohibited"),
  ]

  private static let icmp6 = [
    RejectReply("icmp6-no-route", 0, "no-route"),
    RejectReply("icmp6-adm-prohibited", 1, "admin-prohibited"),
    RejectReply("icmp6-addr-unreachable", 3, "addr-unreachable"),
    RejectReply("icmp6-port-unreachable", 4, "port-unreachable"),
    RejectReply("icmp6-policy-fail", 5, "policy-fail"),
    RejectReply("icmp6-reject-route", 6, "reject-route"),
  ]

  /// nft's replies that mean each family its own (`enum nft_reject_inet_code`), by their code.
  public static let ofEitherFamily: [(nftName: String, icmp: UInt8, icmp6: UInt8)] = [
    ("no-route", 0, 0), ("port-unreachable", 3, 4), ("host-unreachable", 1, 3),
    ("admin-prohibited", 13, 1),
  ]

  /// How a rule ends that gives a reply of `ofEitherFamily`: by the packet's family, where that is
  /// not settled.
  public static func ending(eitherFamily index: Int, settled family: Family?) -> Rule.Step? {
    guard ofEitherFamily.indices.contains(index) else { return nil }
    let (_, icmp, icmp6) = ofEitherFamily[index]
    func verdict(_ family: Family) -> Verdict? {
      let code = family == .ipv4 ? icmp : icmp6
      return all(in: family).first { $0.code == code }.map { .reject(with: $0.name) }
    }
    if let family { return verdict(family).map { .verdict($0) } }
    guard let ipv4 = verdict(.ipv4), let ipv6 = verdict(.ipv6) else { return nil }
    let isIPv4 = Box([Constraint(.family, is: UInt128(Family.ipv4.rawValue))])
    return .test(Test([.init(isIPv4, .verdict(ipv4)), .init(.everything, .verdict(ipv6))]))
  }
}
