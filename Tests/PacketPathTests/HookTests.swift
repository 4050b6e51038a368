import Addresses
import Ruleset
import Testing

@testable import PacketPath

/// How packets really travel: the behaviours measured on the kernel, one by one.
@Suite struct HookTests {
  private func path(
    _ packet: Packet, _ ruleset: Ruleset, in network: PodNetwork? = nil,
    mapping: SocketAddress? = nil
  ) throws -> Path {
    try Simulator(ruleset, in: network).path(of: packet, mapping: mapping, tracing: true)
  }

  private let loopback = IPAddress("127.0.0.1")

  // MARK: NAT

  @Test func redirectInOutputGoesToLoopback() throws {
    let rules = Ruleset.one(.nat, .output, priority: -100, [Rule([.port(80)], .redirect(15001))])
    let path = try path(.app("10.0.0.9", 80), rules)
    #expect(path.outcome == .redirect(loopback, port: 15001))
    #expect(path.decidedBy?.number == 1)
    #expect(path.passages.map(\.hook) == [.output, .postrouting, .prerouting, .input])
  }

  @Test func redirectInOutputGoesToIPv6Loopback() throws {
    let rules = Ruleset.one(
      .nat, .output, priority: -100, family: .inet, [Rule(.redirect(15001))])
    let path = try path(.app("2001:db8::1", 80), rules)
    #expect(path.outcome == .redirect(IPAddress("::1"), port: 15001))
  }

  @Test func redirectInPreroutingGoesToTheInterfacesFirstAddress() throws {
    let rules = Ruleset.one(.nat, .prerouting, priority: -100, [Rule(.redirect(15006))])
    let packet = Packet.inbound("100.64.0.2", 80)
    #expect(try path(packet, rules).outcome == .redirect(nil, port: 15006))
    let known = try path(packet, rules, in: PodNetwork(.pod))
    #expect(known.outcome == .redirect(IPAddress("100.64.0.2"), port: 15006))
    #expect(known.passages.last?.packet.source == IPAddress("10.9.9.9"))
  }

  @Test func loopedBackPacketsDoNotConsultNatPrerouting() throws {
    let rules = Ruleset.one(.nat, .prerouting, priority: -100, [Rule(.redirect(15006))])
    #expect(try path(.app("127.0.0.1", 80), rules).outcome == .local)
    let both = rules + .one(.nat, .output, priority: -100, [Rule([.port(81)], .redirect(15001))])
    #expect(try path(.app("127.0.0.1", 80), both).outcome == .local)
    #expect(try path(.app("127.0.0.1", 81), both).outcome == .redirect(loopback, port: 15001))
  }

  @Test func acceptInOneNatChainDoesNotEndTheOthers() throws {
    let accepts = Ruleset.one(.nat, .output, priority: -110, name: "a", [Rule(.accept)])
    let redirects = Ruleset.one(.nat, .output, priority: -90, name: "b", [Rule(.redirect(1))])
    #expect(
      try path(.app("10.0.0.9", 80), accepts + redirects).outcome == .redirect(loopback, port: 1))
  }

  @Test func theFirstMappingWins() throws {
    let first = Ruleset.one(.nat, .output, priority: -100, name: "a", [Rule(.redirect(1))])
    let second = Ruleset.one(.nat, .output, priority: -100, name: "b", [Rule(.redirect(2))])
    let outcome = try path(.app("10.0.0.9", 80), first + second).outcome
    #expect(outcome == .redirect(loopback, port: 2))
  }

  /// The one NAT hook runs at -100 whatever priority its chains ask for among themselves.
  @Test func natRunsAtItsOwnPriority() throws {
    let nat = Ruleset.one(.nat, .output, priority: -250, name: "a", [Rule(.redirect(15001))])
    let before = Ruleset.one(
      .filter, .output, priority: -120, name: "b", [Rule([.port(80)], .drop)])
    #expect(try path(.app("10.0.0.9", 80), nat + before).outcome == .drop)
  }

  @Test(arguments: [ConnectionState.established, .invalid, .untracked])
  func onlyNewConnectionsConsultNat(state: ConnectionState) throws {
    let rules = Ruleset.one(.nat, .output, priority: -100, [Rule(.return), Rule(.drop)])
    #expect(try path(.app("10.0.0.9", 80, state: state), rules).outcome == .bypass)
  }

  @Test func relatedConnectionsConsultNat() throws {
    let rules = Ruleset.one(.nat, .output, priority: -100, [Rule(.redirect(1))])
    let outcome = try path(.app("10.0.0.9", 80, state: .related), rules).outcome
    #expect(outcome == .redirect(loopback, port: 1))
  }

  @Test func establishedFateIsUnknownWithoutTheMapping() throws {
    let nat = Ruleset.one(.nat, .output, priority: -100, [Rule([.port(1)], .redirect(15001))])
    let packet = Packet.app("10.0.0.9", 80, state: .established)
    #expect(
      try path(packet, nat).outcome
        == .unknown("the mapping of its established connection is not given"))
    let known = try path(packet, nat, mapping: SocketAddress(.init(.ipv4, 0x7F00_0001), 15001))
    #expect(known.outcome == .redirect(loopback, port: 15001))
    let dropped = nat + .one(.filter, .output, [Rule([.state(.established)], .drop)])
    #expect(try path(packet, dropped).outcome == .drop)
  }

  @Test func portRangesAreTheKernelsChoice() throws {
    let rules = Ruleset.one(
      .nat, .output, priority: -100, [Rule(.nat(NAT(.redirect, ports: 1000...2000)))])
    #expect(try path(.app("10.0.0.9", 80), rules).outcome.word == "unknown")
    #expect(
      try path(.app("10.0.0.9", 1500), rules).outcome == .redirect(loopback, port: 1500))
    let dropped =
      rules
      + .one(
        .filter, .output,
        [
          Rule([Constraint(.destinationPort, in: IntervalSet([900...2100]))], .drop)
        ])
    #expect(try path(.app("10.0.0.9", 80), dropped).outcome == .drop)
  }

  @Test func destinationNATIsReroutedAndTold() throws {
    let target = IPAddress(.ipv4, 0x0A01_0203)
    let rules = Ruleset.one(
      .nat, .output, priority: -100,
      [Rule(.nat(NAT(.destination, addresses: target...target, ports: 8...8)))])
    let path = try path(.app("100.64.0.2", 80), rules)
    #expect(path.outcome == .dnat(target, port: 8))
    #expect(path.passages.last?.packet.outputInterface == InterfaceName("eth0"))
  }

  @Test(arguments: [
    ("127.0.0.1", "192.0.2.1", "100.64.0.2", Outcome.drop),
    ("::1", "2001:db8::1", "fd64::2", .dnat(IPAddress(.ipv6, 0x2001_0DB8 << 96 | 1), port: 80)),
  ])
  func addressesOfLoopbackAreOnNoWire(
    loopback: String, other: String, own: String, leaving: Outcome
  ) throws {
    func mapping(_ hook: Hook, to address: String) throws -> Ruleset {
      let address = try #require(IPAddress(address))
      return .one(
        .nat, hook, priority: -100, family: .inet,
        [Rule(.nat(NAT(.destination, addresses: address...address)))])
    }
    #expect(try path(.app(loopback, 80), mapping(.output, to: other)).outcome == leaving)
    let inwards = try mapping(.prerouting, to: loopback)
    for network in [PodNetwork(), PodNetwork(.pod)] {
      #expect(try path(.inbound(own, 80), inwards, in: network).outcome == .drop)
    }
  }

  /// (Measured, with 3000-4000 and the option `--random`.)
  @Test(arguments: [(false, Outcome.redirect(IPAddress("127.0.0.1"), port: 3306)), (true, nil)])
  func aPortInTheRangeStaysUnlessDrawn(isRandom: Bool, outcome: Outcome?) throws {
    let nat = NAT(.redirect, ports: 3000...4000, isRandom: isRandom)
    let rules = Ruleset.one(.nat, .output, priority: -100, [Rule(.nat(nat))])
    let drawn = Outcome.unknown("the kernel picks a port")
    #expect(try path(.app("10.0.0.9", 3306), rules).outcome == outcome ?? drawn)
    #expect(try path(.app("10.0.0.9", 80), rules).outcome == drawn)
  }

  @Test func masqueradeDoesNotChangeTheVerdict() throws {
    let rules = Ruleset.one(.nat, .postrouting, priority: 100, [Rule(.nat(NAT(.masquerade)))])
    let path = try path(.app("10.0.0.9", 80), rules, in: PodNetwork(.pod))
    #expect(path.outcome == .bypass)
    #expect(path.passages.last?.packet.source == IPAddress("100.64.0.2"))
  }

  @Test func afterRedirectFilterOutputSeesTheOldInterfaceAndPostroutingLo() throws {
    let nat = Ruleset.one(.nat, .output, priority: -100, [Rule(.redirect(15001))])
    let output = Ruleset.one(
      .filter, .output, [Rule([.out("eth0"), .destination("127.0.0.1/32"), .port(15001)], .drop)])
    #expect(try path(.app("10.0.0.9", 80), nat + output).outcome == .drop)
    let lo = Ruleset.one(.filter, .output, [Rule([.out("lo")], .drop)])
    #expect(try path(.app("10.0.0.9", 80), nat + lo).outcome == .redirect(loopback, port: 15001))
    let after = Ruleset.one(.filter, .postrouting, [Rule([.out("lo")], .drop)])
    #expect(try path(.app("10.0.0.9", 80), nat + after).outcome == .drop)
  }

  // MARK: Conntrack

  @Test func beforeConntrackTheStateIsInvalid() throws {
    let raw = Ruleset.one(.filter, .output, priority: -300, [Rule([.state(.new)], .drop)])
    #expect(try path(.app("10.0.0.9", 80), raw).outcome == .bypass)
    let invalid = Ruleset.one(.filter, .output, priority: -300, [Rule([.state(.invalid)], .drop)])
    #expect(try path(.app("10.0.0.9", 80), invalid).outcome == .drop)
  }

  @Test func theEntryTravelsOverLoopback() throws {
    let raw = Ruleset.one(.filter, .prerouting, priority: -300, [Rule([.state(.new)], .drop)])
    #expect(try path(.app("127.0.0.1", 80), raw).outcome == .drop)
    #expect(try path(.inbound("100.64.0.2", 80), raw).outcome == .local)
  }

  @Test func notrackIsUntrackedAndSkipsNat() throws {
    let raw = Ruleset.one(
      .filter, .output, priority: -300,
      [
        Rule(.notrack), Rule([.state(.untracked), .port(81)], .drop),
      ])
    let nat = Ruleset.one(.nat, .output, priority: -100, [Rule(.redirect(15001))])
    #expect(try path(.app("10.0.0.9", 80), raw + nat).outcome == .bypass)
    #expect(try path(.app("10.0.0.9", 81), raw + nat).outcome == .drop)
  }

  @Test func notrackComesTooLateAfterConntrack() throws {
    let late = Ruleset.one(.filter, .output, priority: -150, [Rule(.notrack)])
    let nat = Ruleset.one(.nat, .output, priority: -100, [Rule(.redirect(15001))])
    #expect(
      try path(.app("10.0.0.9", 80), late + nat).outcome == .redirect(loopback, port: 15001))
  }

  @Test func theZoneIsTold() throws {
    let raw = Ruleset.one(.filter, .output, priority: -300, [Rule([.port(53)], .zone(1))])
    #expect(try path(.app("10.0.0.9", 53, .udp), raw).zone == 1)
    #expect(try path(.app("10.0.0.9", 54, .udp), raw).zone == nil)
  }

  /// Which of the two wins depends on who writes it; a zone's template passes for a new connection.
  @Test(arguments: [
    (Backend.nftables, ["zone", "zone", "zone"]), (.iptablesNFT, ["none", "zone", "zone"]),
  ])
  func notrackAndZone(backend: Backend, ends: [String]) throws {
    func end(_ effects: [Effect]) throws -> String {
      let raw = Ruleset.one(
        .filter, .output, priority: -300, backend: backend,
        effects.map { Rule($0) } + [.dropAll(.state(.new))])
      return try path(.app("10.0.0.9", 53, .udp), raw).outcome == .drop ? "zone" : "none"
    }
    #expect(try end([.notrack, .zone(1)]) == ends[0])
    #expect(try end([.zone(1), .notrack]) == ends[1])
    #expect(try end([.zone(1)]) == ends[2])
    #expect(try end([.notrack]) == "none")
  }

  /// What left untracked and got nft's zone when it came back by lo is new to conntrack and NAT.
  @Test(arguments: [
    ("127.0.0.1", Outcome.redirect(IPAddress("127.0.0.1"), port: 15001)),
    // Routed again for its new address, it is a martian.
    ("127.0.0.2", .drop), ("100.64.0.2", .drop),
    ("::1", .redirect(IPAddress("::1"), port: 15001)), ("fd64::2", .redirect(nil, port: 15001)),
  ])
  func untrackedPacketsAreTrackedOnTheirWayBack(destination: String, outcome: Outcome) throws {
    let out = Ruleset.one(.filter, .output, priority: -300, family: .inet, [Rule(.notrack)])
    let back = Ruleset.one(.filter, .prerouting, priority: -300, family: .inet, [Rule(.zone(1))])
    let nat = Ruleset.one(
      .nat, .prerouting, priority: -100, family: .inet, [Rule(.redirect(15001))])
    var packet = Packet.app(destination, 53, .udp)
    packet.outputInterface = .loopback
    #expect(try path(packet, out + back + nat).outcome == outcome)
    #expect(try path(packet, out + nat).outcome == .local)
    #expect(try path(packet, back + nat).outcome == .local)
  }

  /// A zone that conntrack met on the way out is not there on the way back of a packet without an entry.
  @Test func notrackMeetsNoZoneOnTheWayBack() throws {
    let out = Ruleset.one(.filter, .output, priority: -300, [Rule(.zone(1))])
    let back = Ruleset.one(.filter, .prerouting, priority: -300, [Rule(.notrack)])
    let input = Ruleset.one(.filter, .input, [.dropAll(.state(.untracked))])
    var packet = Packet.app("127.0.0.1", 80)
    packet.outputInterface = .loopback
    #expect(try path(packet, out + back + input).outcome == .local)
    packet.state = .invalid
    #expect(try path(packet, out + back + input).outcome == .drop)
  }

  // MARK: Sockets

  /// `-m owner ! --uid-owner 1337` holds for a packet without a socket, native `skuid != 1337` does not.
  @Test func packetsWithoutSocket() throws {
    let xt = IntervalSet(1337).complement(in: Field.uid.domain(in: .ipv4))
    let native = xt.subtracting(IntervalSet(Owner.none))
    var packet = Packet.app("10.0.0.9", 80)
    packet.owner = nil
    for (set, outcome) in [(xt, Outcome.drop), (native, .bypass), (IntervalSet(1337), .bypass)] {
      let rules = Ruleset.one(.filter, .output, [Rule([Constraint(.uid, in: set)], .drop)])
      #expect(try path(packet, rules).outcome == outcome)
    }
  }

  @Test func preroutingHasNoSocket() throws {
    let rules = Ruleset.one(
      .filter, .prerouting, [Rule([Constraint(.uid, is: Owner.none)], .drop)])
    #expect(try path(.app("127.0.0.1", 80), rules).outcome == .drop)
  }

  // MARK: Marks and routing

  @Test func tproxyCatchesLoopedPacketsWithTheMark() throws {
    let mangle = Ruleset.one(
      .route, .output, priority: -150,
      [Rule([.out("lo"), Constraint(.uid, is: 1337)], .mark(.set(.packet, to: 1338)))])
    let prerouting = Ruleset.one(
      .filter, .prerouting, priority: -150,
      [
        Rule(
          [
            .test(.all([.into("lo"), .mark(1338)])), .effect(.tproxy(address: nil, port: 15006)),
            .effect(.mark(.set(.packet, to: 1337))), .verdict(.accept),
          ], text: "tproxy")
      ])
    let rules = mangle + prerouting
    let app = try path(.app("100.64.0.2", 80, out: "lo"), rules)
    #expect(app.outcome == .local)
    let proxy = try path(.app("100.64.0.2", 80, uid: 1337, out: "lo"), rules)
    #expect(proxy.outcome == .tproxy(nil, port: 15006))
    #expect(proxy.passages.last?.packet.destination == IPAddress("100.64.0.2"))
  }

  /// Envoy's transparent socket: an answer carries the connection's mark back by `lo`.
  @Test func theMarkRestoredInOutputRoutesToThisHost() throws {
    let restores = Ruleset.one(
      .route, .output, priority: -150,
      [
        Rule(
          [Constraint(.connectionMark(mask: .max), is: 1337)],
          .mark(.restore(packetMask: .max, connectionMask: .max)))
      ])
    let tproxy = Rule(
      [
        .test(.all([.port(1)])), .effect(.tproxy(address: nil, port: 2)),
        .effect(.mark(.set(.packet, to: 1337))), .verdict(.accept),
      ], text: "tproxy")
    let rules = restores + .one(.filter, .prerouting, [tproxy])
    var packet = Packet.app("10.0.0.9", 80, state: .established)
    #expect(try path(packet, rules).outcome == .bypass)
    packet.connectionMark = 1337
    let path = try path(packet, rules)
    #expect(path.outcome == .local)
    #expect(path.passages.map(\.hook) == [.output, .postrouting, .prerouting, .input])
  }

  @Test func onlyRouteChainsRouteAnew() throws {
    let mark = [Rule(.mark(.set(.packet, to: 1337)))]
    let network = PodNetwork(localMark: 1337)
    let route = Ruleset.one(.route, .output, priority: -150, mark)
    #expect(try path(.app("10.0.0.9", 80), route, in: network).outcome == .local)
    let filter = Ruleset.one(.filter, .output, priority: -150, mark)
    #expect(try path(.app("10.0.0.9", 80), filter, in: network).outcome == .bypass)
  }

  @Test func inboundForAnotherAddressIsForwarded() throws {
    let rules = Ruleset.one(.filter, .forward, [Rule([.port(81)], .drop)])
    let network = PodNetwork(.pod)
    #expect(try path(.inbound("10.0.0.9", 80), rules, in: network).outcome == .forward)
    #expect(try path(.inbound("10.0.0.9", 81), rules, in: network).outcome == .drop)
    #expect(try path(.inbound("10.0.0.9", 81), rules).outcome == .local)
  }

  @Test func packetsOutByLoComeBackWhateverTheirDestination() throws {
    let rules = Ruleset.one(.filter, .input, [Rule([.port(81)], .reject(with: "tcp-reset"))])
    #expect(try path(.app("198.51.100.7", 80, out: "lo"), rules).outcome == .local)
    #expect(
      try path(.app("198.51.100.7", 81, out: "lo"), rules).outcome == .reject(with: "tcp-reset"))
  }

  // MARK: Rules

  /// `meta mark set 5 udp dport 1 accept` marks a TCP packet although the rule then fails.
  @Test func effectsHappenEvenWhereTheRuleFails() throws {
    let udp = Constraint(.transportProtocol, is: 17)
    let rules = Ruleset.one(
      .filter, .output,
      [
        Rule(
          [.effect(.mark(.set(.packet, to: 5))), .test(.all([udp])), .verdict(.accept)], text: "a"),
        Rule([.mark(5)], .drop),
      ])
    #expect(try path(.app("10.0.0.9", 80), rules).outcome == .drop)
  }

  @Test func bitsOfAMarkAreKept() throws {
    let keep = MarkAssignment(
      target: .connection, fromConnection: 0xFFFF_F000, constant: 0x111)
    let rules = Ruleset.one(
      .filter, .output,
      [
        Rule(.mark(keep)), Rule([Constraint(.connectionMark(mask: .max), is: 0xABCD_E111)], .drop),
      ])
    var packet = Packet.app("10.0.0.9", 80)
    packet.connectionMark = 0xABCD_E539
    #expect(try path(packet, rules).outcome == .drop)
  }

  @Test func gotoLeavesNoWayBack() throws {
    let rules = Ruleset.one(
      .filter, .output, [Rule(.jump(to: "a")), Rule([.port(80)], .drop)],
      others: [
        Chain("a", rules: [Rule(.goto("b")), Rule(.reject(with: "x"))]), Chain("b", rules: []),
      ])
    #expect(try path(.app("10.0.0.9", 80), rules).outcome == .drop)
    let end = Ruleset.one(
      .filter, .output, policy: .drop, [Rule(.goto("b")), Rule(.accept)], others: [Chain("b")])
    let path = try path(.app("10.0.0.9", 80), end)
    #expect(path.outcome == .drop)
    #expect(path.decidedBy == nil)
  }

  @Test func chainsMayNestTenThousandDeep() throws {
    let chains = (0..<10_000).map { level in
      Chain("c\(level)", rules: level == 9_999 ? [Rule(.drop)] : [Rule(.jump(to: "c\(level + 1)"))])
    }
    let rules = Ruleset.one(
      .filter, .output, backend: .iptables, [Rule(.jump(to: "c0"))], others: chains)
    let path = try path(.app("10.0.0.9", 80), rules)
    #expect(path.outcome == .drop)
    #expect(path.decidedBy?.chain == "c9999")
  }

  @Test func loopsOfJumpsAreRefused() {
    let rules = Ruleset.one(
      .filter, .output, [Rule(.jump(to: "a"))], others: [Chain("a", rules: [Rule(.jump(to: "a"))])])
    #expect(throws: JumpError.self) { try Simulator(rules) }
  }

  @Test func inetTablesActOnIPv6() throws {
    let tcp = Constraint(.transportProtocol, is: 6)
    let packet = Packet.app("2001:db8::1", 80)
    let inet = Ruleset.one(
      .nat, .output, priority: -100, family: .inet, [Rule([tcp], .redirect(1))])
    #expect(try path(packet, inet).outcome == .redirect(IPAddress("::1"), port: 1))
    let ip = Ruleset.one(.nat, .output, priority: -100, family: .ip, [Rule([tcp], .redirect(1))])
    #expect(try path(packet, ip).outcome == .bypass)
  }

  // MARK: Deciding rule

  @Test func theReturnThatSparedItIsNamed() throws {
    let rules = Ruleset.one(
      .nat, .output, priority: -100, [Rule(.jump(to: "out"))],
      others: [
        Chain("out", rules: [Rule([.port(3307)], .return), Rule(.redirect(15001))])
      ])
    let path = try path(.app("10.0.0.9", 3307), rules)
    #expect(path.outcome == .bypass)
    #expect(path.decidedBy?.chain == "out")
    #expect(path.decidedBy?.number == 1)
    let filter = Ruleset.one(.filter, .output, [Rule(.accept)])
    #expect(try self.path(.app("10.0.0.9", 3307), rules + filter).decidedBy?.chain == "out")
    #expect(try self.path(.app("10.0.0.9", 3307), filter).decidedBy == nil)
  }
}
