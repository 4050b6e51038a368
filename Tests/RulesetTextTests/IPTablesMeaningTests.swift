import Addresses
import RulesetText
import Testing

@testable import Ruleset

/// What rules mean in the model.
@Suite struct IPTablesMeaningTests {
  private func steps(
    _ rule: String, _ family: IPTables.Family = .ip, in chain: String = "filter FOO"
  ) throws -> [Rule.Step] {
    let place = chain.split(separator: " ")
    let text = "*\(place[0])\n:FOO -\n-A \(place[1]) \(rule)\nCOMMIT\n"
    let table = try IPTables.readSave(Array(text.utf8), family: family)[0]
    let chain = try #require(table.chains.first { $0.name == place[1] })
    return chain.rules[0].steps
  }

  private func all(_ constraints: Constraint...) -> Rule.Step { .test(.all(constraints)) }

  private func set(_ intervals: IntervalSet.Interval...) -> IntervalSet { IntervalSet(intervals) }

  private let tcp = Constraint(.transportProtocol, is: 6)
  private let udp = Constraint(.transportProtocol, is: 17)

  @Test func keepsTheOrderOfWriting() throws {
    #expect(
      try steps(
        "-o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j RETURN")
        == [
          all(
            Constraint(.outputInterface, is: InterfaceName.loopback.bits),
            Constraint(.destination, in: set(0...0x7F00_0000, 0x7F00_0002...0xFFFF_FFFF)), tcp,
            Constraint(.destinationPort, in: set(0...15007, 15009...65535)),
            Constraint(.uid, is: 1337)), .verdict(.return),
        ])
  }

  @Test func withoutASocketOnlyNegatedOwnersHold() throws {
    let negated = try steps("-m owner ! --uid-owner 1 ! --gid-owner 2-3")
    #expect(
      negated == [
        all(
          Constraint(.uid, in: set(0...0, 2...Owner.none)),
          Constraint(.gid, in: set(0...1, 4...Owner.none)))
      ])
    #expect(
      try steps("-m owner --socket-exists") == [all(Constraint(.uid, in: set(0...0xFFFF_FFFF)))])
    #expect(try steps("-m owner ! --socket-exists") == [all(Constraint(.uid, is: Owner.none))])
  }

  @Test func namesNeedNumbers() throws {
    let text = Array("*filter\n-A OUTPUT -m owner ! --gid-owner java -j DROP\nCOMMIT\n".utf8)
    let known = try IPTables.readSave(text, family: .ip, owners: .init(groups: ["java": 4242]))
    #expect(
      known[0].chains[2].rules[0].steps.first
        == all(Constraint(.gid, in: set(0...4241, 4243...Owner.none))))
    let unknown = try IPTables.readSave(text, family: .ip)
    #expect(
      unknown[0].chains[2].rules[0].steps.first
        == all(Constraint(.unknown(UnknownMatch(name: "gid-owner", detail: "java")), is: 0)))
  }

  @Test func eitherPortAndItsNegationAreSeveralArms() throws {
    let boxes = [Field.sourcePort, .destinationPort].map {
      Box([Constraint($0, in: set(80...80, 90...99))])
    }
    #expect(try steps("-p tcp -m multiport --ports 80,90:99") == [all(tcp), .test(.any(boxes))])
    #expect(try steps("-p tcp -m multiport ! --ports 80,90:99") == [all(tcp), .test(.none(boxes))])
  }

  @Test func statesOfTranslationAreUnknown() throws {
    let new = Constraint(.connectionState, is: UInt128(ConnectionState.new.rawValue))
    #expect(try steps("-m conntrack --ctstate NEW") == [all(new)])
    let dnat = Constraint(
      .unknown(UnknownMatch(name: "conntrack", detail: "--ctstate DNAT")), is: 1)
    #expect(
      try steps("-m conntrack --ctstate NEW,DNAT") == [.test(.any([Box([new]), Box([dnat])]))])
  }

  @Test func masksWithHolesAreExact() throws {
    let step = try steps("-s 10.0.0.1/255.255.254.255")
    #expect(
      step == [
        all(Constraint(.source, in: set(0x0A00_0001...0x0A00_0001, 0x0A00_0101...0x0A00_0101)))
      ])
    #expect(
      try steps("-s 10.1.2.3/8") == [all(Constraint(.source, in: set(0x0A00_0000...0x0AFF_FFFF)))])
    #expect(try steps("-s 10.1.2.3/0").isEmpty)
    let scattered = UnknownMatch(name: "source", detail: "10.0.0.0/255.0.0.255")
    #expect(try steps("! -s 10.0.0.0/255.0.0.255") == [all(Constraint(.unknown(scattered), is: 0))])
  }

  @Test func interfacesMatchByNameOrStem() throws {
    #expect(
      try steps("-i eth+")
        == [
          all(Constraint(.inputInterface, in: set(InterfaceName.names(startingWith: "eth".utf8))))
        ])
    #expect(try steps("-i +").isEmpty)
    #expect(try steps("-i eth0:1") == [all(Constraint(.inputInterface, in: .empty))])
  }

  @Test func flagsAndTypes() throws {
    #expect(try steps("-p tcp --syn") == [all(tcp, Constraint(.tcpFlags(mask: 0x17), is: 2))])
    #expect(
      try steps("-p tcp --tcp-flags SYN FIN") == [
        all(tcp, Constraint(.tcpFlags(mask: 2), in: .empty))
      ])
    #expect(
      try steps("-p icmp --icmp-type echo-request")
        == [all(Constraint(.transportProtocol, is: 1), Constraint(.icmp, in: set(0x800...0x8FF)))])
    #expect(
      try steps("-p icmpv6 --icmpv6-type 1/4", .ip6)
        == [all(Constraint(.transportProtocol, is: 58), Constraint(.icmp, is: 0x104))])
    #expect(
      try steps("-m addrtype ! --dst-type LOCAL,MULTICAST")
        == [all(Constraint(.destinationType, in: set(0...1, 3...4, 6...11)))])
  }

  @Test func marks() throws {
    #expect(
      try steps("-m mark ! --mark 0x1/0x3") == [
        all(Constraint(.mark(mask: 3), in: set(0...0, 2...3)))
      ])
    let tracked = Constraint(.connectionState, in: set(1...3))
    #expect(
      try steps("-m connmark --mark 5") == [
        all(Constraint(.connectionMark(mask: .max), is: 5), tracked)
      ])
  }

  @Test(arguments: [
    ("MARK --set-mark 1/2", MarkAssignment.set(.packet, to: 1, mask: 3)),
    ("MARK --set-xmark 1/2", .set(.packet, to: 1, mask: 2)),
    ("MARK --and-mark 0xf", .set(.packet, to: 0, mask: ~0xF)),
    ("MARK --or-mark 0xf", .set(.packet, to: 0xF, mask: 0xF)),
    ("MARK --xor-mark 0xf", .set(.packet, to: 0xF, mask: 0)),
    ("CONNMARK --set-mark 1 --mask 0xff", .set(.connection, to: 1, mask: 0xFF)),
    ("CONNMARK --save-mark --mask 0xff", .save(packetMask: 0xFF, connectionMask: 0xFF)),
    ("CONNMARK --restore-mark --ctmask 7", .restore(packetMask: .max, connectionMask: 7)),
  ])
  func assignsMarks(target: String, assignment: MarkAssignment) throws {
    #expect(try steps("-j \(target)", in: "mangle FORWARD") == [.effect(.mark(assignment))])
  }

  @Test func targetsOfTheMesh() throws {
    #expect(
      try steps(
        "-p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006", in: "mangle PREROUTING")
        == [
          all(tcp), .effect(.mark(.set(.packet, to: 1337))),
          .effect(.tproxy(address: nil, port: 15006)), .verdict(.accept),
        ])
    #expect(
      try steps("-p tcp -j REDIRECT --to-ports 15001", in: "nat OUTPUT")
        == [all(tcp), .verdict(.nat(NAT(.redirect, ports: 15001...15001)))])
    let address = try #require(IPAddress("fd00::1"))
    #expect(
      try steps("-p udp -j DNAT --to-destination [fd00::1]:53-54", .ip6, in: "nat OUTPUT")
        == [
          all(udp), .verdict(.nat(NAT(.destination, addresses: address...address, ports: 53...54))),
        ])
    #expect(try steps("-j CT --zone 2", in: "raw OUTPUT") == [.effect(.zone(2))])
    #expect(try steps("-j CT --notrack", in: "raw OUTPUT") == [.effect(.notrack)])
    #expect(try steps("-j REJECT", .ip6) == [.verdict(.reject(with: "icmp6-port-unreachable"))])
    #expect(
      try steps("-j LOG --log-prefix \"a b\"") == [.effect(.aside("LOG --log-prefix \"a b\""))])
    #expect(try steps("-g FOO") == [.verdict(.goto("FOO"))])
    #expect(try steps("-j FOO -p tcp") == [all(tcp), .verdict(.jump(to: "FOO"))])
  }

  @Test func whatIsNotUnderstoodStaysInTheRule() throws {
    let rule =
      "-p tcp -m string --algo bm --string \"a b\" -m limit --limit 5/min --dport 80 -j NEW --do it"
    let string = UnknownMatch(name: "string", detail: "--algo bm --string \"a b\"")
    var limit = UnknownMatch(name: "limit", detail: "--limit 5/min", isStateful: true)
    limit.place = "ip filter FOO 1"
    #expect(
      try steps(rule) == [
        all(
          tcp, Constraint(.unknown(string), is: 1), Constraint(.unknown(limit), is: 1),
          Constraint(.destinationPort, is: 80)), .verdict(.opaque("NEW --do it")),
      ])
    let spi = UnknownMatch(name: "esp", detail: "--espspi 5:9")
    let esp = Constraint(.transportProtocol, is: 50)
    for rule in ["-p esp -m esp", "-p esp"] {
      let steps = try steps("\(rule) --espspi 5:9")
      #expect(steps == [all(esp, Constraint(.unknown(spi), is: 1))], "\(rule)")
    }
    #expect(
      try steps("-m esp -p esp --espspi 5:9") == [all(Constraint(.unknown(spi), is: 1), esp)])
    let helper = UnknownMatch(name: "helper", detail: "--helper ftp")
    #expect(try steps("-m helper ! --helper ftp") == [all(Constraint(.unknown(helper), is: 0))])
  }
}
