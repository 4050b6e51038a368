import RulesetText
import Testing

/// Rules with what the real tools and kernel say of them: each was loaded by iptables-restore and
/// iptables-legacy-restore 1.8.9 into Linux 6.18, and both agree on every one.
enum IPTablesRules {
  struct Line: Sendable, CustomTestStringConvertible {
    var family: IPTables.Family
    var table: String
    var chain: String
    var isTaken: Bool
    var rule: String

    /// The rule in its table, beside an empty chain FOO.
    var text: String { "*\(table)\n:FOO -\n-A \(chain) \(rule)\nCOMMIT\n" }

    var testDescription: String { "\(table) \(chain) \(rule)" }
  }

  static let all: [Line] = (groups + places).flatMap { group in
    group.rules.split(separator: "\n").map {
      Line(
        family: group.family, table: group.table, chain: group.chain, isTaken: group.isTaken,
        rule: String($0))
    }
  }

  struct Group {
    var family = IPTables.Family.ip
    var table = "filter"
    var chain = "INPUT"
    var isTaken = true
    var rules: String
  }

  private static let groups: [Group] = [
    Group(
      rules: #"""
        -p tcp --dport 80
        -p tcp --dport 3000:3010
        -p tcp --dport :80
        -p tcp --dport 80:
        -p tcp --dport :
        -p tcp --dport http
        -p tcp --dport 0x50
        -p tcp --dport 010
        -p tcp --dport " 80"
        -p tcp --dport +80
        -p tcp --dpo 80
        -p tcp --destination-port=80
        -p sctp --dport 80
        -p dccp --dport 80
        -p icmp --icmp-type echo-request
        -p icmp --icmp-type 8/0
        -p icmp --icmp-type any
        -p 0
        -p all
        -p ALL
        -p TCP
        -p 255
        -p ospf
        ! -p tcp
        -p 0x6
        -s 10.1.2.3/8
        -s 10.1.2.3/0
        -s 10.0.0.1/255.0.255.0
        -s 10.0.0.1/255.255.255.0
        -s 10
        -s 10.1
        -s 10.1/16
        -s 0x0a000001
        -s 010.1.1.1
        -s 10.0.0.1,10.0.0.2
        -s 10.0.0.1/+8
        -i eth0
        -i eth+
        -i +
        ! -i +
        -i eth+0
        -f
        ! -f
        -j FOO
        -g FOO
        -p tcp -m multiport --dports 80,443:500
        -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        -p tcp -m multiport --dports http
        -p tcp -m multiport --ports 80
        -p tcp -m multiport ! --dports 80
        -p udplite -m multiport --dports 80
        -m mark --mark 0x10/0xff
        -m mark --mark 010
        -m mark --mark 0xfff/0xf
        -m mark ! --mark 1
        -m connmark --mark 1/0xff
        -m conntrack --ctstate NEW,ESTABLISHED
        -m conntrack --ctstate new
        -m conntrack --ctstate SNAT,DNAT
        -m conntrack ! --ctstate INVALID
        -m conntrack --ctproto tcp
        -m conntrack --ctorigdst 10.0.0.1
        -m conntrack --ctorigdstport 80
        -m conntrack --ctdir ORIGINAL
        -m conntrack --ctstatus ASSURED
        -m state --state NEW
        -m addrtype --dst-type LOCAL
        -m addrtype --dst-type LOCAL,BROADCAST
        -m addrtype ! --dst-type local
        -m addrtype --dst-type LOCAL --src-type UNICAST
        -m addrtype --dst-type LOCAL --limit-iface-in
        -m iprange --src-range 10.0.0.1-10.0.0.5
        -m iprange --src-range 10.0.0.1
        -m iprange --src-range 10.0.0.5-10.0.0.1
        -m iprange ! --dst-range 10.0.0.1-10.0.0.5
        -m comment --comment "a b"
        -m comment --comment ""
        -p tcp --tcp-flags SYN,ACK SYN
        -p tcp --tcp-flags ALL NONE
        -p tcp --tcp-flags SYN FIN
        -p tcp ! --tcp-flags SYN,RST SYN
        -p tcp --tcp-flags syn,ack syn
        -p tcp --syn
        -p tcp ! --syn
        -p tcp --tcp-option 5
        -p icmp --icmp-type 8/1
        -p icmp --icmp-type ping
        -p icmp --icmp-type 3
        -p icmp --icmp-type network-unreachable
        -p icmpv6
        -m limit --limit 5/min --limit-burst 3
        -m limit -j ACCEPT
        -m recent --set --name foo --rsource
        -m string --string "a b" --algo bm
        -m socket --transparent
        -p tcp -m tcp
        -4
        -6
        -c 1 2
        -j LOG --log-prefix "a b" --log-level 4
        -j LOG
        -j REJECT
        -p tcp -j REJECT --reject-with tcp-reset
        -j REJECT --reject-with icmp-net-prohibited
        -j REJECT --reject-with port-unreach
        -j NFLOG --nflog-group 5
        -j NFQUEUE --queue-num 3
        -j NFQUEUE --queue-balance 0:3 --queue-bypass
        -j RETURN
        """#),
    Group(
      isTaken: false,
      rules: #"""
        -p tcp --dport 65536
        -p tcp --dport 3000-3010
        -p tcp --dport 3010:3000
        -p tcp --dport "80 "
        -p tcp --dport -80
        -p tcp --dport ""
        -p tcp --dport 80 --dport 81
        -p tcp --d 80
        -p tcp --dport
        -p tcp ! --dport ! 80
        -p tcp --dport ! 80
        --dport 80 -p tcp
        -m tcp --dport 80
        -p udplite --dport 80
        -p udplite -m udp --dport 80
        -p 256
        -p foo
        -p ! tcp
        ! -p all
        -ptcp
        -p tcp -jACCEPT
        -s 10.0.0.1/33
        ! -s 10.0.0.1,10.0.0.2
        -s 10.0.0.1,
        -s ,10.0.0.1
        -s 10.0.0.1/
        -s 10.0.0.1/08
        -s 1.2.3.256
        -s ""
        -s ::1
        -s 10.0.0.1 -s 10.0.0.2
        -i eth01234567890123456789
        -i ""
        -o eth0
        -i eth0 -i eth1
        -j NOPE
        -g NOPE
        -j INPUT
        -g INPUT
        -j ACCEPT -j DROP
        -j ACCEPT extra
        -j
        -m
        extra
        -p tcp -m multiport --dports 80,500:443
        -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16
        -p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16
        -p tcp -m multiport --dports 80,
        -p tcp -m multiport --dports ,80
        -p tcp -m multiport --dports :80
        -p tcp -m multiport --dports 80:
        -p tcp -m multiport --dports 80 --sports 81
        -p tcp -m multiport
        -m multiport --dports 80
        ! -p tcp -m multiport --dports 80
        -p icmp -m multiport --dports 80
        -m multiport --dports 80 -p tcp
        -p tcp -m owner
        -m mark --mark 1/
        -m mark --mark 4294967296
        -m mark --mark -1
        -m mark
        -m mark --mark ""
        -m conntrack --ctstate FOO
        -m conntrack --ctstate NEW,
        -m conntrack
        -m state --state SNAT
        -m state
        -m addrtype --dst-type FOO
        -m addrtype
        -m comment
        -p tcp --syn --tcp-flags SYN SYN
        -p icmp --icmp-type 300
        -p icmp --icmp-type echo
        -p icmp -m icmp
        -m icmp --icmp-type 8
        -m tcp
        -p tcp -m udp
        -p udp -m tcp --dport 2
        -t nat
        -j REJECT --reject-with tcp-reset
        -j REJECT --reject-with foo
        -j accept
        """#),
    Group(
      chain: "OUTPUT",
      rules: #"""
        -m owner --uid-owner 1000
        -m owner --uid-owner root
        -m owner --uid-owner 1000-2000
        -m owner --uid-owner 4294967294
        -m owner --uid-owner 0x10
        -m owner --uid-owner 010
        -m owner --uid-owner " 10"
        -m owner --uid-owner 10 --gid-owner 20
        -m owner ! --uid-owner 10 ! --gid-owner 20
        -m owner --socket-exists
        -m owner ! --socket-exists --uid-owner 3
        """#),
    Group(
      chain: "OUTPUT", isTaken: false,
      rules: #"""
        -m owner --uid-owner 2000-1000
        -m owner --uid-owner 4294967295
        -m owner --uid-owner 4294967296
        -m owner --uid-owner "10 "
        -m owner --uid-owner 3 --suppl-groups --gid-owner 3
        -m owner --suppl-groups
        -m owner --uid-owner 1 --uid-owner 2
        """#),
    Group(
      family: .ip6,
      rules: #"""
        -p icmpv6 --icmpv6-type echo-request
        -p ipv6-icmp --icmpv6-type 128/0
        -p icmpv6 --icmpv6-type neighbour-solicitation
        -s ::1/128
        -s fe80::/ffff::
        -s ::1/ffff::1
        -s ::ffff:1.2.3.4
        -s 1::2/64,3::/1
        -p icmp
        -p ah
        -p ipv6-frag
        -j REJECT --reject-with icmp6-port-unreachable
        -j REJECT --reject-with adm-prohibited
        """#),
    Group(
      family: .ip6, isTaken: false,
      rules: #"""
        -s ::1/129
        -s 1.2.3.4
        -s fe80::1%eth0
        -f
        -p icmp --icmp-type 8
        """#),
    Group(
      table: "nat", chain: "OUTPUT",
      rules: #"""
        -p tcp -j REDIRECT --to-ports 15001
        -p tcp -j REDIRECT --to-port 15001
        -p tcp -j REDIRECT --to 15001
        -p tcp -j REDIRECT --to-ports 15001-15010
        -p tcp -j REDIRECT --to-ports 0
        -p tcp -j REDIRECT --to-ports http
        -p tcp -j REDIRECT
        -j REDIRECT
        -p icmp -j REDIRECT --to-ports 15001
        ! -p tcp -j REDIRECT --to-ports 15001
        -p tcp -j REDIRECT --to-ports 1 --random
        -p tcp -j REDIRECT --random
        -j REDIRECT -p tcp --to-ports 15001
        -p tcp -j DNAT --to-destination 1.2.3.4
        -p tcp -j DNAT --to-destination 1.2.3.4:80
        -p tcp -j DNAT --to-destination 1.2.3.4-1.2.3.9:80-90
        -p tcp -j DNAT --to-destination :80
        -p tcp -j DNAT --to-destination :80-90/100
        -p tcp -j DNAT --to-destination 1.2.3.4 --random --persistent
        -p tcp -j DNAT --to 1.2.3.4:http
        -p tcp -j DNAT --to 1.2.3.4:0
        """#),
    Group(
      table: "nat", chain: "OUTPUT", isTaken: false,
      rules: #"""
        -p tcp -j REDIRECT --to-ports 15001:15010
        -p tcp -j REDIRECT --to-ports 15010-15001
        -p tcp -j REDIRECT --to-ports 65536
        -j REDIRECT --to-ports 15001
        -p tcp -j REDIRECT --to-ports 15001/3
        --to-ports 1 -p tcp -j REDIRECT
        -j DNAT --to-destination 1.2.3.4:80
        -j DNAT
        -p tcp -j DNAT --to-destination 1.2.3.4 --to-destination 1.2.3.5
        """#),
    Group(
      family: .ip6, table: "nat", chain: "OUTPUT",
      rules: #"""
        -p tcp -j DNAT --to-destination [fd00::1]:80
        -p tcp -j DNAT --to-destination fd00::1
        -p tcp -j DNAT --to-destination [fd00::1-fd00::5]:80
        -p tcp -j DNAT --to-destination [fd00::1]
        """#),
    Group(
      family: .ip6, table: "nat", chain: "OUTPUT", isTaken: false,
      rules: #"""
        -p tcp -j DNAT --to-destination [fd00::1]-[fd00::5]:80
        """#),
    Group(
      table: "nat", chain: "POSTROUTING",
      rules: #"""
        -p tcp -j SNAT --to-source 1.2.3.4:80-90
        -p tcp -j SNAT --to-source 1.2.3.4-1.2.3.3
        -p tcp -j SNAT --to-source 1.2.3.4 --random-fully
        -j MASQUERADE
        -p tcp -j MASQUERADE --to-ports 1000-2000 --random-fully
        """#),
    Group(
      table: "nat", chain: "POSTROUTING", isTaken: false,
      rules: #"""
        -j MASQUERADE --to-ports 1000
        """#),
    Group(
      table: "mangle", chain: "PREROUTING",
      rules: #"""
        -p tcp -j TPROXY --on-port 15006 --tproxy-mark 1337/0xffffffff
        -p tcp -j TPROXY --on-port 15006
        -p tcp -j TPROXY --on-port 0
        -p tcp -j TPROXY --on-port 1 --on-ip 127.0.0.1
        -p tcp -j TPROXY --on-port http
        """#),
    Group(
      table: "mangle", chain: "PREROUTING", isTaken: false,
      rules: #"""
        -p tcp -j TPROXY
        -j TPROXY --on-port 1
        -p tcp -j TPROXY --tproxy-mark 1337
        """#),
    Group(
      table: "mangle",
      rules: #"""
        -j MARK --set-mark 1
        -j MARK --set-mark 0x1/0xff
        -j MARK --set-xmark 0x1/0xff
        -j MARK --and-mark 0xff
        -j MARK --or-mark 0xff
        -j MARK --xor-mark 0xff
        -j CONNMARK --set-mark 1/3
        -j CONNMARK --set-xmark 1/3
        -j CONNMARK --save-mark
        -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf
        -j CONNMARK --save-mark --mask 0xff
        -j CONNMARK --restore-mark --mask 0xff
        -j CONNMARK --set-mark 1 --mask 0xff
        -j CONNMARK --and-mark 1
        -j CONNMARK --or-mark 1
        -j CONNMARK --xor-mark 1
        -j CONNMARK --set-mark 1 --left-shift-mark 2
        -j DSCP --set-dscp 3
        -j TOS --set-tos 3
        -j TTL --ttl-set 3
        -j CHECKSUM --checksum-fill
        """#),
    Group(
      table: "mangle", isTaken: false,
      rules: #"""
        -j MARK --xor-mark 0xff/0xff
        -j MARK
        -j MARK --set-mark 1 --or-mark 2
        -j CONNMARK --mask 0xff
        -j CONNMARK --save-mark --restore-mark
        -j CONNMARK
        """#),
    Group(
      table: "raw", chain: "PREROUTING",
      rules: #"""
        -j CT --zone 1
        -j CT --zone 0x10
        -j CT --zone mark
        -j CT --zone-orig 1
        -j CT --notrack
        -j CT --notrack --zone 1
        -j CT
        -j NOTRACK
        """#),
    Group(
      table: "raw", chain: "PREROUTING", isTaken: false,
      rules: #"""
        -j CT --zone 65536
        """#),
    Group(
      table: "mangle", chain: "FORWARD",
      rules: #"""
        -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
        """#),
    Group(
      table: "nat", chain: "PREROUTING",
      rules: #"""
        -d 1.2.3.0/24 -j NETMAP --to 4.5.6.0/24
        """#),
  ]
}
