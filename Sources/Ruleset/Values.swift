/// A protocol above IP, by its IANA number.
public struct TransportProtocol: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let icmp = Self(rawValue: 1)
  public static let tcp = Self(rawValue: 6)
  public static let udp = Self(rawValue: 17)
  public static let dccp = Self(rawValue: 33)
  public static let esp = Self(rawValue: 50)
  public static let ah = Self(rawValue: 51)
  public static let icmpv6 = Self(rawValue: 58)
  public static let sctp = Self(rawValue: 132)
  public static let udplite = Self(rawValue: 136)

  /// Names as the kernel's tools print them.
  public static let names: [(name: String, value: Self)] = [
    ("icmp", .icmp), ("tcp", .tcp), ("udp", .udp), ("dccp", .dccp), ("esp", .esp), ("ah", .ah),
    ("ipv6-icmp", .icmpv6), ("sctp", .sctp), ("udplite", .udplite),
  ]

  /// Those whose header starts with two 16-bit ports.
  public static let withPorts: [Self] = [.tcp, .udp, .dccp, .sctp, .udplite]

  public var hasPorts: Bool { Self.withPorts.contains(self) }
}

extension TransportProtocol: CustomStringConvertible {
  public var description: String {
    Self.names.first { $0.value == self }?.name ?? "\(rawValue)"
  }
}

/// What conntrack says of the packet (`enum ip_conntrack_info`, and no entry at all).
public enum ConnectionState: UInt8, Hashable, Sendable, CaseIterable {
  case invalid
  case new
  case established
  case related
  case untracked
}

/// The kind of an address in the host's routing table (`RTN_*` of rtnetlink.h).
public enum AddressType: UInt8, Hashable, Sendable, CaseIterable {
  case unspecified, unicast, local, broadcast, anycast, multicast
  case blackhole, unreachable, prohibit, `throw`, nat, xresolve
}

/// Who opened the socket that sends a packet: fsuid and fsgid at that time.
public struct Owner: Hashable, Sendable {
  public var uid: UInt32
  public var gid: UInt32

  public init(uid: UInt32, gid: UInt32) {
    self.uid = uid
    self.gid = gid
  }

  /// The value of `Field.uid` and `Field.gid` for a packet that no socket sent (kernel RSTs,
  /// orphans, everything inbound).
  ///
  /// There `--uid-owner N` fails and `! --uid-owner N` holds (xt_owner), while native `skuid` fails
  /// in either form (nft_meta breaks the rule).
  public static let none: UInt128 = 1 << 32
}
