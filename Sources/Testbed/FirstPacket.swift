internal import Addresses
internal import PacketPath
internal import Ruleset

/// What the first packet of a probe carries, so that it is known again wherever it arrives and
/// whatever NAT made of its addresses.
struct Token: Hashable, Sendable {
  var batch: UInt32
  var probe: UInt32

  static let length = 12
  private static let magic: [UInt8] = Array("bpvf".utf8)

  init(batch: UInt32, probe: UInt32) {
    self.batch = batch
    self.probe = probe
  }

  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.length, bytes.starts(with: Self.magic) else { return nil }
    func number(at offset: Int) -> UInt32 {
      bytes.dropFirst(offset).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
    self.init(batch: number(at: 4), probe: number(at: 8))
  }

  var bytes: [UInt8] {
    Self.magic
      + [batch, probe].flatMap { number in
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
      }
  }
}

/// A probe's first packet as it was seen somewhere: a TCP SYN or a UDP datagram.
struct FirstPacket: Hashable, Sendable {
  var token: Token
  var destination: SocketAddress

  /// From an IP header on; nil for any other packet.
  init?(ip bytes: ArraySlice<UInt8>) {
    switch bytes.first.map({ $0 >> 4 }) {
    case 4:
      guard bytes.count >= 20 else { return nil }
      let header = Array(bytes.prefix(20))
      let address = header[16..<20].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
      self.init(
        TransportProtocol(rawValue: header[9]),
        bytes.dropFirst(Int(header[0] & 15) * 4), to: IPAddress(.ipv4, address))
    case 6:
      guard bytes.count >= 40 else { return nil }
      let header = Array(bytes.prefix(40))
      let address = header[24..<40].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
      self.init(
        TransportProtocol(rawValue: header[6]), bytes.dropFirst(40),
        to: IPAddress(.ipv6, address))
    default: return nil
    }
  }

  /// From the transport header on.
  init?(_ transport: TransportProtocol, _ bytes: ArraySlice<UInt8>, to address: IPAddress) {
    guard bytes.count >= 8 else { return nil }
    let header = Array(bytes.prefix(20))
    let payload: ArraySlice<UInt8>
    switch transport {
    case .tcp:
      // SYN without ACK.
      guard header.count == 20, header[13] & 0b1_0010 == 0b10 else { return nil }
      payload = bytes.dropFirst(Int(header[12] >> 4) * 4)
    case .udp: payload = bytes.dropFirst(8)
    default: return nil
    }
    guard let token = Token(payload) else { return nil }
    self.token = token
    destination = SocketAddress(address, UInt16(header[2]) << 8 | UInt16(header[3]))
  }
}
