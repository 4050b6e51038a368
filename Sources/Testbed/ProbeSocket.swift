internal import Addresses
internal import CKernel
internal import Glibc
internal import LiveKernel
internal import PacketPath
internal import Ruleset

/// A real socket that sends one probe.
final class ProbeSocket {
  private let socket: OpenSocket
  /// What `send` said: the packet was refused or dropped on the spot.
  private(set) var immediate: Sighting?

  /// Sends the packet from a socket of its owner, on the calling thread and in its namespace. The
  /// token travels in the first packet, with TCP as data of the SYN.
  ///
  /// - Parameter mark: what routing there looks at.
  init(
    _ packet: Packet, token: Token, from network: PodNetwork, mark: UInt32, through device: String?
  ) throws(OpenSocket.Failure) {
    socket = try OpenSocket(packet.transport, packet.family)
    socket.set(ipv4: Int(CK_IP_RECVERR), ipv6: Int(CK_IPV6_RECVERR), 1)
    if let device { try socket.bind(toDevice: device) }
    if mark != 0 {
      let error = socket.set(SOL_SOCKET, Int32(CK_SO_MARK), Int32(bitPattern: mark))
      if error != 0 { throw OpenSocket.Failure("SO_MARK", error) }
    }
    if let source = packet.source,
      packet.inputInterface != nil || !network.addresses.contains(source)
    {
      try socket.setTransparent()
    }
    try socket.bind(packet.source, packet.sourcePort)
    let destination = SocketAddress(packet.destination, packet.destinationPort)
    let error =
      packet.transport == .tcp
      ? send(token, to: destination, flags: Int32(CK_MSG_FASTOPEN))
      : connectAndSend(token, to: destination)
    switch error {
    case 0, EINPROGRESS: break
    // A UDP packet dropped in OUTPUT; one refused there may have been answered already.
    case EPERM: immediate = wasRefused ? .refused : .silent
    // To a broadcast address, EACCES.
    case EACCES, EINVAL, EADDRNOTAVAIL, EADDRINUSE, EAFNOSUPPORT, ENETUNREACH, EOPNOTSUPP:
      throw OpenSocket.Failure("send", error)
    default: immediate = .refused
    }
  }

  private func send(_ token: Token, to destination: SocketAddress, flags: Int32) -> Int32 {
    let bytes = token.bytes
    return destination.withKernelAddress { address, length in
      sendto(
        socket.descriptor, bytes, bytes.count, flags | Int32(MSG_NOSIGNAL), address, length)
        < 0 ? errno : 0
    }
  }

  /// A connected socket is told of ICMP errors.
  private func connectAndSend(_ token: Token, to destination: SocketAddress) -> Int32 {
    let error = destination.withKernelAddress { address, length in
      connect(socket.descriptor, address, length) < 0 ? errno : 0
    }
    if error != 0 { return error }
    let bytes = token.bytes
    return Glibc.send(socket.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0
      ? errno : 0
  }

  /// Whether the sender was told that the packet did not get through.
  var wasRefused: Bool {
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
    return error != 0 && error != EPERM || ck_take_icmp_error(socket.descriptor) != 0
  }
}

/// The process's rights for sockets, on the calling thread only.
enum SocketOwner {
  static func assume(_ owner: Owner) throws(TestbedError) {
    let error = ck_set_filesystem_owner(owner.uid, owner.gid)
    guard error == 0 else {
      throw .kernel(
        LiveError(.permission(.setID), "open sockets as uid \(owner.uid)", errno: error))
    }
  }

  static func dropGroups() throws(TestbedError) {
    let error = ck_drop_groups()
    guard error == 0 else {
      throw .kernel(LiveError(.permission(.setID), "drop supplementary groups", errno: error))
    }
  }
}
