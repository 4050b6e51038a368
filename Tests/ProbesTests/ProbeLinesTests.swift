import Addresses
import Documents
import PacketPath
import Ruleset
import Testing

@testable import Probes

@Suite struct ProbeLinesTests {
  private let network = PodNetwork(LocalAddresses([IPAddress("10.244.1.5")].compactMap(\.self)))

  private func read(_ line: String) throws -> Probe {
    var lines = ProbeLines(Array(line.utf8), in: network)
    return try #require(try lines.next())
  }

  @Test func readsTheContractsExample() throws {
    let probe = try read(
      """
      {"protocol":"tcp","destination":"10.0.0.9","destinationPort":3306,"source":"10.244.1.5",\
      "sourcePort":40001,"uid":1000,"gid":1000,"outInterface":"eth0","expect":"captured"}
      """)
    #expect(probe.packet.owner == Owner(uid: 1000, gid: 1000))
    #expect(probe.packet.outputInterface == InterfaceName("eth0"))
    #expect(probe.packet.sourcePort == 40001)
    #expect(probe.expected == .fate(.captured))
  }

  @Test func outboundDefaults() throws {
    let packet = try read(#"{"destination":"10.0.0.9","destinationPort":1}"#).packet
    #expect(packet.owner == Owner(uid: 0, gid: 0))
    #expect(packet.outputInterface == InterfaceName("eth0"))
    #expect(packet.source == nil)
    #expect(packet.transport == .tcp)
  }

  @Test(arguments: ["127.0.0.2", "10.244.1.5"])
  func leavesByLoopbackToThePodItself(destination: String) throws {
    let packet = try read(#"{"destination":"\#(destination)","destinationPort":1}"#).packet
    #expect(packet.outputInterface == .loopback)
    #expect(packet.source != nil)
  }

  @Test func inboundHasNoSocket() throws {
    let packet = try read(
      #"{"destination":"10.244.1.5","destinationPort":1,"inInterface":"eth0"}"#
    ).packet
    #expect(packet.owner == nil)
    #expect(packet.outputInterface == nil)
  }

  @Test func aNullOwnerIsNoSocket() throws {
    let packet = try read(#"{"destination":"1.2.3.4","destinationPort":1,"uid":null}"#).packet
    #expect(packet.owner == nil)
  }

  @Test(arguments: [
    (#"{"destination":"1.2.3","destinationPort":1}"#, "1:16: expected an IP address"),
    (#"{"destination":"1.2.3.4"}"#, "1:1: no destination port"),
    (
      #"{"destination":"1.2.3.4","destinationPort":65536}"#,
      "1:44: expected an integer from 0 to 65535"
    ),
    (#"{"destinaton":"1.2.3.4"}"#, "1:2: unknown key 'destinaton'; did you mean 'destination'?"),
    (
      #"{"destination":"1.2.3.4","destinationPort":1,"source":"::1"}"#,
      "1:1: source and destination"
    ),
    (#"{"destination":"1.2.3.4","destinationPort":1,"expect":"yes"}"#, "1:55: expected captured"),
  ])
  func saysWhereItIsWrong(line: String, message: String) {
    #expect { try read(line) } throws: { "\($0)".hasPrefix(message) }
  }

  @Test func expectations() {
    #expect(Expectation("captured")?.holds(for: .redirect(nil, port: 15001)) == true)
    #expect(Expectation("captured")?.holds(for: .redirect(nil, port: 15053)) == false)
    #expect(Expectation("redirect")?.holds(for: .redirect(nil, port: 15053)) == true)
    #expect(Expectation("bypass")?.holds(for: .forward) == false)
    #expect(Expectation("nonsense") == nil)
  }
}
