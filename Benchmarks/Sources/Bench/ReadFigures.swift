import CPeers

/// Reading a large iptables-save, beside iptables-restore's own reading of it.
enum ReadFigures {
  static func measure(_ setting: Setting) throws -> [Figure] {
    guard peer_own_network() == 0 else {
      throw Failure("no network namespace of our own; run as root")
    }
    let file = try setting.file("kubernetes.save", Rules.kubernetes(rules: 50_000))
    let costs = try setting.race(
      rounds: 3,
      [
        setting.process(.readSave(file: file)),
        Process("iptables-restore", "--test", file),
      ])
    return [
      Figure(
        "reading an iptables-save of 50,000 rules", costs[0].seconds,
        beside: ("iptables-restore --test", costs[1].seconds), gate: .peer(times: 3)),
      Figure(
        "  peak memory", costs[0].bytes, beside: ("iptables-restore --test", costs[1].bytes),
        gate: .atMost(300 * 1024 * 1024), unit: .bytes),
    ]
  }
}
