import Addresses
import CKernel
import CMnl
import Glibc
public import Ruleset

extension NetworkNamespace {
  /// All TCP sockets of the namespace, and the UDP sockets that are bound to a port.
  ///
  /// Needs no privilege but to enter the namespace. Who holds a socket is not in the kernel's
  /// answer: see `Host.holders(of:)`.
  public func readSockets() throws(LiveError) -> [Socket] {
    try enter { () throws(LiveError) in
      let reader = try SocketReader()
      var sockets: [Socket] = []
      for family in [Family.ipv4, .ipv6] {
        for transport in [TransportProtocol.tcp, .udp] {
          sockets += try reader.read(transport, family)
        }
      }
      return sockets
    }
  }
}

/// inet_diag over netlink (linux/inet_diag.h), of the calling thread's namespace.
private struct SocketReader {
  private let socket: NetlinkSocket

  init() throws(LiveError) {
    do throws(NetlinkSocket.Failure) {
      socket = try NetlinkSocket(Int32(CK_NETLINK_SOCK_DIAG))
    } catch {
      throw error.asLiveError("open a socket for inet_diag", of: .socketDiagnosis)
    }
  }

  func read(_ transport: TransportProtocol, _ family: Family) throws(LiveError) -> [Socket] {
    var sockets: [Socket] = []
    do throws(NetlinkSocket.Failure) {
      try socket.request(
        { buffer, sequence in
          Self.request(transport, family, buffer, sequence)
        },
        // Sockets come and go; the kernel lists each of the rest once.
        tolerant: true,
        each: { message throws(NetlinkSocket.Failure) in
          guard let socket = Socket(diagnosis: message.payload, transport) else { throw .malformed }
          sockets.append(socket)
        })
    } catch .refused(ENOENT) {
      // sock_diag's answer where the protocol's module is not there.
      if transport == .udp { return try UDPTable.sockets(family) }
      throw LiveError(.missing(.socketDiagnosis), "list \(transport) sockets", errno: ENOENT)
    } catch {
      throw error.asLiveError("list \(transport) sockets", of: .socketDiagnosis)
    }
    return sockets
  }

  /// `struct inet_diag_req_v2`, for all states, with tcp_info.
  private static func request(
    _ transport: TransportProtocol, _ family: Family, _ buffer: UnsafeMutableRawPointer,
    _ sequence: UInt32
  ) -> UnsafeMutablePointer<nlmsghdr>? {
    let header = mnl_nlmsg_put_header(buffer)
    header?.pointee.nlmsg_type = 20  // SOCK_DIAG_BY_FAMILY
    header?.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST) | UInt16(NLM_F_DUMP)
    header?.pointee.nlmsg_seq = sequence
    guard let body = mnl_nlmsg_put_extra_header(header, 56) else { return nil }
    body.storeBytes(of: UInt8(family == .ipv4 ? AF_INET : AF_INET6), as: UInt8.self)
    body.storeBytes(of: transport.rawValue, toByteOffset: 1, as: UInt8.self)
    body.storeBytes(of: 1 << (Attribute.info - 1), toByteOffset: 2, as: UInt8.self)
    body.storeBytes(of: UInt32.max, toByteOffset: 4, as: UInt32.self)
    return header
  }

  enum Attribute {
    /// INET_DIAG_INFO.
    static let info: UInt16 = 2
    /// INET_DIAG_SKV6ONLY; of sockets of IPv6, whatever is asked for.
    static let ipv6Only: UInt16 = 11
  }
}

extension Socket {
  /// `struct inet_diag_msg`, 72 bytes, then attributes.
  init?(diagnosis message: Bytes, _ transport: TransportProtocol) {
    guard let family = message.byte(0).flatMap({ Int32($0) == AF_INET ? Family.ipv4 : .ipv6 }),
      let state = message.byte(1).flatMap(State.init(rawValue:)), let timer = message.byte(2),
      let retransmits = message.byte(3), let localPort = message.network(4, as: UInt16.self),
      let remotePort = message.network(6, as: UInt16.self),
      let local = message.slice(8, family.width / 8)?.bigEndian,
      let remote = message.slice(24, family.width / 8)?.bigEndian,
      let expires = message.host(52, as: UInt32.self),
      let receiveQueue = message.host(56, as: UInt32.self),
      let sendQueue = message.host(60, as: UInt32.self),
      let uid = message.host(64, as: UInt32.self),
      let inode = message.host(68, as: UInt32.self), let attributes = message.dropFirst(72)
    else { return nil }
    self.init(
      transport, local: Socket.Address(.init(mapped: local, family), port: localPort),
      remote: Socket.Address(.init(mapped: remote, family), port: remotePort), state: state,
      uid: uid,
      inode: inode, timer: Timer(kind: timer, expires: expires), retransmits: retransmits,
      receiveQueue: receiveQueue, sendQueue: sendQueue,
      traffic: state == .listen
        ? nil : attributes.attribute(number: SocketReader.Attribute.info).flatMap(Traffic.init))
    isIPv6Only = attributes.attribute(number: SocketReader.Attribute.ipv6Only)?.byte(0) == 1
  }
}

extension IPAddress {
  /// A socket of the IPv6 family that speaks IPv4 shows mapped addresses; its packets are IPv4.
  init(mapped bits: UInt128, _ family: Family) {
    if family == .ipv6, bits >> 32 == 0xFFFF {
      self.init(.ipv4, bits & 0xFFFF_FFFF)
    } else {
      self.init(family, bits)
    }
  }
}

extension Socket.Timer {
  /// `idiag_timer` and `idiag_expires`, as `inet_csk_diag_fill` sets them.
  fileprivate init(kind: UInt8, expires: UInt32) {
    self =
      switch kind {
      case 1: .retransmit(expires)
      case 2: .keepalive(expires)
      case 3: .timeWait(expires)
      case 4: .persist(expires)
      default: .off
      }
  }
}

extension Socket.Traffic {
  /// `struct tcp_info` (linux/tcp.h), which older kernels end sooner.
  fileprivate init?(_ info: Bytes) {
    guard let sent = info.host(44, as: UInt32.self), let received = info.host(52, as: UInt32.self),
      let retransmissions = info.host(100, as: UInt32.self),
      let acknowledged = info.host(120, as: UInt64.self),
      let bytesReceived = info.host(128, as: UInt64.self)
    else { return nil }
    self.init(
      sinceSent: sent, sinceReceived: received, bytesAcknowledged: acknowledged,
      bytesReceived: bytesReceived, retransmissions: retransmissions)
  }
}
