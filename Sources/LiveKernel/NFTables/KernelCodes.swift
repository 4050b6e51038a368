import Addresses
import Ruleset

/// Numbers of the kernel's headers and what they stand for.
enum KernelCodes {
  /// `NFPROTO_IPV4`, `NFPROTO_IPV6` (linux/netfilter.h).
  static let netfilterFamilies = [code(2, Family.ipv4.rawValue), code(10, Family.ipv6.rawValue)]

  /// `ETH_P_IP`, `ETH_P_IPV6` (linux/if_ether.h).
  static let etherTypes = [code(0x0800, Family.ipv4.rawValue), code(0x86DD, Family.ipv6.rawValue)]

  /// `NF_CT_STATE_BIT` and its neighbours (linux/netfilter/nf_conntrack_common.h).
  static let connectionStates = [
    code(1, ConnectionState.invalid.rawValue), code(2, ConnectionState.established.rawValue),
    code(4, ConnectionState.related.rawValue), code(8, ConnectionState.new.rawValue),
    code(64, ConnectionState.untracked.rawValue),
  ]

  /// `RTN_*` (linux/rtnetlink.h), which the model has taken over.
  static let addressTypes = AddressType.allCases.map { code(UInt128($0.rawValue), $0.rawValue) }

  private static func code(_ code: UInt128, _ value: UInt8) -> Load.Code {
    Load.Code(code: code, value: UInt128(value))
  }

  /// `enum nft_meta_keys`: those the model has no field for, with the bytes they take.
  static let metaKeys: [UInt32: (name: String, width: Int)] = [
    0: ("meta length", 4), 2: ("meta priority", 4), 8: ("iiftype", 2), 9: ("oiftype", 2),
    12: ("meta nftrace", 1), 13: ("rt classid", 4), 14: ("meta secmark", 4),
    17: ("meta ibrname", 16), 18: ("meta obrname", 16), 19: ("meta pkttype", 1),
    20: ("meta cpu", 4), 21: ("iifgroup", 4), 22: ("oifgroup", 4), 23: ("meta cgroup", 4),
    24: ("meta random", 4), 25: ("meta ipsec", 1), 26: ("iifkind", 16), 27: ("oifkind", 16),
    28: ("meta ibrpvid", 2), 29: ("meta ibrvproto", 2), 30: ("meta time", 8),
    31: ("meta day", 1), 32: ("meta hour", 4), 33: ("sdif", 4), 34: ("sdifname", 16),
  ]

  /// `enum nft_ct_keys`, the same.
  static let connectionKeys: [UInt32: (name: String, width: Int)] = [
    1: ("direction", 1), 2: ("status", 4), 4: ("secmark", 4), 5: ("expiration", 4),
    6: ("helper", 16), 7: ("l3proto", 1), 8: ("saddr", 16), 9: ("daddr", 16),
    10: ("protocol", 1), 11: ("proto-src", 2), 12: ("proto-dst", 2), 13: ("label", 16),
    14: ("packets", 8), 15: ("bytes", 8), 16: ("avgpkt", 8), 17: ("zone", 2), 18: ("event", 4),
    19: ("ip saddr", 4), 20: ("ip daddr", 4), 21: ("ip6 saddr", 16), 22: ("ip6 daddr", 16),
    23: ("id", 4),
  ]

  /// `enum nft_payload_bases`, under the names nft has for raw payload.
  static let payloadBases: [UInt32: String] = [0: "ll", 1: "nh", 2: "th", 3: "ih"]

  /// `enum nft_fib_flags`.
  static let fibKeys: [(name: String, flag: UInt32)] = [
    ("saddr", 1), ("daddr", 2), ("mark", 4), ("iif", 8), ("oif", 16),
  ]
}
