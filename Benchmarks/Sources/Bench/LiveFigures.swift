import CPeers

/// Reading the kernel's rules, whole processes beside the tools that do.
enum LiveFigures {
  private struct Case {
    var what: String
    var chains = 1
    var rules: Int
    /// Gates beside NFTDump, `nft list ruleset` and `nft -j list ruleset`.
    var dump: Figure.Gate?
    var list: Double?
    var json: Double?
  }

  private static let cases = [
    Case(what: "50 rules", rules: 50, dump: .peer(times: 1, plus: 4e-3)),
    Case(what: "1,000 rules", rules: 1000, dump: .peer(times: 1.5), list: 1.8, json: 3),
    Case(what: "10,000 rules", rules: 10_000, dump: .peer(times: 1.3), list: 2, json: 4),
    Case(what: "50 chains of 1,000 rules", chains: 50, rules: 1000, list: 5, json: 6),
  ]

  static func measure(_ setting: Setting) throws -> [Figure] {
    try cases.flatMap { try measure($0, setting) } + [memory(setting)]
  }

  /// Each in a fresh network namespace, which ends with this process at the latest.
  private static func ownNetwork() throws {
    guard peer_own_network() == 0 else {
      throw Failure("no network namespace of our own; run as root")
    }
  }

  private static func measure(_ test: Case, _ setting: Setting) throws -> [Figure] {
    try ownNetwork()
    let script = Rules.native(chains: test.chains, rules: test.rules)
    try Process("nft", "-f", try setting.file("rules.nft", script)).run()
    let folder = setting.ownProgram.split(separator: "/").dropLast().joined(separator: "/")
    let peers: [(name: String, words: [String], gate: Figure.Gate?)] = [
      ("C libnftnl", ["/\(folder)/NFTDump"], test.dump),
      ("nft list", ["nft", "list", "ruleset"], test.list.map { .faster($0) }),
      ("nft -j list", ["nft", "-j", "list", "ruleset"], test.json.map { .faster($0) }),
    ]
    let costs = try setting.race(
      rounds: test.chains > 1 ? 3 : nil,
      [setting.process(.readKernel)] + peers.map { Process(words: $0.words) })
    return zip(peers, costs.dropFirst()).map { peer, cost in
      Figure(
        "reading \(test.what)", costs[0].seconds, beside: (peer.name, cost.seconds),
        gate: peer.gate)
    }
  }

  private static func memory(_ setting: Setting) throws -> Figure {
    try ownNetwork()
    let file = try setting.file("kubernetes.save", Rules.kubernetes(rules: 50_000))
    try Process("iptables-restore", file).run()
    let costs = try setting.race(
      rounds: 1, [setting.process(.readKernel), Process("iptables-save")])
    return Figure(
      "peak memory at 50,000 rules", costs[0].bytes, beside: ("iptables-save", costs[1].bytes),
      gate: .peer(times: 2), unit: .bytes)
  }
}
