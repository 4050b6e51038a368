import TestSupport

/// The same in nft's own language.
extension RandomRules {
  mutating func nft() -> String {
    let families = ["inet", "inet", "ip", "ip6"]
    // Two tables at one priority would run in an order that no listing tells.
    let second = chance(40) ? nftTable(one(families), "u", later: one([-3, 2])) : ""
    return nftTable(one(families), "t", later: 0) + second
  }

  private mutating func nftTable(_ family: String, _ name: String, later: Int) -> String {
    let bases: [(name: String, kind: String, hook: String, priority: Int)] = [
      ("raw-output", "filter", "output", -300), ("raw-prerouting", "filter", "prerouting", -300),
      ("mangle-output", "route", "output", -150), ("mangle-input", "filter", "input", -150),
      ("nat-output", "nat", "output", -100), ("nat-prerouting", "nat", "prerouting", -100),
      ("output", "filter", "output", 0), ("input", "filter", "input", 0),
      ("mangle-prerouting", "filter", "prerouting", -150),
      ("nat-postrouting", "nat", "postrouting", 100), ("nat-input", "nat", "input", 100),
      ("late-output", "filter", "output", 10), ("forward", "filter", "forward", 0),
    ]
    var lines = [
      "table \(family) \(name) {",
      "set ports { type inet_service; flags interval; elements = { 53, 443, 15001-15008 }; }",
    ]
    for name in ["out", "in"] {
      lines.append("chain \(name) {")
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        lines.append(nftRule(in: name, family, isOutput: name == "out"))
      }
      lines.append("}")
    }
    for base in bases where chance(70) {
      lines.append("chain \(base.name) {")
      let policy = base.kind == "filter" && chance(3) ? " policy drop;" : ""
      lines.append(
        "type \(base.kind) hook \(base.hook) priority \(base.priority + later);\(policy)")
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        lines.append(nftRule(in: base.name, family, isOutput: base.hook == "output"))
      }
      lines.append("}")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  private mutating func nftRule(in chain: String, _ family: String, isOutput: Bool) -> String {
    if chance(10) { return nftVerdictMap(in: chain, family, isOutput: isOutput) }
    let (condition, transport) = nftCondition(family: family, isOutput: isOutput)
    // Mappings of an `inet` table are of the one family that the rule is about.
    let words = condition.split(separator: " ")
    let named = [("ip", "ipv4"), ("ip6", "ipv6")].first {
      words.contains(Substring($0.0)) || words.contains(Substring($0.1))
    }?.0
    let about = named ?? (family == "inet" ? "" : family)
    return condition + nftVerdict(in: chain, about, transport: transport)
  }

  private mutating func nftCondition(family: String, isOutput: Bool) -> (String, transport: String?)
  {
    var words: [String] = []
    func not(_ random: inout Seeded) -> String {
      Int.random(in: 0..<4, using: &random) == 0 ? "!= " : ""
    }
    let transport = chance(70) ? one(["tcp", "udp"]) : nil
    if let name = transport {
      switch Int.random(in: 0..<6, using: &random) {
      case 4: words.append("\(name) dport \(not(&random))@ports")
      case 5: words.append("\(name) sport . \(name) dport { 443 . 80, 53-3306 . 15001-15008 }")
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
    if chance(6) { words.append("ct mark \(not(&random))\(one(["0x1", "0x0"]))") }
    if chance(25) {
      words.append(
        rareNFTCondition(
          isOutput: isOutput, family: family, about: isIPv6 ? "ip6" : "ip", transport: transport))
    }
    return (words.map { $0 + " " }.joined(), transport)
  }

  private mutating func nftVerdict(
    in chain: String, _ family: String, transport: String?
  ) -> String {
    let plain = ["return", "accept"]
    let part = chain.split(separator: "-").first ?? ""
    if chance(6) {
      return one(["counter", "log prefix \"a b\"", "counter packets 5 bytes 9 return"])
    }
    if chain.hasSuffix("output"), chance(8) { return one(["jump out", "goto out"]) }
    if chain.hasSuffix("input") || chain.hasSuffix("prerouting"), chance(8) {
      return one(["jump in", "goto in"])
    }
    switch part {
    case "raw": return one(plain + ["notrack", "ct zone set 1"])
    case "mangle":
      let marks = ["meta mark set 1338", "meta mark set mark or 0x1", "ct mark set 0x1"]
      let more = [
        "meta mark set ct mark", "ct mark set mark", "meta mark set mark xor 0x3",
        "meta mark set mark and 0xfffffffd", "ct mark set ct mark or 0x2",
        "ct mark set 0x2 meta mark set ct mark accept", "meta mark set 0x1 ct mark set mark return",
      ]
      // Beside another protocol, such as 132, nft refuses tcp's ports.
      let maps = transport.map { ["meta mark set \($0) dport map { 80 : 0x1, 443-3306 : 0x539 }"] }
      let tproxy =
        chain.hasSuffix("prerouting") && transport != nil
        ? ["tproxy \(family) to :15006 meta mark set 1337 accept"] : []
      return one(plain + marks + more + (maps ?? []) + tproxy)
    case "nat" where chain.hasSuffix("postrouting"): return one(plain + ["masquerade"])
    case "nat" where chain.hasSuffix("input"): return one(plain)
    case "nat":
      guard transport != nil else { return one(plain) }
      let redirects = ["redirect to :15001", "redirect to :15006", "redirect"]
      let dnats =
        family == "ip6"
        ? ["dnat ip6 to [fd00::9]:8081", "dnat ip6 to fd00::9"]
        : ["dnat ip to 192.168.9.9:8081", "dnat ip to 192.168.9.9"]
      return one(plain + redirects + [one(dnats)])
    case "out", "in": return one(plain + ["continue", "meta mark set 1"])
    default:
      let reset = transport == "tcp" ? ["reject with tcp reset"] : []
      return chance(60)
        ? one(plain) : transport == nil ? "accept" : one(["drop", "reject"] + reset)
    }
  }
}
