import Addresses
import RulesetText
import TestSupport
import Testing

@testable import Ruleset

/// Construct by construct: what a rule becomes.
@Suite struct NFTablesMeaningTests {
  static func steps(_ rule: String, in family: String = "inet") throws -> [Rule.Step] {
    let chain = "chain x { }\nchain c {\n\(rule)\n}"
    let sets = """
      set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }
      set t { type ipv4_addr; timeout 1h; elements = { 10.0.0.1 } }
      """
    let ruleset = try NFTables.read("table \(family) t {\n\(sets)\n\(chain)\n}\n")
    return try #require(ruleset.tables[0].chains[1].rules.first).steps
  }

  static func test(_ field: Field, _ intervals: ClosedRange<UInt128>...) -> Rule.Step {
    .test(.all([Constraint(field, in: IntervalSet(intervals))]))
  }

  static let tcp = test(.transportProtocol, 6...6)
  static let ipv4 = test(.family, 4...4)

  @Test func asksForFamilyAndProtocolFirstAsNFTDoes() throws {
    #expect(try Self.steps("tcp dport 80") == [Self.tcp, Self.test(.destinationPort, 80...80)])
    #expect(
      try Self.steps("ip daddr != 10.0.0.1") == [
        Self.ipv4, Self.test(.destination, 0...0x0A00_0000, 0x0A00_0002...0xFFFF_FFFF),
      ])
    #expect(
      try Self.steps("ip daddr 10.0.0.1", in: "ip") == [
        Self.test(.destination, 0x0A00_0001...0x0A00_0001)
      ])
    #expect(
      try Self.steps("meta l4proto tcp tcp dport 80") == [
        Self.tcp, Self.test(.destinationPort, 80...80),
      ])
    #expect(try Self.steps("th dport 53") == [Self.test(.destinationPort, 53...53)])
    // Once the protocol is settled nft does not ask for ICMP's family.
    #expect(
      try Self.steps("meta l4proto icmp icmp type echo-request") == [
        Self.test(.transportProtocol, 1...1), Self.test(.icmp, 0x800...0x8FF),
      ])
  }

  @Test func anOwnerRuleFailsWithoutASocketInEitherForm() throws {
    #expect(
      try Self.steps("skuid != 1337") == [Self.test(.uid, 0...1336, 1338...0xFFFF_FFFF)])
    let unknown = Field.unknown(UnknownMatch(name: "meta skgid", detail: "java"))
    let domain = Constraint(.gid, in: IntervalSet([0...0xFFFF_FFFF]))
    #expect(
      try Self.steps("skgid != java") == [.test(.all([domain, Constraint(unknown, is: 0)]))])
    #expect(try Self.steps("skgid root") == [Self.test(.gid, 0...0)])
  }

  @Test func marksKeepTheirMasks() throws {
    #expect(
      try Self.steps("meta mark & 0xff != 0x1") == [
        Self.test(.mark(mask: 0xFF), 0...0, 2...0xFF)
      ])
    #expect(
      try Self.steps("ct mark set ct mark & 0xfffff000 | 0x111") == [
        .effect(.mark(.init(target: .connection, fromConnection: 0xFFFF_F000, constant: 0x111)))
      ])
    #expect(
      try Self.steps("meta mark set 0x5 udp dport 1 accept") == [
        .effect(.mark(.set(.packet, to: 5))), Self.test(.transportProtocol, 17...17),
        Self.test(.destinationPort, 1...1), .verdict(.accept),
      ])
  }

  @Test func aBareFlagAsksForAnyOfTheBits() throws {
    #expect(
      try Self.steps("tcp flags syn,ack") == [
        Self.tcp, Self.test(.tcpFlags(mask: 0x12), 1...0x12),
      ])
    #expect(
      try Self.steps("tcp flags & (fin|syn) == syn") == [
        Self.tcp, Self.test(.tcpFlags(mask: 3), 2...2),
      ])
    let states = [ConnectionState.established, .related].map { UInt128($0.rawValue) }
    #expect(
      try Self.steps("ct state established,related") == [
        Self.test(.connectionState, states[0]...states[1])
      ])
    // Compared with the sum of two bits, no state is equal to it.
    #expect(
      try Self.steps("ct state != established,related") == [
        Self.test(.connectionState, 0...4)
      ])
  }

  @Test func concatenationsAreBoxes() throws {
    let steps = try Self.steps("ip daddr . tcp dport != { 10.0.0.0/8 . 80-90 }")
    let box = Box([
      Constraint(.destination, in: IntervalSet([0x0A00_0000...0x0AFF_FFFF])),
      Constraint(.destinationPort, in: IntervalSet([80...90])),
    ])
    #expect(steps == [Self.ipv4, Self.tcp, .test(.none([box]))])
  }

  @Test func verdictMapsAreArms() throws {
    let steps = try Self.steps("tcp dport vmap { 443 : jump x, 80 : accept }")
    let arms = [
      Test.Arm(Box([Constraint(.destinationPort, is: 80)]), .verdict(.accept)),
      Test.Arm(Box([Constraint(.destinationPort, is: 443)]), .verdict(.jump(to: "x"))),
    ]
    #expect(steps == [Self.tcp, .test(Test(arms))])
  }

  @Test func setsThatTimeChangesAreUnknown() throws {
    #expect(
      try Self.steps("ip daddr @s") == [
        Self.ipv4, Self.test(.destination, 0x0A00_0000...0x0AFF_FFFF),
      ])
    let unknown = Field.unknown(UnknownMatch(name: "ip daddr", detail: "@t"))
    #expect(try Self.steps("ip daddr @t") == [Self.ipv4, Self.test(unknown, 1...1)])
    let dynamic = try NFTables.read(
      """
      table ip t {
        set s { type ipv4_addr; elements = { 1.2.3.4 } }
        chain c { ip daddr @s accept; add @s { ip saddr } }
      }
      """)
    #expect(!dynamic.tables[0].chains[0].rules[0].isUnderstood)
  }

  @Test func elementsMayComeAfterTheRuleThatAsks() throws {
    let ruleset = try NFTables.read(
      """
      add table ip t
      add set ip t s { type inet_service ; }
      add chain ip t c
      add rule ip t c tcp dport @s accept
      add element ip t s { 80, 443 }
      delete element ip t s { 80 }
      """)
    let steps = ruleset.tables[0].chains[0].rules[0].steps
    #expect(steps[1] == Self.test(.destinationPort, 443...443))
    #expect(ruleset.tables[0].sets[0].body == ["type inet_service", "elements = { 443 }"])
  }

  @Test func mappings() throws {
    let address = try #require(IPAddress("10.0.0.1"))
    #expect(
      try Self.steps("tcp dport 80 dnat ip to 10.0.0.1:8080").suffix(2) == [
        Self.ipv4,
        .verdict(.nat(NAT(.destination, addresses: address...address, ports: 8080...8080))),
      ])
    #expect(
      try Self.steps("meta l4proto tcp redirect to :15001").last
        == .verdict(.nat(NAT(.redirect, ports: 15001...15001))))
    #expect(
      try Self.steps("meta l4proto tcp tproxy ip to :15006 accept") == [
        Self.tcp, Self.ipv4, .effect(.tproxy(address: nil, port: 15006)), .verdict(.accept),
      ])
  }

  @Test func statefulMatchesAreOfTheirPlace() throws {
    let ruleset = try NFTables.read(
      "table ip t { chain c {\nlimit rate 5/second accept\nlimit rate 5/second accept\n} }")
    let rules = ruleset.tables[0].chains[0].rules
    #expect(rules[0].steps != rules[1].steps)
  }

  @Test func interfaceNamesMayEndInAStar() throws {
    #expect(
      try Self.steps(#"iifname "eth*""#) == [
        Self.test(.inputInterface, InterfaceName.names(startingWith: "eth".utf8))
      ])
  }

  @Test func variablesAreTheirValues() throws {
    let ruleset = try NFTables.read(
      """
      define lan = 10.0.0.0/8
      define nets = { $lan, 192.168.0.0/16 }
      table ip t {
        chain c {
          ip daddr $nets accept # the neighbours
        }
      }
      """)
    let rule = ruleset.tables[0].chains[0].rules[0]
    #expect(rule.text == "ip daddr { 10.0.0.0/8, 192.168.0.0/16 } accept")
    #expect(rule.origin == .line(5))
  }
}

/// Commands, as nft's transaction runs them.
@Suite struct NFTablesCommandTests {
  static let frame = "add table ip t\nadd chain ip t c\n"

  static func texts(_ commands: String) throws -> [String] {
    try NFTables.read(frame + commands).tables[0].chains[0].rules.map(\.text)
  }

  @Test func insertAndIndex() throws {
    let added = "add rule ip t c accept\nadd rule ip t c drop\n"
    #expect(try Self.texts(added + "insert rule ip t c return") == ["return", "accept", "drop"])
    #expect(
      try Self.texts(added + "insert rule ip t c index 1 return") == ["accept", "return", "drop"])
    #expect(
      try Self.texts(added + "add rule ip t c index 0 return") == ["accept", "return", "drop"])
    #expect(
      try Self.texts(
        added + "insert rule ip t c index 1 iifname a return\ninsert rule ip t c index 1 return")
        == ["accept", "return", "iifname a return", "drop"])
    #expect(throws: ReadError.self) { try Self.texts(added + "insert rule ip t c index 2 return") }
  }

  @Test func flushesAndDeletes() throws {
    #expect(
      try Self.texts("add rule ip t c accept; flush chain ip t c; add rule t c drop") == ["drop"])
    #expect(try Self.texts("add rule ip t c accept\nflush table ip t\n") == [])
    #expect(try NFTables.read(Self.frame + "delete table ip t").tables.isEmpty)
    #expect(try NFTables.read(Self.frame + "flush ruleset").tables.isEmpty)
    #expect(try NFTables.read(Self.frame + "delete chain ip t c").tables[0].chains.isEmpty)
  }

  @Test func baseChains() throws {
    let ruleset = try NFTables.read(
      """
      table inet t {
        flags dormant
        chain a { type filter hook input priority mangle + 5; policy drop; }
        chain b { type nat hook prerouting priority dstnat; }
      }
      """)
    let table = ruleset.tables[0]
    #expect(table.isDormant)
    #expect(
      table.chains.map(\.base) == [
        BaseChain(.filter, hook: .input, priority: -145, policy: .drop),
        BaseChain(.nat, hook: .prerouting, priority: -100),
      ])
    #expect(
      NFTables.write(ruleset) == """
        table inet t {
        \tflags dormant

        \tchain a {
        \t\ttype filter hook input priority mangle + 5; policy drop;
        \t}

        \tchain b {
        \t\ttype nat hook prerouting priority dstnat; policy accept;
        \t}
        }

        """)
  }

  @Test func aListingKeepsCountersAndHandles() throws {
    let text = """
      table ip t {
      \tset s {
      \t\ttype ipv4_addr
      \t\telements = { 1.2.3.4, 5.6.7.8 }
      \t}

      \tcounter hits {
      \t\tpackets 0 bytes 0
      \t}

      \tchain c {
      \t\tip daddr @s counter packets 7 bytes 420 accept
      \t\tcounter name "hits" comment "a \\ b"
      \t}
      }

      """
    let ruleset = try NFTables.read(text)
    let rules = ruleset.tables[0].chains[0].rules
    #expect(rules[0].counter == Counter(packets: 7, bytes: 420))
    #expect(rules[0].text == "ip daddr @s counter accept")
    #expect(rules[1].comment == "a \\ b")
    #expect(NFTables.write(ruleset) == text)
    let handled = text.replacing("accept\n", with: "accept # handle 12\n")
    #expect(try NFTables.read(handled).tables[0].chains[0].rules[0].origin == .handle(12))
  }
}

/// What is refused, where, and what was expected.
@Suite struct NFTablesErrorTests {
  /// The message of a rule that starts at column 1 of line 4.
  @Test(arguments: [
    ("tcp dport 65536", 11, "a port from 0 to 65535 or a service's name, found '65536'"),
    ("tcp dport 3000:3010", 15, "a statement, found ':'"),
    ("tcp dport 10-5", 11, "a range from low to high"),
    ("tcp dport nosuch", 11, "a port from 0 to 65535 or a service's name, found 'nosuch'"),
    ("tcp dport { }", 13, "an element, found '}'"),
    ("tcp dport 80,443", 13, "one value; several stand in braces, found ','"),
    ("foo bar", 1, "a statement, found 'foo'"),
    ("ip daddr 10.0.0.0/33", 19, "a prefix length from 0 to 32, found '33'"),
    ("ip daddr fd00::1", 10, "an IPv4 address or prefix, found 'fd00::1'"),
    ("ip daddr 1.2.3.4 ip6 daddr ::1", 18, "a match on ip here, found one on ip6"),
    ("udp dport 53 tcp dport 53", 14, "a match on udp here, found one on tcp"),
    ("ip daddr vmap { 10.0.0.0/8 : accept, 10.1.0.0 : drop }", 15, "keys that do not overlap"),
    ("counter comment \"a\" accept", 21, "the end of the rule after its comment, found 'accept'"),
    ("accept drop", 8, "the end of the rule after its verdict, found 'drop'"),
    ("iifname \"averyveryverylongname\"", 9, "an interface's name of at most 15 bytes"),
    ("meta mark 0x100000000", 11, "a mark (a number of 32 bits), found '0x100000000'"),
    ("ct state foo", 10, "a connection state, found 'foo'"),
    ("redirect to :80", 1, "a match on a protocol, such as 'meta l4proto tcp', before ports here"),
    ("dnat to 10.0.0.1", 1, "'ip' or 'ip6' with an address in an inet table"),
    ("skuid 4294967296", 7, "a user, found '4294967296'"),
    ("jump nosuch", 1, "there is no such chain"),
    ("comment \"open", 9, "a closing quote before the end of the line"),
    ("tcp dport @ports accept", 12, "a set of the table, found '@ports'"),
    ("add @seen { ip saddr }", 6, "a set of the table, found '@seen'"),
    ("ip daddr $nets accept", 11, "a variable that is defined, found 'nets'"),
  ])
  func refuses(rule: String, column: Int, expected: String) {
    let error = #expect(throws: ReadError.self) {
      try NFTables.read("table inet t {\nchain c {\n\n\(rule)\n}\n}\n")
    }
    #expect(error?.line == 4)
    #expect(error?.column == column)
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("add rule inet t c accept", "1:10: expected a table this script has made, found 'inet t'"),
    (
      "add table t\nadd rule t c accept",
      "2:12: expected a chain of table ip t, found 'c'"
    ),
    ("include \"x.nft\"", "1:1: expected a script in one piece; nothing is included here"),
    ("frobnicate", "1:1: expected a command, such as 'add' or 'table', found 'frobnicate'"),
    ("table ip t {", "1:13: expected 'chain', 'set', 'map', 'flags' or '}' in a table"),
    ("\u{0}", "1:1: expected nft's language, found byte 0x0"),
  ])
  func refusesScripts(script: String, message: String) {
    let error = #expect(throws: ReadError.self) { try NFTables.read(script) }
    #expect("\(error.map { "\($0)" } ?? "")".hasPrefix(message), "\(error.map { "\($0)" } ?? "")")
  }

  @Test func aFaultOfJSONHasItsPlace() {
    let json =
      #"{"nftables": [{"table": {"family": "ip", "name": "t"}},"# + "\n"
      + #"{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"accept": null}]}}]}"#
    let error = #expect(throws: ReadError.self) { try NFTables.readJSON(Array(json.utf8)) }
    #expect(error?.line == 2)
    #expect(error?.message == "expected a chain of table ip t, found 'c'")
  }

  @Test(arguments: 0..<10)
  func survivesMutationOfJSON(seed: Int) {
    let json = #"""
      {"nftables": [{"table": {"family": "ip", "name": "t"}},
      {"chain": {"family": "ip", "table": "t", "name": "c", "type": "nat", "hook": "output",
      "prio": -100, "policy": "accept"}}, {"rule": {"family": "ip", "table": "t", "chain": "c",
      "handle": 4, "expr": [{"match": {"op": "!=", "left": {"payload": {"protocol": "tcp", "field":
      "dport"}}, "right": {"set": [53, {"range": [80, 90]}]}}}, {"counter": {"packets": 1, "bytes":
      2}}, {"redirect": {"port": 15001}}]}}]}
      """#
    #expect(throws: Never.self) { try NFTables.readJSON(Array(json.utf8)) }
    var random = Seeded(seed)
    for _ in 0..<100 {
      var bytes = Array(json.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<(bytes.count - 8), using: &random)
        let part = bytes[place..<(place + Int.random(in: 1...8, using: &random))]
        if Bool.random(using: &random) {
          bytes.removeSubrange(part.indices)
        } else {
          bytes.insert(contentsOf: Array(part), at: Int.random(in: 0..<bytes.count, using: &random))
        }
      }
      guard let ruleset = try? NFTables.readJSON(bytes) else { continue }
      let written = NFTables.write(ruleset)
      #expect(throws: Never.self) { try NFTables.read(written) }
    }
  }

  @Test func deepNestingIsRefused() {
    for nest in ["(", "{ ", "jhash "] {
      let rule = "meta mark set " + String(repeating: nest, count: 100_000)
      let text = "table ip t {\nchain c {\n\(rule)\n}\n}\n"
      #expect(throws: ReadError.self) { try NFTables.read(text) }
    }
  }

  /// Half a gigabyte of nothing is refused at its first byte.
  @Test func zerosAreRefusedEarly() {
    #expect(throws: ReadError.self) { try NFTables.read([UInt8](repeating: 0, count: 1 << 29)) }
  }

  /// Bytes changed, cut and doubled: an answer or an error, and what is read can be written.
  @Test(arguments: 0..<20)
  func survivesMutation(seed: Int) throws {
    var random = Seeded(seed)
    for _ in 0..<50 {
      let rules = (0..<4).map { _ in NFTablesConstructs.rules.randomElement(using: &random) ?? "" }
      let chains = "chain x { }\nchain c {\n\(rules.joined(separator: "\n"))\n}"
      var bytes = Array("table inet t {\n\(NFTablesConstructs.sets)\n\(chains)\n}\n".utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let length = Int.random(in: 1...12, using: &random)
        let end = min(place + length, bytes.count)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
        default:
          let other = Int.random(in: 0..<(bytes.count - 12), using: &random)
          bytes.replaceSubrange(place..<end, with: Array(bytes[other..<(other + 12)]))
        }
      }
      guard let ruleset = try? NFTables.read(bytes) else { continue }
      let written = NFTables.write(ruleset)
      #expect(try NFTables.write(NFTables.read(written)) == written)
    }
  }
}

/// A listing of tables that iptables-nft keeps: nft prints less than there is.
@Suite struct NFTablesOfIPTablesTests {
  private static func ruleset(_ rule: String) throws -> Ruleset {
    try NFTables.read(
      """
      table ip nat {
      \tchain OUTPUT {
      \t\ttype nat hook output priority -100; policy accept;
      \(rule)
      \t}
      }
      """)
  }

  @Test func whatIsNotShownIsUnknown() throws {
    func rule(_ text: String) throws -> Rule {
      let table = try Self.ruleset("\t\t\(text)").tables[0]
      #expect(table.backend == .iptablesNFT)
      return table.chains[0].rules[0]
    }
    let target = try rule("meta l4proto tcp counter packets 0 bytes 0 ")
    #expect(target.steps.last == .verdict(.opaque("xt target not shown by nft")))
    #expect(try !rule("meta l4proto tcp  counter packets 0 bytes 0 accept").isUnderstood)
    #expect(try !rule(" counter packets 0 bytes 0 accept").isUnderstood)
    #expect(try !rule("xt match string counter packets 0 bytes 0 accept").isUnderstood)
    #expect(try rule("xt match comment counter packets 0 bytes 0 accept").isUnderstood)
    #expect(try rule("meta l4proto tcp counter packets 0 bytes 0 accept").isUnderstood)
    let zone = try rule("counter packets 0 bytes 0 xt target \"CT\"")
    #expect(zone.steps == [.verdict(.opaque("xt target CT"))])
  }

  @Test func namesExtensionsInJSONWithoutTheirArguments() throws {
    let json = #"""
      {"nftables": [{"table": {"family": "ip", "name": "nat"}},
      {"chain": {"family": "ip", "table": "nat", "name": "C"}},
      {"rule": {"family": "ip", "table": "nat", "chain": "C", "handle": 9, "expr": [
      {"xt": {"type": "match", "name": "owner"}}, {"counter": {"packets": 3, "bytes": 180}},
      {"xt": {"type": "target", "name": "REDIRECT"}}]}}]}
      """#
    let table = try NFTables.readJSON(Array(json.utf8)).tables[0]
    var match = UnknownMatch(
      name: "xt match", detail: "owner, arguments not shown", isStateful: true)
    match.place = "ip nat C 1"
    #expect(table.backend == .iptablesNFT)
    #expect(
      table.chains[0].rules == [
        Rule(
          [
            .test(.all([Constraint(.unknown(match), is: 1)])),
            .verdict(.opaque("xt target REDIRECT")),
          ], text: "xt match \"owner\" counter xt target \"REDIRECT\"",
          counter: Counter(packets: 3, bytes: 180), origin: .handle(9))
      ])
  }

  /// Whoever keeps the table, its rules are in nft's words; only those nft shows in part go nowhere.
  @Test(arguments: [
    ("meta l4proto tcp counter packets 0 bytes 0 redirect to :15001", Table.Dialect.nft),
    ("meta l4proto tcp counter packets 0 bytes 0 ", .nftListing),
    ("meta l4proto tcp  counter packets 0 bytes 0 accept", .nftListing),
    ("counter packets 0 bytes 0 xt target CT", .nftListing),
    ("xt match comment counter packets 0 bytes 0 accept", .nftListing),
  ])
  func aListingIsInNftsWords(rule: String, dialect: Table.Dialect) throws {
    let table = try Self.ruleset("\t\t\(rule)").tables[0]
    #expect(table.dialect == dialect)
    if dialect == .nft { #expect(!NFTables.write([table]).contains("# Warning")) }
  }

  /// What JSON writes with an at sign is a set, where the name of an interface might stand too.
  @Test func aSetOfInterfacesInJSONIsASet() throws {
    let json = #"""
      {"nftables": [{"table": {"family": "ip", "name": "t"}},
      {"set": {"family": "ip", "name": "s", "table": "t", "type": "ifname", "size": 9,
      "elem": ["lo", "eth0"]}},
      {"chain": {"family": "ip", "table": "t", "name": "c"}},
      {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [
      {"match": {"op": "==", "left": {"meta": {"key": "oifname"}}, "right": "@s"}},
      {"drop": null}]}},
      {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [
      {"dup": {"addr": "10.0.0.1", "dev": "lo"}}]}}]}
      """#
    let table = try NFTables.readJSON(Array(json.utf8)).tables[0]
    #expect(table.chains[0].rules[0].text == "meta oifname == @s drop")
    #expect(table.chains[0].rules[1].text == "dup to 10.0.0.1 device \"lo\"")
    #expect(table.chains[0].rules[0].isUnderstood)
    #expect(table.sets[0].body == ["type ifname", "size 9", "elements = { lo, eth0 }"])
  }

  @Test func theWarningNamesTheBackend() throws {
    let text = """
      # Warning: table ip filter is managed by iptables-nft, do not touch!
      table ip filter {
      \tchain MINE {
      \t}
      }

      """
    let ruleset = try NFTables.read(text)
    #expect(ruleset.tables[0].backend == .iptablesNFT)
    #expect(NFTables.write(ruleset) == text)
  }
}
