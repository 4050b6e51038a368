import Addresses
import Ruleset
import Testing

@testable import PacketPath

/// What comes in from a wire: where REDIRECT leads it, and what never arrives. All measured.
@Suite struct ArrivalTests {
  private func path(
    _ packet: Packet, _ ruleset: Ruleset, in network: PodNetwork
  ) throws -> Path {
    try Simulator(ruleset, in: network).path(of: packet)
  }

  /// Of IPv6 to an address of the destination's scope, where the interface has one.
  @Test(arguments: [
    ("2001:db8::1", Outcome.redirect(IPAddress("fd64::2"), port: 15006)),
    ("ff0e::1", .redirect(IPAddress("fd64::2"), port: 15006)),
    ("fe80::9", .redirect(nil, port: 15006)), ("ff02::1", .redirect(nil, port: 15006)),
    ("fec0::1", .drop), ("ff05::1", .drop), ("::1", .drop),
  ])
  func redirectInPreroutingKeepsTheScope(destination: String, outcome: Outcome) throws {
    let rules = Ruleset.one(
      .nat, .prerouting, priority: -100, family: .inet, [Rule(.redirect(15006))])
    let packet = Packet.inbound(destination, 80, from: "2001:db8::9")
    let simulator = try Simulator(rules, in: PodNetwork(.pod))
    #expect(simulator.path(of: packet).outcome == outcome)
    #expect(CompiledRuleset(simulator).verdict(for: packet).outcome == outcome)
  }

  @Test func redirectTakesTheAddressOfThatScope() throws {
    let rules = Ruleset.one(
      .nat, .prerouting, priority: -100, family: .inet, [Rule(.redirect(15006))])
    let own = ["fe80::2", "fec0::2", "fd64::2"].compactMap { IPAddress($0) }
    for (asked, given) in zip(["fe80::9", "ff05::1", "fd64::9"], own) {
      let packet = Packet.inbound(asked, 80, from: "2001:db8::9")
      let path = try path(packet, rules, in: PodNetwork(LocalAddresses(own)))
      #expect(path.outcome == .redirect(given, port: 15006))
    }
  }

  /// What bears an address of loopback is lost on its way in; IPv4 looks only after PREROUTING.
  @Test func loopbackComesInByNoWire() throws {
    let redirects = Ruleset.one(.nat, .prerouting, priority: -100, [Rule(.redirect(15006))])
    let pod = PodNetwork(.pod)
    #expect(try path(.inbound("127.0.0.1", 80), Ruleset(), in: pod).outcome == .drop)
    #expect(
      try path(.inbound("127.0.0.1", 80), redirects, in: pod).outcome
        == .redirect(IPAddress("100.64.0.2"), port: 15006))
    let spoofed = Packet.inbound("100.64.0.2", 80, from: "127.0.0.1")
    #expect(try path(spoofed, redirects, in: pod).outcome == .drop)
  }

  /// Nothing is taken in from an address that no other host has; IPv6 does not mind the pod's own.
  @Test(arguments: [
    ("100.64.0.2", "10.9.9.9", Outcome.local), ("100.64.0.2", "100.64.0.2", .drop),
    ("100.64.0.2", "224.0.0.1", .drop), ("100.64.0.2", "255.255.255.255", .drop),
    ("fd64::2", "fd09::9", .local), ("fd64::2", "fd64::2", .local), ("fd64::2", "ff0e::1", .drop),
    ("fd64::2", "::1", .drop), ("ff02::1", "fd09::9", .forward), ("ff01::1", "fd09::9", .drop),
    ("ff10::1", "fd09::9", .drop),
  ])
  func martianSources(destination: String, source: String, outcome: Outcome) throws {
    let packet = Packet.inbound(destination, 80, from: source)
    #expect(try path(packet, Ruleset(), in: PodNetwork(.pod)).outcome == outcome)
  }
}
