/// Conditions that are seldom seen, one of which some rules have beside their others.
extension RandomRules {
  mutating func rareCondition(isOutput: Bool, ipv6: Bool, transport: String?) -> String {
    let not = chance(25) ? "! " : ""
    var choices = [
      "-m state \(not)--state \(one(["NEW", "ESTABLISHED", "INVALID,NEW", "UNTRACKED"]))",
      "-m conntrack \(not)--ctstate \(one(["UNTRACKED", "NEW,UNTRACKED", "SNAT", "DNAT"]))",
      "-m addrtype \(not)--dst-type \(one(["MULTICAST", ipv6 ? "LOCAL,UNICAST" : "LOCAL,BROADCAST"]))",
      "-m addrtype \(not)--src-type LOCAL \(chance(25) ? "! " : "")--dst-type LOCAL",
      "-m mark \(not)--mark \(one(["0x0/0x2", "0x3/0x7", "0x0"]))",
      "-m connmark \(not)--mark \(one(["0x2/0x2", "0x3"]))",
      "-m comment --comment \"it's \\\"x\\\" -j DROP\"",
    ]
    let ends =
      ipv6 ? ["::1-::6", "fd00::9-fd64::2"] : ["127.0.0.1-127.0.0.6", "100.64.0.2-192.168.9.9"]
    choices.append(
      "-m iprange \(not)--src-range \(ends[0]) \(chance(25) ? "! " : "")--dst-range \(ends[1])")
    if transport == nil {
      choices += ["! -p udp", "! -p tcp", "-p \(ipv6 ? "icmpv6" : "icmp")", "-p 132", "-p all"]
    } else {
      choices += [
        "-m multiport \(not)--sports 1024:30000,40000",
        "-m multiport \(not)--ports 53,3306,15000:15010",
        "-m multiport \(not)--dports 1:79,81:442,444:65535",
      ]
    }
    if transport == "tcp" {
      choices += ["\(not)--syn", "\(not)--tcp-flags ALL \(one(["NONE", "SYN", "ACK,FIN"]))"]
    }
    if isOutput {
      choices += [
        "-m owner \(not)--socket-exists",
        "-m owner \(not)--uid-owner 1001-1336 \(chance(25) ? "! " : "")--gid-owner 0-999",
      ]
    }
    return one(choices)
  }

  /// The same in nft's language, for packets of one transport protocol or any.
  mutating func rareNFTCondition(
    isOutput: Bool, family: String, about named: String, transport: String?
  ) -> String {
    let not = chance(25) ? "!= " : ""
    let networks = named == "ip6" ? "fd00::/9, ::1, fd64::2" : "10.0.0.0/8, 192.168.9.9, 127.0.0.6"
    var choices = [
      "\(named) daddr \(not){ \(networks) }", "\(named) saddr \(not){ \(networks) }",
      "ct state \(not)\(one(["untracked", "{ new, untracked }", "new | untracked"]))",
      "meta mark & 0x3 \(one(["== 0x1", "!= 0x0", "== 0x3"]))",
      "ct mark & 0xff \(one(["== 0x1", "!= 0x2", "< 0x3"]))",
      "meta mark { 0x1, 0x539, 2-9 }",
      "fib saddr type \(not)\(one(["local", "unicast", "{ local, unicast }"]))",
      "fib daddr type { local, broadcast, multicast }",
    ]
    if family == "inet" { choices.append("meta nfproto ip\(named == "ip6" ? "v6" : "v4")") }
    if let transport {
      choices += [
        "\(transport) dport \(one(["> 442", "<= 80", "!= 53-3306"]))",
        "\(named) daddr . \(transport) dport { \(named == "ip6" ? "fd00::9" : "192.168.9.9") . 80, "
          + "\(named == "ip6" ? "fd00::/9" : "10.0.0.0/8") . 443-15006 }",
      ]
    } else {
      choices += [
        "meta l4proto \(not){ tcp, udp } th dport \(not){ 53, 80-443 }",
        "\(one(["meta l4proto", named == "ip6" ? "ip6 nexthdr" : "ip protocol"])) \(not)udp",
        "meta l4proto 132",
      ]
    }
    if transport == "tcp" {
      choices += [
        "tcp flags & (fin | syn | rst | ack) \(one(["== syn", "!= syn", "== (syn | ack)"]))",
        "tcp flags \(one(["syn", "!= ack", "& syn != 0"]))",
      ]
    }
    if isOutput {
      choices += [
        "meta skuid \(not){ 0, 1000-1336, 4242 }", "meta skgid > 1000",
        "meta skuid . meta skgid { 1337 . 1337, 0 . 0-1000 }", "oif \(not)lo",
        "meta skuid . \(named) daddr { 0 . \(named == "ip6" ? "fd00::9" : "192.168.9.9") }",
      ]
    } else {
      choices += ["iif \(not)lo", "iifname { \"lo\", \"eth*\" }"]
    }
    return one(choices)
  }
}
