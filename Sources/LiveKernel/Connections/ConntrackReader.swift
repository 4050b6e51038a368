import Addresses
import CKernel
import CMnl
import CNftnl
import Glibc
public import Ruleset

extension NetworkNamespace {
  /// All entries of the namespace's conntrack, of both families.
  ///
  /// Needs CAP_NET_ADMIN. A table that changes while it is listed is listed as it goes, as
  /// `conntrack -L` does.
  public func readConntrack() throws(LiveError) -> [ConntrackEntry] {
    try enter { () throws(LiveError) in
      var entries: [ConntrackEntry] = []
      do throws(NetlinkSocket.Failure) {
        let socket = try NetlinkSocket(Int32(CK_NETLINK_NETFILTER))
        // Entries come and go.
        try socket.request(ConntrackEntry.request, tolerant: true) {
          message throws(NetlinkSocket.Failure) in
          guard let attributes = message.attributes(after: 4) else { throw .malformed }
          if let entry = ConntrackEntry(attributes) { entries.append(entry) }
        }
      } catch .refused(EINVAL) {
        throw LiveError(.missing(.conntrack), "list conntrack", errno: EINVAL)
      } catch {
        throw error.asLiveError("list conntrack", of: .conntrack)
      }
      return entries
    }
  }
}

extension ConntrackEntry {
  /// `IPCTNL_MSG_CT_GET` of the ctnetlink subsystem.
  fileprivate static func request(
    _ buffer: UnsafeMutableRawPointer, _ sequence: UInt32
  ) -> UnsafeMutablePointer<nlmsghdr>? {
    let header = mnl_nlmsg_put_header(buffer)
    header?.pointee.nlmsg_type =
      UInt16(NFNL_SUBSYS_CTNETLINK) << 8 | UInt16(IPCTNL_MSG_CT_GET.rawValue)
    header?.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST) | UInt16(NLM_F_DUMP)
    header?.pointee.nlmsg_seq = sequence
    // `struct nfgenmsg`, all zero: of any family.
    return mnl_nlmsg_put_extra_header(header, 4) == nil ? nil : header
  }

  /// The attributes of one entry; nil for one without ports or an identifier, such as GRE's.
  init?(_ attributes: Bytes) {
    guard let original = attributes.attribute(CTA_TUPLE_ORIG).flatMap(Side.init),
      let reply = attributes.attribute(CTA_TUPLE_REPLY).flatMap(Side.init)
    else { return nil }
    let tcp = attributes.attribute(CTA_PROTOINFO)?.attribute(CTA_PROTOINFO_TCP)
    let state = tcp?.attribute(CTA_PROTOINFO_TCP_STATE)?.byte(0).map { number in
      Int(number) < Self.tcpStates.count ? Self.tcpStates[Int(number)] : "\(number)"
    }
    self.init(
      original.transport, original: original.tuple, reply: reply.tuple, state: state,
      timeout: attributes.number(CTA_TIMEOUT) ?? 0, mark: attributes.number(CTA_MARK) ?? 0,
      zone: attributes.attribute(CTA_ZONE)?.network(0, as: UInt16.self) ?? 0)
  }

  /// `enum tcp_conntrack`.
  private static let tcpStates = [
    "NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK",
    "TIME_WAIT", "CLOSE", "SYN_SENT2",
  ]

  /// One direction's tuple.
  private struct Side {
    var transport: TransportProtocol
    var tuple: Tuple

    init?(_ data: Bytes) {
      guard let addresses = data.attribute(CTA_TUPLE_IP),
        let ports = data.attribute(CTA_TUPLE_PROTO),
        let proto = ports.attribute(CTA_PROTO_NUM)?.byte(0),
        let source = Self.address(addresses, CTA_IP_V4_SRC, CTA_IP_V6_SRC),
        let destination = Self.address(addresses, CTA_IP_V4_DST, CTA_IP_V6_DST)
      else { return nil }
      transport = TransportProtocol(rawValue: proto)
      func port(_ attribute: ctattr_l4proto) -> UInt16 {
        ports.attribute(attribute)?.network(0, as: UInt16.self) ?? 0
      }
      tuple = Tuple(
        from: Socket.Address(source, port: port(CTA_PROTO_SRC_PORT)),
        to: Socket.Address(destination, port: port(CTA_PROTO_DST_PORT)))
    }

    private static func address(_ data: Bytes, _ v4: ctattr_ip, _ v6: ctattr_ip) -> IPAddress? {
      if let bits = data.attribute(v4)?.slice(0, 4)?.bigEndian { return IPAddress(.ipv4, bits) }
      return data.attribute(v6)?.slice(0, 16)?.bigEndian.map { IPAddress(.ipv6, $0) }
    }
  }
}
