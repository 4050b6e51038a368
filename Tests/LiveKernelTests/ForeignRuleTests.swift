import LiveKernel
import Ruleset
import RulesetText
import Testing

/// Rules that Istio does not write, as others on a node do: each read from the kernel is what the
/// listing of nft's or iptables' own tool means.
@Suite struct ForeignRuleTests {
  static let nativeRules = [
    "tcp dport 1000-2000 accept",
    "tcp dport != 1000-2000 accept",
    "tcp dport { 22, 80, 1000-2000 } accept",
    "tcp dport != { 22, 1000-2000, 65000-65535 } accept",
    "tcp sport 5 tcp dport 6 accept",
    "tcp dport < 1024 accept",
    "tcp dport >= 1024 accept",
    "meta skuid 1000-2000 accept",
    "meta skuid != { 5, 7 } return",
    "meta skuid < 1000 drop",
    "meta skgid 1337 return",
    "ip daddr 10.1.2.0/23 accept",
    "ip daddr != 10.0.0.0/9 accept",
    "ip daddr 10.0.0.5-10.0.0.9 drop",
    "ip daddr { 10.0.0.0/8, 192.168.0.0/16 } accept",
    "ip6 daddr fd00::/7 accept",
    "ip6 daddr { fd00::/8, 2001:db8::1 } return",
    "ip saddr 1.1.1.1 ip daddr 2.2.2.2 accept",
    "ip saddr . tcp dport { 1.1.1.1 . 80, 2.2.2.2 . 443 } accept",
    "ip saddr . tcp dport { 10.0.0.0/8 . 80-90, 192.168.0.0/16 . 443 } accept",
    "ip saddr . tcp dport != { 1.1.1.1 . 80 } accept",
    "tcp dport vmap { 22 : accept, 80 : jump other, 443 : drop }",
    "ip daddr vmap { 10.0.0.0/8 : accept, 11.0.0.0/8 : drop, * : return }",
    "oifname \"eth*\" accept",
    "oifname != \"eth*\" accept",
    "oifname { \"lo\", \"eth0\" } accept",
    "iif lo accept",
    "iif != lo accept",
    "ct state established,related accept",
    "ct state new accept",
    "ct state != { new, established } drop",
    "ct state vmap { established : accept, invalid : drop }",
    "meta mark 0x1 accept",
    "meta mark != 0x1 accept",
    "meta mark & 0xff == 0x10 accept",
    "meta mark and 0xf00 != 0 accept",
    "meta mark { 1, 2, 3 } accept",
    "meta mark > 5 accept",
    "meta mark set 0x5",
    "meta mark set meta mark | 0x10",
    "meta mark set meta mark & 0xffffff00",
    "meta mark set ct mark",
    "ct mark set meta mark",
    "tcp flags & (syn | ack) == syn accept",
    "tcp flags syn accept",
    "tcp flags != syn accept",
    "icmp type echo-request accept",
    "icmpv6 type { nd-router-advert, echo-request } accept",
    "icmp type echo-request icmp code 0 accept",
    "meta l4proto { tcp, udp } th dport 53 accept",
    "meta protocol ip accept",
    "meta nfproto ipv6 drop",
    "fib daddr type local accept",
    "fib daddr type != local accept",
    "notrack",
    "ct zone set 7",
    "redirect to :8080",
    "redirect to :3000-4000 random",
    "redirect to :3000-4000 fully-random",
    "log prefix \"x \" accept",
    "limit rate 5/minute accept",
    "limit rate over 10/second burst 20 packets drop",
    "quota over 10 mbytes drop",
    "ct count over 10 drop",
    "reject",
    "reject with tcp reset",
    "ip ttl 64 accept",
    "ip ttl != 64 accept",
    "meta pkttype broadcast drop",
    "meta cgroup 5 accept",
    "ip protocol tcp accept",
    "ip6 nexthdr udp accept",
    "tcp dport 80 counter name \"hits\" accept",
    "ip daddr @named accept",
    "ip daddr != @named accept",
    "tcp dport @ports return",
    "tcp dport vmap @verdicts",
    "ip saddr @seen drop",
    "ip saddr != @seen accept",
    "ip saddr . tcp dport vmap { 10.0.0.0/8 . 80-90 : accept, 11.0.0.1 . 443 : drop }",
    "meta skuid . tcp dport { 1000 . 80, 1001 . 443 } accept",
    "oifname . ip daddr { \"eth0\" . 10.0.0.1, \"lo\" . 127.0.0.1 } accept",
    "meta mark . tcp dport { 0x1 . 80 } accept",
    "ip daddr & 0.0.0.255 == 1 accept",
    "ip saddr 10.0.0.1 tcp sport 80 ip daddr 10.0.0.2 tcp dport 443 accept",
    "udp length > 100 drop",
    "socket transparent 1 accept",
    "tproxy to :15006",
    "accept comment \"hello world\"",
    "goto other",
    "meta length > 100 accept",
    "rt classid 5 accept",
    "numgen random mod 2 0 accept",
  ]

  /// nft has names for ICMP types, and an order of names, that are not followed here.
  static let wordedOtherwise = [
    "icmp type echo-request accept", "icmpv6 type { nd-router-advert, echo-request } accept",
    "icmp type echo-request icmp code 0 accept", "oifname { \"lo\", \"eth0\" } accept",
  ]

  @Test(arguments: nativeRules)
  func native(rule: String) throws {
    let kind =
      rule.hasPrefix("redirect")
      ? "nat hook output priority -100"
      : rule.hasPrefix("tproxy")
        ? "filter hook prerouting priority -150"
        : rule == "notrack" || rule.contains("zone")
          ? "filter hook output priority -300"
          : rule.contains("iif") ? "filter hook input priority 0" : "filter hook output priority 0"
    let guarded =
      rule.hasPrefix("tproxy")
      ? "meta l4proto tcp \(rule)" : rule.hasPrefix("redirect") ? "meta l4proto tcp \(rule)" : rule
    let script = """
      table inet t {
        counter hits { }
        set named { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.1.1 } }
        set seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; elements = { 10.9.9.9 } }
        set ports { type inet_service; elements = { 80, 443 } }
        map verdicts { type inet_service : verdict; elements = { 80 : accept, 81 : goto other } }
        chain other { }
        chain c { type \(kind); policy accept; \(guarded); }
      }
      """
    let namespace = try Throwaway("rule")
    try Throwaway.run("printf '%s' '\(script)' | ip netns exec \(namespace.name) nft -f -")
    let live = try namespace.open().readRuleset().ruleset
    let listed = try namespace.run("nft list ruleset")
    compare(live, try NFTables.read(listed), listed, texts: !Self.wordedOtherwise.contains(rule))
  }

  static let savedRules = [
    "-A OUTPUT -s 10.0.0.0/8 ! -d 192.168.0.0/16 -j ACCEPT",
    "-A OUTPUT -s 10.0.0.1/255.0.255.0 -j ACCEPT",
    "-A OUTPUT -o eth+ -j DROP",
    "-A OUTPUT ! -o eth+ -j DROP",
    "-A INPUT -i eth0 -p udp -j DROP",
    "-A OUTPUT -p tcp -m tcp --sport 1000:2000 --dport 80 -j ACCEPT",
    "-A OUTPUT -p tcp -m tcp ! --dport 80 -j ACCEPT",
    "-A OUTPUT -p tcp -m tcp ! --dport 80:90 -j ACCEPT",
    "-A OUTPUT -p udp -m udp --dport 53 -j ACCEPT",
    "-A OUTPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP",
    "-A OUTPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP",
    "-A OUTPUT ! -p tcp -j ACCEPT",
    "-A OUTPUT -p tcp -m multiport --ports 80,443,1000:2000 -j ACCEPT",
    "-A OUTPUT -p tcp -m multiport ! --ports 80,443 -j ACCEPT",
    "-A OUTPUT -p tcp -m multiport --sports 80 -j ACCEPT",
    "-A OUTPUT -m owner --uid-owner 1000-2000 -j ACCEPT",
    "-A OUTPUT -m owner ! --uid-owner 5 --gid-owner 7 -j ACCEPT",
    "-A OUTPUT -m owner --socket-exists -j ACCEPT",
    "-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A OUTPUT -m conntrack ! --ctstate NEW,UNTRACKED -j ACCEPT",
    "-A OUTPUT -m state --state NEW -j ACCEPT",
    "-A OUTPUT -m mark --mark 0x1/0xff -j ACCEPT",
    "-A OUTPUT -m mark ! --mark 0x5 -j ACCEPT",
    "-A OUTPUT -m connmark --mark 0x1 -j ACCEPT",
    "-A OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT",
    "-A OUTPUT -m addrtype ! --dst-type LOCAL --src-type UNICAST,LOCAL -j ACCEPT",
    "-A OUTPUT -m iprange --dst-range 10.0.0.1-10.0.0.9 -j ACCEPT",
    "-A OUTPUT -m comment --comment \\\"hello world\\\" -j ACCEPT",
    "-A OUTPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT",
    "-A OUTPUT -p icmp -m icmp --icmp-type 3/4 -j ACCEPT",
    "-A OUTPUT -p icmp -m icmp ! --icmp-type 8 -j ACCEPT",
    "-A OUTPUT -m limit --limit 5/min -j ACCEPT",
    "-A OUTPUT -m length --length 10:20 -j ACCEPT",
    "-A INPUT -m socket --transparent -j ACCEPT",
    "-A OUTPUT -j REJECT --reject-with icmp-port-unreachable",
    "-A OUTPUT -p tcp -j REJECT --reject-with tcp-reset",
    "-A OUTPUT -j LOG --log-prefix \\\"x \\\"",
    "-A OUTPUT -g other",
    "-A OUTPUT -p tcp",
    "-A OUTPUT -j MARK --set-xmark 0x1/0xff",
    "-A OUTPUT -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff",
    "-A OUTPUT -j NFQUEUE --queue-num 3",
  ]

  @Test(arguments: savedRules, ["nft", "legacy"])
  func iptables(rule: String, backend: String) throws {
    let table = rule.contains("MARK --") && rule.contains("-j") ? "mangle" : "filter"
    let script = "*\(table)\\n:other - [0:0]\\n\(rule)\\nCOMMIT\\n"
    let namespace = try Throwaway("rule")
    try Throwaway.run(
      "printf \"\(script)\" | ip netns exec \(namespace.name) iptables-\(backend)-restore")
    let live = try namespace.open().readRuleset().ruleset
    let saved = try namespace.run("iptables-\(backend)-save")
    compare(live, Ruleset(try IPTables.readSave(Array(saved.utf8), family: .ip)), saved)
  }

  private func compare(
    _ live: Ruleset, _ expected: Ruleset, _ listing: String, texts: Bool = true
  ) {
    #expect(NormalRule.chains(live) == NormalRule.chains(expected), "\(listing)")
    if texts { #expect(NormalRule.texts(live) == NormalRule.texts(expected)) }
  }
}
