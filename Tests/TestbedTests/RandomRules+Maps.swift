/// Verdict maps, which decide for each value of what they look up.
extension RandomRules {
  mutating func nftVerdictMap(in chain: String, _ family: String, isOutput: Bool) -> String {
    let named = family == "inet" ? one(["ip", "ip6"]) : family
    let host = named == "ip6" ? "fd00::9" : "192.168.9.9"
    let network = named == "ip6" ? "fd64::/16" : "127.0.0.0/8"
    var maps: [(key: String, values: [String])] = [
      ("\(one(["tcp", "udp"])) dport", ["53", "15001-15008", "80"]),
      ("ct state", ["new", "established", "invalid", "untracked"]),
      ("meta l4proto", ["tcp", "udp", "132"]), ("meta mark", ["0x1", "0x539", "0x0"]),
      ("\(named) daddr", [host, network]), ("\(named) saddr", [host, network]),
      ("\(named) daddr . tcp dport", ["\(host) . 80", "\(host) . 443"]),
      ("th dport . meta l4proto", ["53 . udp", "443 . tcp"]),
      ("fib daddr type", ["local", "unicast"]),
    ]
    maps.append(
      isOutput
        ? ("meta skuid", ["0", "1000", "1337"]) : ("iifname", ["\"lo\"", "\"eth0\""]))
    let map = maps[Int.random(in: maps.indices, using: &random)]
    // What a rule may pass a packet to, and drop it: chains of nat may not, and chains call none of their own.
    let isBase = chain != "out" && chain != "in"
    let direction = isOutput ? "out" : "in"
    let goesOn =
      chain.hasSuffix("output") || chain.hasSuffix("input") || chain.hasSuffix("prerouting")
    let answers =
      ["return", "accept", "continue"] + (isBase && goesOn ? ["jump \(direction)"] : [])
      + (isBase && !chain.hasPrefix("nat") ? ["drop"] : [])
    let elements = map.values.map { "\($0) : \(one(answers))" }
    let guarding = map.key.hasPrefix("th ") ? "meta l4proto { tcp, udp } " : ""
    return "\(guarding)\(map.key) vmap { \(elements.joined(separator: ", ")) }"
  }
}
