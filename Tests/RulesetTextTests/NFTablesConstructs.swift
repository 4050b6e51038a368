/// Rules that nft 1.0.6 takes, one for each construct; measured.
enum NFTablesConstructs {
  static let sets = """
    set s4 { type ipv4_addr; elements = { 1.2.3.4, 5.6.7.8 }; }
    set i4 { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 1.2.3.4 }; }
    set s6 { type ipv6_addr; elements = { fd00::1 }; }
    set ports { type inet_service; elements = { 80, 443 }; }
    set cc { type ipv4_addr . inet_service; elements = { 1.2.3.4 . 80 }; }
    set dyn { type ipv4_addr; size 100; flags dynamic,timeout; }
    set to { type ipv4_addr; timeout 1h; elements = { 1.2.3.4 }; }
    map vm { type inet_service : verdict; elements = { 80 : accept, 443 : jump x }; }
    set names { type ifname; size 100; elements = { "eth0", "lo" }; }
    set counted { type inet_service; counter; comment "hm"; elements = { 80 }; }
    limit l { rate over 10 mbytes/second; }
    limit few { rate 10/second burst 7 packets; }
    quota q { over 5 mbytes used 3 bytes; }
    counter c1 { packets 5 bytes 6; }
    ct helper ftp { type "ftp" protocol tcp; l3proto ip; }
    ct timeout short { protocol tcp; l3proto ip; policy = { established : 120, close : 20 }; }
    ct expectation e { protocol tcp; dport 9876; timeout 2m; size 12; l3proto ip; }
    map dm { type inet_service : ipv4_addr . inet_service; elements = { 80 : 1.2.3.4 . 8080 }; }
    """

  /// Kept as text, and spelled otherwise by nft itself: times, numbers, flags.
  static let respelled: Set<String> = [
    "log flags tcp sequence,options flags ip options accept",
    "meta priority set 1:2",
    "ip daddr and 0.0.0.255 == 7 accept",
    "ct expiration 1m-1h accept",
    #"meta time "2020-01-01 10:00"-"2020-02-01 10:00" accept"#,
    "update @dyn { ip saddr timeout 60s }",
    "add @dyn { ip saddr limit rate 10/second } accept",
  ]

  /// Changes nothing the model decides by, so its text stays as it is.
  static let respelledInNumbers: Set<String> = ["ip dscp set af11"]

  static let rules = #"""
    tcp dport 80 accept
    tcp dport { 80, 443, 8000-8010 } accept
    tcp dport != { 80, 443 } drop
    tcp dport 1000-2000 accept
    tcp dport != 1000-2000 accept
    tcp dport > 1024 accept
    tcp dport <= 1024 accept
    udp sport 53 accept
    sctp dport 5 accept
    udplite dport 5 accept
    dccp dport 5 accept
    th dport 53 accept
    meta l4proto { tcp, udp } th dport 53 accept
    meta l4proto tcp accept
    meta l4proto != tcp accept
    meta l4proto 132 accept
    meta nfproto ipv6 accept
    meta nfproto ipv4 tcp dport 5 accept
    ip daddr 10.0.0.0/8 accept
    ip daddr != 10.1.2.0/23 accept
    ip saddr { 10.0.0.0/8, 192.168.0.1, 172.16.0.1-172.16.0.9 } accept
    ip6 daddr fd00::/8 accept
    ip6 daddr { fd00::1, 2001:db8::/32 } accept
    ip daddr . tcp dport { 10.0.0.1 . 80, 10.0.0.2 . 443 } accept
    ip daddr . tcp dport { 10.0.0.0/8 . 80-90, 10.0.0.2 . 443 } accept
    ip daddr . tcp dport != { 10.0.0.1 . 80 } accept
    ip saddr . ip daddr { 10.0.0.1 . 10.0.0.2 } accept
    iifname "lo" accept
    iifname != "eth0" accept
    iifname "eth*" accept
    oifname { "lo", "eth0" } accept
    iif "lo" accept
    meta mark 0x1 accept
    meta mark & 0xff == 0x1 accept
    mark and 0xfff != 0x539 accept
    meta mark & 0xff == { 1, 2 } accept
    meta mark & 0xff != 0 accept
    meta mark | 0x1 == 0x3 accept
    meta mark ^ 0x1 == 0x3 accept
    meta mark 0x10-0x20 accept
    ct mark 0x1 accept
    ct mark and 0xfff == 0x111 accept
    meta mark set 0x5 accept
    meta mark set ct mark
    ct mark set meta mark
    ct mark set mark
    ct mark set ct mark & 0xfffff000 | 0x111
    meta mark set mark and 0xff or 0x100
    meta mark set mark xor 0xff
    meta skuid 1337 accept
    skuid != 1337 accept
    skuid 1000-2000 accept
    skgid { 1, 2 } accept
    meta skuid > 5 accept
    skuid root accept
    ct state established,related accept
    ct state { new, invalid } accept
    ct state new accept
    ct state != new accept
    ct state ! new,established accept
    ct state vmap { established : accept, related : accept, invalid : drop }
    ct state & (established|related) != 0 accept
    ct state & (established|related) == 0 accept
    tcp flags syn accept
    tcp flags & (fin|syn|rst|ack) == syn accept
    tcp flags & (fin | syn) != syn accept
    tcp flags == syn accept
    tcp flags != syn accept
    tcp flags { syn, syn | ack } accept
    tcp flags syn / fin,syn,rst,ack accept
    tcp flags != syn / fin,syn accept
    tcp flags syn,ack accept
    tcp flags ! syn accept
    icmp type echo-request accept
    icmp type { echo-request, echo-reply } accept
    icmpv6 type { nd-neighbor-solicit, nd-router-advert } accept
    icmp type != echo-request accept
    icmp code 1 accept
    icmpv6 type echo-request accept
    ip protocol tcp accept
    ip protocol tcp tcp dport 80 accept
    ip protocol { tcp, udp } accept
    ip6 nexthdr tcp accept
    ip6 nexthdr udp udp dport 53 accept
    fib daddr type local accept
    fib daddr type != local accept
    fib saddr type { local, broadcast } accept
    fib daddr . iif type local accept
    fib saddr . iif oif missing drop
    tcp dport vmap { 80 : accept, 443 : jump x, 1000-2000 : drop }
    ip daddr vmap { 10.0.0.0/8 : accept, 11.0.0.1 : goto x }
    ip daddr . tcp dport vmap { 10.0.0.1 . 80 : accept, 10.0.0.2 . 81 : jump x }
    meta l4proto vmap { tcp : jump x, udp : return }
    iifname vmap { "lo" : accept, "eth0" : drop }
    meta l4proto tcp redirect to :15001
    tcp dport 80 redirect to :8080-8090
    redirect
    ip protocol tcp redirect to :80
    tcp dport 80 dnat ip to 10.0.0.1:8080
    tcp dport 80 dnat ip to 10.0.0.1-10.0.0.5
    tcp dport 80 dnat ip6 to [fd00::1]:8080
    tcp dport 80 dnat ip6 to fd00::1
    ip daddr 1.2.3.4 dnat to 10.0.0.1
    dnat ip to ip daddr map { 1.2.3.4 : 10.0.0.1, 1.2.3.5 : 10.0.0.2 }
    dnat ip to tcp dport map { 80 : 10.0.0.1 . 8080, 81 : 10.0.0.2 . 8081 }
    meta l4proto tcp redirect to :tcp dport map { 80 : 8080, 81 : 8081 }
    notrack
    ct zone set 1
    ct original zone set 2
    log prefix "hi there" level info
    log group 2 snaplen 100 queue-threshold 3
    log flags tcp sequence,options flags ip options accept
    limit rate 10/second accept
    limit rate over 10/minute burst 5 packets drop
    limit rate 10 mbytes/second accept
    quota over 100 mbytes drop
    ct count over 10 drop
    counter accept
    accept comment "what is this"
    reject
    reject with tcp reset
    reject with icmp type host-unreachable
    reject with icmpv6 type no-route
    reject with icmpx type admin-prohibited
    reject with icmpx 0
    reject with icmp 9
    reject with icmpv6 5
    reject with icmpv6 policy-fail
    ip daddr 10.0.0.1 reject
    ip daddr 10.0.0.1 reject with icmpx host-unreachable
    ip6 daddr fd00::1 reject with icmpx host-unreachable
    ip saddr 10.0.0.1 icmpv6 type echo-request accept
    icmpv6 code port-unreachable accept
    icmpv6 code no-route accept
    icmp type 0-8 accept
    icmpv6 type { 133-137, echo-request } accept
    meta protocol vlan accept
    fib saddr . iif type { anycast, local } accept
    fib daddr type != { local, broadcast } accept
    ct status snat,dnat accept
    meta iiftype loopback accept
    ip dscp { cs1, ef } accept
    tcp dport 80 dnat ip addr . port to tcp dport map { 80 : 10.0.0.1 . 8080 }
    dnat ip to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }
    dnat ip prefix to ip daddr map { 10.0.0.0/24 : 10.1.0.0/24 }
    numgen random mod 2 0 accept
    numgen inc mod 10 < 5 accept
    jhash ip saddr mod 2 1 accept
    meta pkttype multicast accept
    meta pkttype { multicast, broadcast } accept
    meta length 100-200 accept
    meta cpu 1 accept
    meta priority set 1:2
    ip ttl 64 accept
    ip dscp ef accept
    ip dscp set af11
    ip6 hoplimit 255 accept
    tcp option maxseg size set rt mtu
    tcp option maxseg size 500-1000 accept
    tcp flags syn tcp option maxseg size set 1400
    ether saddr 00:11:22:33:44:55 accept
    vlan id 5 accept
    @nh,128,32 0x0a000001 accept
    @th,16,16 80 accept
    @th,16,16 { 80, 81 } accept
    socket transparent 1 accept
    socket mark 0x1 accept
    ct direction original accept
    ct status dnat accept
    ct status & dnat == dnat accept
    ct helper "ftp" accept
    ct original ip saddr 10.0.0.1 accept
    ct expiration 1m-1h accept
    ct l3proto ipv4 accept
    ct protocol tcp accept
    ct bytes > 100000 accept
    rt classid 10 accept
    exthdr hbh exists accept
    frag more-fragments 1 accept
    meta time "2020-01-01 10:00"-"2020-02-01 10:00" accept
    meta hour "10:00"-"12:00" accept
    meta day "Monday" accept
    meta mark set 0x1 udp dport 1 accept
    tcp dport 80 counter packets 5 bytes 300 accept
    ip daddr @s4 accept
    ip daddr != @s4 accept
    ip daddr @i4 accept
    oifname @names tcp dport 80 drop
    oifname != @names drop
    tcp flags & (fin | syn) == syn accept
    tcp flags syn / syn,ack accept
    tcp dport @counted accept
    ip daddr and 0.0.0.255 == 7 accept
    ip daddr 7 accept
    counter name tcp dport map { 80 : "c1" } accept
    limit name "l" accept
    quota name "q" drop
    log flags all accept
    ct helper set "ftp"
    tcp dport @ports accept
    ip daddr . tcp dport @cc accept
    ip6 daddr @s6 drop
    tcp dport vmap @vm
    ip daddr @dyn accept
    ip daddr @to accept
    add @dyn { ip saddr }
    update @dyn { ip saddr timeout 60s }
    add @dyn { ip saddr limit rate 10/second } accept
    meta l4proto tcp dnat ip to tcp dport map @dm
    tcp dport 80 meta mark set tcp dport map { 80 : 1, 81 : 2 }
    meta mark set numgen inc mod 3
    ip daddr & 255.255.0.0 == 10.1.0.0 accept
    ip daddr & 0.0.0.255 == 0.0.0.1 accept
    tcp dport & 0xff == 80 accept
    meta protocol ip accept
    meta protocol { ip, ip6 } accept
    tcp dport ssh accept
    tcp dport { ssh, http, https } accept
    continue
    goto x
    ip daddr 0.0.0.0/0 accept
    ip6 daddr ::/0 accept
    meta iifname . meta oifname { "lo" . "lo" } accept
    meta mark . tcp dport { 0x1 . 80 } accept
    masquerade
    masquerade random
    ip daddr { 1.2.3.4, 1.2.3.5 } tcp dport { 1, 2 } jump x
    tcp sport 1-1024 tcp dport 22 accept
    ct state established ct direction original accept
    meta l4proto tcp tproxy ip to 127.0.0.1:80 accept
    meta l4proto tcp tproxy to :80 accept
    tcp dport 08 accept
    tcp dport 010 accept
    tcp dport == 80 accept
    tcp dport eq 80 accept
    tcp dport ne 80 accept
    ip saddr != { 10.0.0.0/8 } ip daddr != 1.1.1.1-1.1.1.9 accept
    mark 1 accept
    """#.split(separator: "\n").map(String.init)
}
