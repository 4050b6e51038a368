import Ruleset

extension IPTables {
  /// Protocol names, in lower case: /etc/protocols of Debian 12 (as IANA has them) and the tool's
  /// own (`xtables_chain_protos`).
  static let protocols: [String: UInt8] = [
    "all": 0, "ip": 0, "hopopt": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipencap": 4, "st": 5,
    "tcp": 6, "egp": 8, "igp": 9, "pup": 12, "udp": 17, "hmp": 20, "xns-idp": 22, "rdp": 27,
    "iso-tp4": 29, "dccp": 33, "xtp": 36, "ddp": 37, "idpr-cmtp": 38, "ipv6": 41,
    "ipv6-route": 43, "ipv6-frag": 44, "idrp": 45, "rsvp": 46, "gre": 47, "esp": 50,
    "ipv6-crypt": 50, "ah": 51, "ipv6-auth": 51, "skip": 57, "ipv6-icmp": 58, "icmpv6": 58,
    "icmp6": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "rspf": 73, "vmtp": 81, "eigrp": 88,
    "ospf": 89, "ax.25": 93, "ipip": 94, "etherip": 97, "encap": 98, "pim": 103, "ipcomp": 108,
    "vrrp": 112, "l2tp": 115, "isis": 124, "sctp": 132, "fc": 133, "mobility-header": 135,
    "ipv6-mh": 135, "mh": 135, "udplite": 136, "mpls-in-ip": 137, "manet": 138, "hip": 139,
    "shim6": 140, "wesp": 141, "rohc": 142, "ethernet": 143,
  ]

  /// Service names that people write in rules: /etc/services of Debian 12.
  static let services: [String: UInt16] = [
    "echo": 7, "discard": 9, "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25,
    "time": 37, "whois": 43, "tacacs": 49, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69,
    "gopher": 70, "finger": 79, "http": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111,
    "nntp": 119, "ntp": 123, "epmap": 135, "netbios-ns": 137, "netbios-dgm": 138,
    "netbios-ssn": 139, "imap2": 143, "imap": 143, "snmp": 161, "snmp-trap": 162, "bgp": 179,
    "irc": 194, "ldap": 389, "https": 443, "microsoft-ds": 445, "kpasswd": 464, "submissions": 465,
    "isakmp": 500, "login": 513, "shell": 514, "syslog": 514, "printer": 515, "submission": 587,
    "ipp": 631, "ldaps": 636, "domain-s": 853, "rsync": 873, "ftps-data": 989, "ftps": 990,
    "telnets": 992, "imaps": 993, "pop3s": 995, "socks": 1080, "openvpn": 1194,
    "ms-sql-s": 1433, "ms-sql-m": 1434, "datametrics": 1645, "radius": 1812, "radius-acct": 1813,
    "nfs": 2049, "mysql": 3306, "ms-wbt-server": 3389, "svn": 3690, "epmd": 4369,
    "ipsec-nat-t": 4500, "sip": 5060, "sip-tls": 5061, "xmpp-client": 5222, "xmpp-server": 5269,
    "mdns": 5353, "postgresql": 5432, "amqps": 5671, "amqp": 5672, "x11": 6000, "redis": 6379,
    "ircd": 6667, "http-alt": 8080, "bacula-dir": 9101, "git": 9418, "zabbix-agent": 10050,
    "zabbix-trapper": 10051,
  ]

  /// Names of ICMP types and codes: type, and code where the name has one.
  static let icmpTypes: [(name: String, type: UInt8, code: UInt8?)] = [
    ("any", 255, nil), ("echo-reply", 0, nil), ("pong", 0, nil),
    ("destination-unreachable", 3, nil), ("network-unreachable", 3, 0),
    ("host-unreachable", 3, 1), ("protocol-unreachable", 3, 2), ("port-unreachable", 3, 3),
    ("fragmentation-needed", 3, 4), ("source-route-failed", 3, 5), ("network-unknown", 3, 6),
    ("host-unknown", 3, 7), ("network-prohibited", 3, 9), ("host-prohibited", 3, 10),
    ("TOS-network-unreachable", 3, 11), ("TOS-host-unreachable", 3, 12),
    ("communication-prohibited", 3, 13), ("host-precedence-violation", 3, 14),
    ("precedence-cutoff", 3, 15), ("source-quench", 4, nil), ("redirect", 5, nil),
    ("network-redirect", 5, 0), ("host-redirect", 5, 1), ("TOS-network-redirect", 5, 2),
    ("TOS-host-redirect", 5, 3), ("echo-request", 8, nil), ("ping", 8, nil),
    ("router-advertisement", 9, nil), ("router-solicitation", 10, nil),
    ("time-exceeded", 11, nil), ("ttl-exceeded", 11, nil), ("ttl-zero-during-transit", 11, 0),
    ("ttl-zero-during-reassembly", 11, 1), ("parameter-problem", 12, nil), ("ip-header-bad", 12, 0),
    ("required-option-missing", 12, 1), ("timestamp-request", 13, nil),
    ("timestamp-reply", 14, nil), ("address-mask-request", 17, nil),
    ("address-mask-reply", 18, nil),
  ]

  static let icmpv6Types: [(name: String, type: UInt8, code: UInt8?)] = [
    ("destination-unreachable", 1, nil), ("no-route", 1, 0), ("communication-prohibited", 1, 1),
    ("beyond-scope", 1, 2), ("address-unreachable", 1, 3), ("port-unreachable", 1, 4),
    ("failed-policy", 1, 5), ("reject-route", 1, 6), ("packet-too-big", 2, nil),
    ("time-exceeded", 3, nil), ("ttl-exceeded", 3, nil), ("ttl-zero-during-transit", 3, 0),
    ("ttl-zero-during-reassembly", 3, 1), ("parameter-problem", 4, nil), ("bad-header", 4, 0),
    ("unknown-header-type", 4, 1), ("unknown-option", 4, 2), ("echo-request", 128, nil),
    ("ping", 128, nil), ("echo-reply", 129, nil), ("pong", 129, nil),
    ("mld-listener-query", 130, nil), ("mld-listener-report", 131, nil),
    ("mld-listener-done", 132, nil), ("mld-listener-reduction", 132, nil),
    ("router-solicitation", 133, nil), ("router-advertisement", 134, nil),
    ("neighbour-solicitation", 135, nil), ("neighbor-solicitation", 135, nil),
    ("neighbour-advertisement", 136, nil), ("neighbor-advertisement", 136, nil),
    ("redirect", 137, nil),
  ]

  /// What REJECT may send, with the tool's short names.
  static func rejections(_ family: Family) -> [(name: String, short: String)] {
    switch family {
    case .ip:
      [
        ("icmp-net-unreachable", "net-unreach"), ("icmp-host-unreachable", "host-unreach"),
        ("icmp-proto-unreachable", "proto-unreach"), ("icmp-port-unreachable", "port-unreach"),
        ("icmp-net-prohibited", "net-prohib"), ("icmp-host-prohibited", "host-prohib"),
        ("tcp-reset", "tcp-rst"), ("icmp-admin-prohibited", "admin-prohib"),
      ]
    case .ip6:
      [
        ("icmp6-no-route", "no-route"), ("icmp6-adm-prohibited", "adm-prohibited"),
        ("icmp6-addr-unreachable", "addr-unreach"), ("icmp6-port-unreachable", "port-unreach"),
        ("tcp-reset", "tcp-reset"), ("icmp6-policy-fail", "policy-fail"),
        ("icmp6-reject-route", "reject-route"),
      ]
    }
  }

  /// FIN to URG as bits of the TCP header's flag byte.
  static let tcpFlags: [String: UInt8] = [
    "FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ALL": 63, "NONE": 0,
  ]

  static let addressTypes: [String: AddressType] = [
    "UNSPEC": .unspecified, "UNICAST": .unicast, "LOCAL": .local, "BROADCAST": .broadcast,
    "ANYCAST": .anycast, "MULTICAST": .multicast, "BLACKHOLE": .blackhole,
    "UNREACHABLE": .unreachable, "PROHIBIT": .prohibit, "THROW": .throw, "NAT": .nat,
    "XRESOLVE": .xresolve,
  ]

  static let connectionStates: [String: ConnectionState] = [
    "INVALID": .invalid, "NEW": .new, "ESTABLISHED": .established, "RELATED": .related,
    "UNTRACKED": .untracked,
  ]
}
