extension IPTablesRules {
  /// What the kernel takes in some tables, chains and families only.
  static let places: [Group] = [
    Group(
      isTaken: false,
      rules: #"""
        -m owner --uid-owner 5
        -p tcp -j REDIRECT --to-ports 80
        -p tcp -j TPROXY --on-port 80
        -j CT --zone 1
        -j NOTRACK
        -j DSCP --set-dscp 3
        -j TTL --ttl-set 3
        -j CLASSIFY --set-class 1:1
        -m addrtype --dst-type LOCAL --limit-iface-out
        -m addrtype --dst-type LOCAL --limit-iface-in --limit-iface-out
        -p icmp -m icmp6 --icmpv6-type 128
        -m hl --hl-eq 5
        """#),
    Group(
      table: "nat", chain: "POSTROUTING", isTaken: false,
      rules: #"""
        -p tcp -j REDIRECT --to-ports 80
        -p tcp -j DNAT --to-destination 1.2.3.4
        -p udplite -j MASQUERADE --to-ports 80
        """#),
    Group(
      table: "nat", chain: "OUTPUT", isTaken: false,
      rules: #"""
        -j SNAT --to-source 1.2.3.4
        -j MASQUERADE
        -p ospf -j REDIRECT --to-ports 80
        -j REDIRECT --random-fully
        -j DNAT --to-destination 1.2.3.4 --random-fully
        """#),
    Group(
      table: "nat", chain: "FOO",
      rules: #"""
        -j SNAT --to-source 1.2.3.4
        -p tcp -j REDIRECT --to-ports 80
        """#),
    Group(
      table: "mangle", chain: "OUTPUT", isTaken: false,
      rules: #"""
        -p tcp -j TPROXY --on-port 80
        -j REJECT
        -m addrtype --dst-type LOCAL --limit-iface-in
        """#),
    Group(
      family: .ip6, isTaken: false,
      rules: #"""
        -m ttl --ttl-eq 5
        """#),
  ]
}
