import Ruleset
import RulesetText
import TestSupport
import Testbed

/// A ruleset nobody wrote: a few rules in every table, in iptables' dialect or nft's, out of
/// conditions that Istio and node agents use.
struct RandomRules {
  var random: Seeded

  init(seed: Int) { random = Seeded(seed) }

  mutating func text(for loader: Loader) -> LoadableText {
    loader == .nft
      ? LoadableText(nft: Array(nft().utf8))
      : LoadableText(ipv4: Array(save(ipv6: false).utf8), ipv6: Array(save(ipv6: true).utf8))
  }

  mutating func one<Item>(_ items: [Item]) -> Item {
    items[Int.random(in: items.indices, using: &random)]
  }

  mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  static let ports = ["53", "80", "443", "3306", "15001", "15006", "15008"]
  static let owners = ["0", "1000", "1337", "4242"]

  mutating func network(ipv6: Bool) -> String {
    one(
      ipv6
        ? ["2001:db8::/32", "fd00::9", "::1", "fd64::2", "::6", "fd00::/9"]
        : ["1.2.3.0/24", "10.0.0.0/8", "192.168.9.9", "127.0.0.1", "127.0.0.6", "100.64.0.2"])
  }
}

// MARK: - iptables

extension RandomRules {
  private mutating func save(ipv6: Bool) -> String {
    ["raw", "mangle", "nat", "filter"].map { table(name: $0, ipv6: ipv6) }.joined()
  }

  private mutating func table(name: String, ipv6: Bool) -> String {
    let hooks = name == "filter" ? ["OUTPUT", "INPUT", "FORWARD"] : ["OUTPUT", "PREROUTING"]
    let last = name == "nat" || name == "mangle" ? ["POSTROUTING", "INPUT"] : []
    var lines = ["*\(name)"]
    for hook in hooks where name != "nat" && chance(3) { lines.append(":\(hook) DROP [0:0]") }
    lines += ["-N OUT", "-N IN", "-N OUT2", "-N IN2"]
    // Chains of their own for each direction: owner is a match of OUTPUT alone.
    for chain in ["OUT2", "IN2", "OUT", "IN"] + hooks + last {
      let isLast = last.contains(chain)
      let isOutput = chain.hasPrefix("OUT") || chain == "POSTROUTING"
      let direction = isOutput ? "OUT" : "IN"
      let calls = hooks.contains(chain) ? [direction] : chain == direction ? [direction + "2"] : []
      for _ in 0..<Int.random(in: 0...(chain.hasSuffix("2") ? 2 : 4), using: &random) {
        let (condition, transport) = condition(isOutput: isOutput, ipv6: ipv6)
        if !calls.isEmpty, chance(10) {
          lines.append("-A \(chain) \(condition)-g \(calls[0])")
          continue
        }
        let target =
          isLast
          ? lastTarget(of: name, in: chain, ipv6: ipv6, transport: transport)
          : target(of: name, isOutput: isOutput, ipv6: ipv6, transport: transport, calls)
        lines.append("-A \(chain) \(condition)-j \(target)")
      }
    }
    return (lines + ["COMMIT", ""]).joined(separator: "\n")
  }

  private mutating func condition(isOutput: Bool, ipv6: Bool) -> (String, transport: String?) {
    var words: [String] = []
    func not(_ random: inout Seeded) -> String {
      Int.random(in: 0..<4, using: &random) == 0 ? "! " : ""
    }
    let transport = chance(70) ? one(["tcp", "udp"]) : nil
    if let transport {
      words.append("-p \(transport)")
      if transport == "tcp", chance(6) {
        words.append("\(not(&random))--tcp-flags FIN,SYN,RST,ACK \(one(["SYN", "SYN,ACK", "ACK"]))")
      } else if chance(60) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
          words.append("\(not(&random))--dport \(one(["80:443", "53:80", "15001:", ":1024"]))")
        case 1: words.append("-m multiport \(not(&random))--dports 53,443,15006:15010")
        case 2: words.append("\(not(&random))--sport \(one(Self.ports))")
        default: words.append("\(not(&random))--dport \(one(Self.ports))")
        }
      }
    }
    if chance(30) { words.append("\(not(&random))-d \(network(ipv6: ipv6))") }
    if chance(15) { words.append("\(not(&random))-s \(network(ipv6: ipv6))") }
    if isOutput, chance(25) {
      words.append(
        "-m owner \(not(&random))--\(one(["uid", "gid"]))-owner \(one(Self.owners + ["1000-1337"]))"
      )
    }
    if chance(20) {
      words.append(
        "\(not(&random))\(isOutput ? "-o" : "-i") \(one(["lo", "eth0", "eth+", "eth1"]))")
    }
    if chance(10) {
      words.append("-m mark \(not(&random))--mark \(one(["0x1", "0x2/0x3", "1338"]))")
    }
    if chance(6) {
      words.append("-m connmark \(not(&random))--mark \(one(["0x1", "0x0/0x1", "0x3/0x2"]))")
    }
    if chance(6) {
      let ends = ipv6 ? "fd00::1-fd00::9" : "10.0.0.1-192.168.9.9"
      words.append("-m iprange \(not(&random))--\(one(["src", "dst"]))-range \(ends)")
    }
    if chance(10) {
      words.append(
        "-m conntrack \(not(&random))--ctstate \(one(["NEW", "INVALID", "RELATED,ESTABLISHED"]))")
    }
    if chance(8) {
      let side = one(["src", "dst"])
      words.append("-m addrtype \(not(&random))--\(side)-type \(one(["LOCAL", "UNICAST"]))")
    }
    if chance(25) {
      let rare = rareCondition(isOutput: isOutput, ipv6: ipv6, transport: transport)
      // The tools take some matches once only.
      let name = rare.split(separator: " ").prefix(2).joined(separator: " ")
      if !words.contains(where: { $0.contains("--tcp-flags") || $0.hasPrefix(name) }) {
        words.append(rare)
      }
    }
    return (words.map { $0 + " " }.joined(), transport)
  }

  /// What a rule of POSTROUTING does, or of INPUT in the tables that change packets.
  private mutating func lastTarget(
    of table: String, in chain: String, ipv6: Bool, transport: String?
  ) -> String {
    guard table == "nat" else {
      return one(["ACCEPT", "RETURN", "MARK --set-mark 1", "DROP", "CONNMARK --set-mark 0x2"])
    }
    let own = ipv6 ? "fd64::2" : "100.64.0.2"
    let masquerade = chain == "POSTROUTING" ? ["MASQUERADE"] : []
    let ports = transport == nil ? [] : [":40000-40100"]
    return one(
      ["ACCEPT", "RETURN", "SNAT --to-source \(own)"] + masquerade
        + ports.map { "SNAT --to-source \(ipv6 ? "[\(own)]" : own)\($0)" })
  }

  private mutating func target(
    of table: String, isOutput: Bool, ipv6: Bool, transport: String?, _ calls: [String]
  ) -> String {
    if let call = calls.first, chance(40) { return call }
    if chance(6) { return "LOG --log-prefix \"a \\\"b\\\" \" --log-level 7" }
    let plain = ["RETURN", "ACCEPT"]
    switch table {
    case "raw": return one(plain + ["CT --notrack", "CT --zone 1"])
    case "mangle":
      let marks = [
        "MARK --set-mark 1338", "MARK --set-xmark 0x1/0x1", "MARK --or-mark 0x2",
        "MARK --xor-mark 0x3", "MARK --and-mark 0xfffffffd",
        "CONNMARK --set-mark 0x1", "CONNMARK --save-mark", "CONNMARK --restore-mark --mask 0x3",
        "CONNMARK --set-xmark 0x3/0x1", "CONNMARK --save-mark --nfmask 0x3 --ctmask 0xff",
      ]
      let tproxy = one([
        "TPROXY --on-port 15006 --tproxy-mark 1337",
        "TPROXY --on-port 15001 --tproxy-mark 0x539/0xffff",
      ])
      return one(
        plain + marks + (chance(20) ? ["DROP"] : [])
          + (transport != nil && !isOutput ? [tproxy] : []))
    case "nat":
      guard transport != nil else { return one(plain) }
      let other = ipv6 ? "[fd00::9]" : "192.168.9.9"
      let own = ipv6 ? "[fd64::2]" : "100.64.0.2"
      return one(
        plain + [
          "REDIRECT --to-ports 15001", "REDIRECT --to-ports 15006", "REDIRECT",
          "DNAT --to-destination \(other):8081", "DNAT --to-destination \(own):8080",
          "DNAT --to-destination \(ipv6 ? "[::1]" : "127.0.0.1"):8082",
          "DNAT --to-destination \(ipv6 ? "fd00::9" : "192.168.9.9")",
        ])
    default:
      let reject = "REJECT" + (ipv6 ? " --reject-with icmp6-adm-prohibited" : "")
      let reset = transport == "tcp" ? ["REJECT --reject-with tcp-reset"] : []
      return chance(60)
        ? one(plain) : transport == nil ? "ACCEPT" : one(["DROP", "REJECT", reject] + reset)
    }
  }
}
