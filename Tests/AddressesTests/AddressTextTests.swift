import TestSupport
import Testing

@testable import Addresses

@Suite struct AddressTextTests {
  @Test(arguments: [
    ("10.1.2.3", "10.1.2.3"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
    ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
    ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("0:0:0:0:0:0:0:0", "::"),
  ])
  func readsAndPrints(text: String, canonical: String) {
    #expect(IPAddress(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4", ":",
    ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::1%lo", "1:", ":1", "::g",
    "1:2:3:4:5:6:7:8::", "::1.2.3.4.5", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4",
  ])
  func refuses(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("10.1.2.3/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("::1/128", "::1/128"),
  ])
  func prefixKeepsHostBits(text: String, network: String) throws {
    let prefix = try #require(Prefix(text))
    #expect(prefix.description == text)
    #expect(prefix.network.description == network)
  }

  @Test(arguments: [
    "10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "::/129", "10.0.0.0/", "/8",
  ])
  func refusesPrefix(text: String) {
    #expect(Prefix(text) == nil)
  }

  @Test(arguments: 0..<100)
  func coverIsTheSetAgain(seed: Int) {
    var random = Seeded(seed)
    let ends = (0..<4).map { _ in UInt128.random(in: 0...0xFFFF_FFFF, using: &random) }.sorted()
    let set = IntervalSet([ends[0]...ends[1], ends[2]...ends[3]])
    #expect(IntervalSet(Prefix.cover(of: set, in: .ipv4)) == set)
  }

  @Test func coverOfEverything() {
    let all = IntervalSet([0...UInt128.max])
    #expect(Prefix.cover(of: all, in: .ipv4).map(\.description) == ["0.0.0.0/0"])
    #expect(Prefix.cover(of: all, in: .ipv6).map(\.description) == ["::/0"])
  }

  @Test func interfaceWildcardIsAnInterval() throws {
    let names = InterfaceName.names(startingWith: Array("eth".utf8))
    #expect(names.contains(try #require(InterfaceName("eth0")).bits))
    #expect(names.contains(try #require(InterfaceName("eth")).bits))
    #expect(!names.contains(try #require(InterfaceName("et")).bits))
    #expect(InterfaceName("sixteen-bytes-ok") == nil)
    #expect(InterfaceName.loopback.description == "lo")
  }
}
