import Addresses
import CPeers
import PacketPath
import Ruleset
import RulesetText

/// One packet after the other through a chain of twenty rules.
enum PacketFigures {
  /// Twenty rules as pods have them, in the text that ours reads and the table that C walks.
  private static let rules: [(text: String, peer: peer_rule)] =
    [
      (
        "-o lo -d 127.0.0.6/32 -j RETURN",
        peer_rule(destinations: 0x7F00_0006...0x7F00_0006, lo: 1...1)
      ),
      ("-m owner --uid-owner 1337 -j RETURN", peer_rule(uids: 1337...1337)),
      ("-m owner --gid-owner 1337 -j RETURN", peer_rule(gids: 1337...1337)),
      ("-d 127.0.0.1/32 -j RETURN", peer_rule(destinations: 0x7F00_0001...0x7F00_0001)),
      ("-o lo -j RETURN", peer_rule(lo: 1...1)),
    ]
    + [3306, 5432, 6379, 9042, 27017, 9092, 2181, 11211].map { (port: UInt16) in
      ("-p tcp --dport \(port) -j RETURN", peer_rule(ports: port...port, protocols: 6...6))
    }
    + (0..<6).map { (index: UInt32) in
      let base = 0x0A00_0000 | index << 17
      return (
        "-d \(IPAddress(.ipv4, UInt128(base)))/16 -j RETURN",
        peer_rule(destinations: base...(base | 0xFFFF))
      )
    }
    + [("-p tcp -j REDIRECT --to-ports 15001", peer_rule(protocols: 6...6, redirects: true))]

  /// Ten thousand packets stay in the cache and are too many for a branch predictor to learn.
  private static let passes = 20

  static func measure(_ setting: Setting) throws -> [Figure] {
    let text =
      ["*nat", ":OUTPUT ACCEPT [0:0]"] + rules.map { "-A OUTPUT \($0.text)" } + ["COMMIT", ""]
    let ruleset = Ruleset(
      try IPTables.readSave(Array(text.joined(separator: "\n").utf8), family: .ip))
    let compiled = CompiledRuleset(try Simulator(ruleset))
    var random = SmallRandom(seed: 1)
    let peers = (0..<10_000).map { _ in packet(&random) }
    let packets = peers.map(Packet.init)
    let flat = packets.map(FlatPacket.init)
    var deciders = [Int32](repeating: 0, count: flat.count)
    guard let place = ruleset.tables[0].chains.firstIndex(where: { $0.name == "OUTPUT" }),
      let chain = CompiledChain(
        ChainIndex(table: 0, chain: place), of: compiled.simulator, for: .ipv4)
    else {
      throw Failure("no chain at OUTPUT")
    }
    let table = rules.map(\.peer)

    var (sum, chainSum, peerSum) = (UInt64(0), UInt64(0), UInt64(0))
    let times = try setting.race([
      {
        chainSum = 0
        for _ in 0..<passes {
          var decided = deciders.mutableSpan
          chain.decide(flat.span, into: &decided)
          for rule in deciders { chainSum += UInt64(rule) }
        }
      },
      {
        sum = 0
        for _ in 0..<passes {
          for packet in packets {
            if let rule = compiled.verdict(for: packet).rule { sum += UInt64(rule) + 1 }
          }
        }
      },
      {
        peerSum = 0
        for _ in 0..<passes { peerSum += peer_interpret(table, table.count, peers, peers.count) }
      },
    ])
    guard sum == peerSum, chainSum == peerSum else {
      throw Failure("the sums differ: \(chainSum) and \(sum), in C \(peerSum)")
    }
    let each = times.map { $0 / Double(packets.count * passes) }
    func rate(_ index: Int) -> String { "\((1e-6 / each[index]).short) M packets/s" }
    return [
      Figure(
        "a packet through a chain of 20 rules", each[0], beside: ("C -O3", each[2]),
        gate: .faster(0.8), note: "\(rate(0)), C \(rate(2))"),
      Figure(
        "  with hooks, conntrack, NAT and routing", each[1], beside: ("C, the chain", each[2]),
        note: rate(1)),
    ]
  }

  private static func packet(_ random: inout SmallRandom) -> peer_packet {
    let isLocal = Int.random(in: 0..<16, using: &random) == 0
    let owner: UInt32 = Int.random(in: 0..<8, using: &random) == 0 ? 1337 : 1000
    let ports: [UInt16] = [80, 443, 3306, 6379, 8080, UInt16.random(in: 1...65535, using: &random)]
    return peer_packet(
      destination: isLocal
        ? 0x7F00_0001 + UInt32.random(in: 0...6, using: &random)
        : 0x0A00_0000 | UInt32.random(in: 0...0xFF_FFFF, using: &random),
      uid: owner, gid: owner, port: ports.randomElement(using: &random) ?? 80,
      protocol: Int.random(in: 0..<8, using: &random) == 0 ? 17 : 6, leaves_by_lo: isLocal ? 1 : 0)
  }
}

extension Packet {
  fileprivate init(_ peer: peer_packet) {
    let isLocal = peer.leaves_by_lo == 1
    self.init(
      peer.protocol == 6 ? .tcp : .udp,
      from: IPAddress(.ipv4, isLocal ? 0x7F00_0001 : 0x0AF4_0105), port: 40000,
      to: IPAddress(.ipv4, UInt128(peer.destination)), port: peer.port,
      owner: Owner(uid: peer.uid, gid: peer.gid), out: isLocal ? .loopback : InterfaceName("eth0"))
  }
}
