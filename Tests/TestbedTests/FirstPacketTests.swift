import Addresses
import PacketPath
import Ruleset
import Testing

@testable import Testbed

/// What arrives at a tap is bytes from a network: anything may come, and only probes count.
@Suite struct FirstPacketTests {
  private static let token = Token(batch: 7, probe: 0x0102_0304)

  /// An IPv4 SYN to 10.1.2.3:80 with the token as its data.
  private static let syn: [UInt8] =
    [0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 100, 64, 0, 2, 10, 1, 2, 3]
    + [0x9C, 0x40, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0b10, 0, 0, 0, 0, 0, 0] + token.bytes

  @Test func readsTheTokenOfASYN() throws {
    let packet = try #require(FirstPacket(ip: Self.syn[...]))
    #expect(packet.token == Self.token)
    #expect(packet.destination == SocketAddress(IPAddress(.ipv4, 0x0A01_0203), 80))
  }

  @Test func anAnswerIsNoFirstPacket() {
    var answer = Self.syn
    answer[33] = 0b1_0010
    #expect(FirstPacket(ip: answer[...]) == nil)
  }

  @Test func nothingShorterIsRead() {
    for length in 0..<Self.syn.count { #expect(FirstPacket(ip: Self.syn[..<length]) == nil) }
  }

  /// Both ways of one connection clash in the kernel, so they never travel together.
  @Test func aConnectionIsOnceInABatch() throws {
    let pod = try #require(IPAddress("100.64.0.2"))
    let peer = try #require(IPAddress("1.2.3.4"))
    let out = Packet(.tcp, from: pod, port: 53, to: peer, port: 80)
    let back = Packet(.tcp, from: peer, port: 80, to: pod, port: 53)
    let other = Packet(.udp, from: pod, port: 53, to: peer, port: 80)
    #expect(Prober.batches(of: [out, back, other, out], limit: 10) == [[0, 2], [1], [3]])
    let sibling = Packet(.tcp, from: pod, port: 53, to: peer, port: 81)
    #expect(Prober.batches(of: [out, sibling, other], limit: 10) == [[0, 1, 2]])
    #expect(Prober.batches(of: [out, sibling, other], limit: 10, apart: true) == [[0, 2], [1]])
  }
}
