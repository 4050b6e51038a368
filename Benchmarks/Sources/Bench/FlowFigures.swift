import Addresses
import CPeers
import FlowSets
import Istio
import Ruleset
import RulesetText

/// Exact sets of packets: building the diagram, asking what bypasses, comparing two.
enum FlowFigures {
  static func measure(_ setting: Setting) throws -> [Figure] {
    // First, while this process is small itself.
    let memory = try memory(setting)
    peer_buddy_start(2_000_000)
    return try [10, 100, 1000].flatMap { try istio(setting, exclusions: $0) }
      + [2_000, 10_000, 50_000].flatMap { try kubernetes(setting, rules: $0) } + [memory]
  }

  /// What is asked of two rulesets: the diagrams, what bypasses under the first, what changes.
  private struct Question {
    var rulesets: [Ruleset]
    var space: FlowSpace
    var universe: FlowSet
    var maps: [FlowMap] = []
    private(set) var bypass = Count.zero
    private(set) var changes = 0

    init(_ rulesets: [Ruleset]) {
      self.rulesets = rulesets
      space = FlowSpace(for: rulesets)
      universe = space.packets(in: Universe(.outbound))
    }

    mutating func build(_ index: Int) throws {
      maps.append(try space.flows(of: rulesets[index], .outbound))
    }

    mutating func count() { bypass = maps[0].packets(.bypass, in: universe).count() }

    /// The fates of packets, one by one.
    func ask(_ packets: [Packet]) -> Int { packets.count { maps[0].fate(of: $0) == .captured } }

    mutating func compare() { changes = maps[0].changes(to: maps[1], in: universe).count }
  }

  private struct Times {
    var build: [Double] = []
    var count: [Double] = []
    var compare: [Double] = []
    var packet: [Double] = []
  }

  private static func times(
    _ setting: Setting, rounds: Int, _ rulesets: [Ruleset], _ packets: [Packet]
  ) throws -> Times {
    var times = Times()
    for _ in 0..<rounds {
      var marks = [setting.clock.now()]
      var question = Question(rulesets)
      try question.build(0)
      marks.append(setting.clock.now())
      question.count()
      marks.append(setting.clock.now())
      try question.build(1)
      marks.append(setting.clock.now())
      question.compare()
      marks.append(setting.clock.now())
      // The first pass learns what each outcome is called.
      var captured = question.ask(packets)
      let asked = setting.clock.now()
      captured -= question.ask(packets)
      times.packet.append((setting.clock.now() - asked) / Double(packets.count))
      guard !question.bypass.isZero, question.changes > 0, captured == 0 else {
        throw Failure("nothing bypasses, or nothing changes")
      }
      times.build.append(marks[1] - marks[0])
      times.count.append(marks[2] - marks[1])
      times.compare.append(marks[4] - marks[3])
    }
    return times
  }

  private static func istio(_ setting: Setting, exclusions: Int) throws -> [Figure] {
    let rulesets = try [exclusions, exclusions - 1].map {
      try Rules.istio(exclusions: $0).ruleset()
    }
    let peerRules = Rules.flat(exclusions: exclusions)
    let others = Rules.flat(exclusions: exclusions - 1)
    let times = try times(setting, rounds: setting.rounds, rulesets, packets(to: 0x0A14_0000))
    var peer = Times()
    for _ in 0..<setting.rounds {
      peer_forget(peer_redirected(peerRules, 1))
      let start = setting.clock.now()
      let set = peer_redirected(peerRules, peerRules.count)
      let built = setting.clock.now()
      let other = peer_redirected(others, others.count)
      let second = setting.clock.now()
      let difference = peer_difference(set, other)
      let compared = setting.clock.now()
      peer_forget(set)
      peer_forget(other)
      guard set.count > 0, difference > 0 else {
        throw Failure("BuDDy counts none")
      }
      peer.build.append(built - start)
      peer.compare.append(compared - second)
    }
    let what = "Istio + \(exclusions) exclusions: "
    let (build, count, compare) = (times.build.median, times.count.median, times.compare.median)
    let together = ("BuDDy", peer.build.median)
    let packet = Figure(what + "one packet", times.packet.median, gate: .atMost(100e-9))
    if exclusions <= 10 {
      return [
        Figure(
          what + "build, bypass, diff", build + count + compare, gate: .atMost(0.1e-3)),
        Figure(
          what + "build and count", build + count, beside: together, gate: .peer(times: 1)),
        packet,
      ]
    }
    let isGated = exclusions == 1000
    return [
      Figure(what + "build", build, gate: isGated ? .atMost(6e-3) : nil),
      Figure(what + "bypass set", count, gate: isGated ? .atMost(0.5e-3) : nil),
      Figure(
        what + "diff", compare, beside: ("BuDDy", peer.compare.median),
        gate: isGated ? .atMost(0.3e-3) : nil),
      Figure(what + "build and count", build + count, beside: together, gate: .peer(times: 1)),
      packet,
    ]
  }

  /// A thousand first packets of an app, to addresses from `first` on.
  private static func packets(to first: UInt32) -> [Packet] {
    var random = SmallRandom(seed: 3)
    return (0..<1_000).map { _ in
      Packet(
        .tcp, from: IPAddress(.ipv4, 0x0AF4_0105), port: 40000,
        to: IPAddress(.ipv4, UInt128(first + UInt32.random(in: 0..<0x1000, using: &random))),
        port: [80, 81, 82, 3306, 3307].randomElement(using: &random) ?? 80,
        owner: Owner(uid: 1000, gid: 1000), out: .firstEthernet)
    }
  }

  private static func kubernetes(_ setting: Setting, rules: Int) throws -> [Figure] {
    let text = Rules.kubernetes(rules: rules)
    let ruleset = try IPTables.readSave(Array(text.utf8))
    var other = ruleset
    // Of the services, the last one's rule.
    guard let chain = other.tables[0].chains.firstIndex(where: { $0.name == "KUBE-SERVICES" })
    else {
      throw Failure("no KUBE-SERVICES")
    }
    other.tables[0].chains[chain].rules.removeLast(2)
    let times = try times(setting, rounds: 3, [ruleset, other], packets(to: 0x0A60_0000))
    let what = "kube-proxy's nat of \(ruleset.ruleCount) rules: "
    let isGated = rules == 50_000
    return [
      Figure(what + "build", times.build.median, gate: isGated ? .atMost(200e-3) : nil),
      Figure(what + "bypass set", times.count.median, gate: isGated ? .atMost(3e-3) : nil),
      Figure(what + "diff", times.compare.median, gate: isGated ? .atMost(3e-3) : nil),
      Figure(what + "one packet", times.packet.median, gate: .atMost(100e-9)),
    ]
  }

  private static func memory(_ setting: Setting) throws -> Figure {
    let file = try setting.file("kubernetes.save", Rules.kubernetes(rules: 50_000))
    let costs = try setting.race(
      rounds: 1, [setting.process(.flows(file: file)), setting.process(.readSave(file: file))])
    return Figure(
      "kube-proxy's nat of 50,000 rules: peak memory", costs[0].bytes,
      beside: ("reading alone", costs[1].bytes), gate: .atMost(150 * 1024 * 1024), unit: .bytes)
  }
}
