internal import Addresses
internal import CKernel
internal import Glibc
internal import LiveKernel
internal import PacketPath
internal import Ruleset

/// A place where packets are seen.
///
/// Two kinds are enough to know of every packet where it ended. Raw sockets get a copy of all that
/// is delivered in their namespace, after its last hook and whether or not anybody listens on the
/// port. A packet socket at the far end of a link gets all that leaves by it, after the last hook of
/// this end. So nothing has to answer a probe, and one packet tells.
final class Tap {
  private enum Kind {
    case wire
    case delivery(TransportProtocol, Family)
  }

  private let kind: Kind
  private let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  private init(_ kind: Kind, _ descriptor: Int32) throws(TestbedError) {
    guard descriptor >= 0 else {
      let kind: LiveError.Kind = descriptor == -EPERM ? .permission(.netRaw) : .system
      throw .kernel(LiveError(kind, "open a raw socket", errno: -descriptor))
    }
    self.kind = kind
    self.descriptor = descriptor
    OpenSocket.set(descriptor, SOL_SOCKET, Int32(CK_SO_RCVBUFFORCE), 64 << 20)
  }

  deinit { close(descriptor) }

  /// All that comes to the calling thread's namespace from elsewhere.
  static func wire() throws(TestbedError) -> Tap {
    try Tap(.wire, ck_open_wire())
  }

  /// All that is delivered in the calling thread's namespace.
  static func deliveries() throws(TestbedError) -> [Tap] {
    var taps: [Tap] = []
    for transport in [TransportProtocol.tcp, .udp] {
      for family in Family.allCases {
        let descriptor = ck_socket(
          family == .ipv4 ? AF_INET : AF_INET6, Int32(SOCK_RAW.rawValue),
          Int32(transport.rawValue))
        let tap = try Tap(.delivery(transport, family), descriptor)
        if family == .ipv6 {
          OpenSocket.set(descriptor, Int32(IPPROTO_IPV6), Int32(CK_IPV6_RECVPKTINFO), 1)
        }
        taps.append(tap)
      }
    }
    return taps
  }

  /// The next first packet of a probe that waits here; nil when there is none.
  func next() -> FirstPacket? {
    var arrival = ck_arrival()
    while true {
      let count = ck_receive(descriptor, &buffer, buffer.count, &arrival)
      if count < 0 {
        if count == -Int(EINTR) || count == -Int(ENOBUFS) { continue }
        return nil
      }
      let bytes = buffer[..<count]
      let packet: FirstPacket?
      switch kind {
      case .wire: packet = arrival.is_outgoing != 0 ? nil : FirstPacket(ip: bytes)
      case .delivery(_, .ipv4): packet = FirstPacket(ip: bytes)
      case .delivery(let transport, .ipv6):
        let bits = withUnsafeBytes(of: arrival.destination) {
          $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        }
        packet = FirstPacket(transport, bytes, to: IPAddress(.ipv6, bits))
      }
      if let packet { return packet }
    }
  }
}
