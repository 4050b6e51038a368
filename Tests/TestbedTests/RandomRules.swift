import Ruleset
import RulesetText
import TestSupport
import Testbed

/// A ruleset nobody wrote: a few rules in every table, in iptables' dialect or nft's, out of
/// conditions that Istio and node agents use.
struct RandomRules {
  private var random: Seeded

  init(seed: Int) { random = Seeded(seed) }

  mutating func text(for loader: Loader) -> LoadableText {
    loader == .nft
      ? LoadableText(nft: Array(nft().utf8))
      : LoadableText(ipv4: Array(save(ipv6: false).utf8), ipv6: Array(save(ipv6: true).utf8))
  }

  private mutating func one<Item>(_ items: [Item]) -> Item {
    items[Int.random(in: items.indices, using: &random)]
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  private static let ports = ["53", "80", "443", "3306", "15001", "15006", "15008"]
  private static let owners = ["0", "1000", "1337", "4242"]

  private mutating func network(ipv6: Bool) -> String {
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
    var lines = ["*\(name)", "-N OUT", "-N IN"]
    let hooks = name == "filter" ? ["OUTPUT", "INPUT", "FORWARD"] : ["OUTPUT", "PREROUTING"]
    // Chains of their own for each direction: owner is a match of OUTPUT alone.
    for chain in ["OUT", "IN"] + hooks {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let isOutput = chain.hasPrefix("OUT")
        let (condition, hasProtocol) = condition(isOutput: isOutput, ipv6: ipv6)
        let calls = hooks.contains(chain) ? [isOutput ? "OUT" : "IN"] : []
        let target = target(
          of: name, isOutput: isOutput, ipv6: ipv6, hasProtocol: hasProtocol, calls)
        lines.append("-A \(chain) \(condition)-j \(target)")
      }
    }
    return (lines + ["COMMIT", ""]).joined(separator: "\n")
  }

  private mutating func condition(isOutput: Bool, ipv6: Bool) -> (String, hasProtocol: Bool) {
    var words: [String] = []
    func not(_ random: inout Seeded) -> String {
      Int.random(in: 0..<4, using: &random) == 0 ? "! " : ""
    }
    let hasProtocol = chance(70)
    if hasProtocol {
      words.append("-p \(one(["tcp", "udp"]))")
      if chance(60) {
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
    if chance(10) {
      words.append(
        "-m conntrack \(not(&random))--ctstate \(one(["NEW", "INVALID", "RELATED,ESTABLISHED"]))")
    }
    if chance(8) {
      words.append("-m addrtype \(not(&random))--dst-type \(one(["LOCAL", "UNICAST"]))")
    }
    return (words.map { $0 + " " }.joined(), hasProtocol)
  }

  private mutating func target(
    of table: String, isOutput: Bool, ipv6: Bool, hasProtocol: Bool, _ calls: [String]
  ) -> String {
    if let call = calls.first, chance(40) { return call }
    let plain = ["RETURN", "ACCEPT"]
    switch table {
    case "raw": return one(plain + ["CT --notrack", "CT --zone 1"])
    case "mangle":
      let marks = ["MARK --set-mark 1338", "MARK --set-xmark 0x1/0x1", "MARK --or-mark 0x2"]
      return one(plain + marks + (chance(20) ? ["DROP"] : []))
    case "nat":
      guard hasProtocol else { return one(plain) }
      let other = ipv6 ? "[fd00::9]" : "192.168.9.9"
      let own = ipv6 ? "[fd64::2]" : "100.64.0.2"
      return one(
        plain + [
          "REDIRECT --to-ports 15001", "REDIRECT --to-ports 15006", "REDIRECT",
          "DNAT --to-destination \(other):8081", "DNAT --to-destination \(own):8080",
          "DNAT --to-destination \(ipv6 ? "[::1]" : "127.0.0.1"):8082",
        ])
    default:
      let reject = "REJECT" + (ipv6 ? " --reject-with icmp6-adm-prohibited" : "")
      return chance(60) ? one(plain) : hasProtocol ? one(["DROP", "REJECT", reject]) : "ACCEPT"
    }
  }
}

// MARK: - nft

extension RandomRules {
  private mutating func nft() -> String {
    let family = one(["inet", "inet", "ip", "ip6"])
    let bases: [(name: String, kind: String, hook: String, priority: Int)] = [
      ("raw-output", "filter", "output", -300), ("raw-prerouting", "filter", "prerouting", -300),
      ("mangle-output", "route", "output", -150), ("mangle-input", "filter", "input", -150),
      ("nat-output", "nat", "output", -100), ("nat-prerouting", "nat", "prerouting", -100),
      ("output", "filter", "output", 0), ("input", "filter", "input", 0),
    ]
    var lines = ["table \(family) t {"]
    for base in bases where chance(70) {
      lines.append("chain \(base.name) {")
      lines.append("type \(base.kind) hook \(base.hook) priority \(base.priority);")
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let (condition, hasProtocol) = nftCondition(
          family: family, isOutput: base.hook == "output")
        lines.append(condition + nftVerdict(in: base.name, hasProtocol: hasProtocol))
      }
      lines.append("}")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  private mutating func nftCondition(family: String, isOutput: Bool) -> (String, hasProtocol: Bool)
  {
    var words: [String] = []
    func not(_ random: inout Seeded) -> String {
      Int.random(in: 0..<4, using: &random) == 0 ? "!= " : ""
    }
    let hasProtocol = chance(70)
    if hasProtocol {
      let name = one(["tcp", "udp"])
      switch Int.random(in: 0..<4, using: &random) {
      case 0: words.append("meta l4proto \(name)")
      case 1: words.append("\(name) dport \(not(&random)){ 53, 443, 15001-15008 }")
      case 2: words.append("\(name) sport \(not(&random))\(one(Self.ports))")
      default: words.append("\(name) dport \(not(&random))\(one(Self.ports + ["80-443"]))")
      }
    }
    let isIPv6 = family == "ip6" || family == "inet" && chance(50)
    if chance(35) {
      words.append(
        "\(isIPv6 ? "ip6" : "ip") \(one(["daddr", "daddr", "saddr"])) \(not(&random))\(network(ipv6: isIPv6))"
      )
    }
    if isOutput, chance(25) {
      words.append(
        "meta \(one(["skuid", "skgid"])) \(not(&random))\(one(Self.owners + ["1000-1337"]))")
    }
    if chance(20) {
      words.append(
        "\(isOutput ? "oifname" : "iifname") \(not(&random))\"\(one(["lo", "eth0", "eth*"]))\"")
    }
    if chance(10) { words.append("meta mark \(not(&random))\(one(["0x1", "1338"]))") }
    if chance(10) {
      words.append("ct state \(not(&random))\(one(["new", "invalid", "established,related"]))")
    }
    if chance(8) { words.append("fib daddr type \(not(&random))\(one(["local", "unicast"]))") }
    return (words.map { $0 + " " }.joined(), hasProtocol)
  }

  private mutating func nftVerdict(in chain: String, hasProtocol: Bool) -> String {
    let plain = ["return", "accept"]
    if chain.hasPrefix("raw") { return one(plain + ["notrack", "ct zone set 1"]) }
    if chain.hasPrefix("mangle") { return one(plain + ["meta mark set 1338", "meta mark set 1"]) }
    if chain.hasPrefix("nat") {
      return one(hasProtocol ? plain + ["redirect to :15001", "redirect to :15006"] : plain)
    }
    return chance(60) ? one(plain) : hasProtocol ? one(["drop", "reject"]) : "accept"
  }
}
