extension IPTables {
  /// An option by its first long name, whatever alias was written.
  struct Option: Hashable, Sendable {
    var name: String
    /// How many words follow it.
    var values: Int
    var mayBeNegated: Bool
  }

  /// The options of the tool itself or of one extension.
  struct OptionTable: Sendable {
    private var byName: [String: Option] = [:]

    /// Each entry: names in one string, the first being the canonical one, and its words. A leading
    /// `!` allows negation.
    fileprivate init(_ entries: [(names: String, values: Int)]) {
      for entry in entries {
        var names = entry.names.split(separator: " ").map(String.init)
        let mayBeNegated = names.first == "!"
        if mayBeNegated { names.removeFirst() }
        guard let name = names.first else { continue }
        for alias in names {
          let written = alias.utf8.count == 1 ? "-\(alias)" : "--\(alias)"
          byName[written] = Option(name: name, values: entry.values, mayBeNegated: mayBeNegated)
        }
      }
    }

    subscript(written: String) -> Option? { byName[written] }

    /// Every option `prefix` may be short for, as getopt_long allows.
    func options(startingWith prefix: String) -> Set<Option> {
      Set(byName.filter { $0.key.hasPrefix(prefix) }.values)
    }
  }

  /// Options that the tool understands before any extension is loaded, and that describe the rule.
  static let ruleOptions = OptionTable([
    ("! protocol p", 1), ("! source src s", 1), ("! destination dst d", 1),
    ("! in-interface i", 1), ("! out-interface o", 1), ("! fragment f", 0),
    ("match m", 1), ("jump j", 1), ("goto g", 1), ("set-counters c", 2),
    ("ipv4 4", 0), ("ipv6 6", 0),
  ])

  /// Long names of commands, which a short form of an option must not be short for too.
  static let commandNames = [
    "--append", "--check", "--delete", "--delete-chain", "--flush", "--insert", "--list",
    "--list-rules", "--new-chain", "--policy", "--rename-chain", "--replace", "--zero",
  ]

  /// Options of the matches whose meaning the model has, by extension.
  static let matchOptions: [String: OptionTable] = [
    "tcp": OptionTable([
      ("! source-port sport", 1), ("! destination-port dport", 1), ("! tcp-flags", 2),
      ("! syn", 0), ("! tcp-option", 1),
    ]),
    "udp": OptionTable([("! source-port sport", 1), ("! destination-port dport", 1)]),
    "sctp": OptionTable([
      ("! source-port sport", 1), ("! destination-port dport", 1), ("! chunk-types", 2),
    ]),
    "dccp": OptionTable([
      ("! source-port sport", 1), ("! destination-port dport", 1), ("! dccp-types", 1),
      ("! dccp-option", 1),
    ]),
    "icmp": OptionTable([("! icmp-type", 1)]),
    "icmp6": OptionTable([("! icmpv6-type", 1)]),
    "multiport": OptionTable([
      ("! source-ports sports", 1), ("! destination-ports dports", 1), ("! ports", 1),
    ]),
    "iprange": OptionTable([("! src-range", 1), ("! dst-range", 1)]),
    "owner": OptionTable([
      ("! uid-owner", 1), ("! gid-owner", 1), ("! socket-exists", 0), ("suppl-groups", 0),
    ]),
    "conntrack": OptionTable([
      ("! ctstate", 1), ("! ctproto", 1), ("! ctorigsrc", 1), ("! ctorigdst", 1),
      ("! ctreplsrc", 1), ("! ctrepldst", 1), ("! ctorigsrcport", 1), ("! ctorigdstport", 1),
      ("! ctreplsrcport", 1), ("! ctrepldstport", 1), ("! ctstatus", 1), ("! ctexpire", 1),
      ("ctdir", 1),
    ]),
    "state": OptionTable([("! state", 1)]),
    "mark": OptionTable([("! mark", 1)]),
    "connmark": OptionTable([("! mark", 1)]),
    "addrtype": OptionTable([
      ("! src-type", 1), ("! dst-type", 1), ("limit-iface-in", 0), ("limit-iface-out", 0),
    ]),
    "comment": OptionTable([("comment", 1)]),
  ]

  /// Options of the targets whose meaning the model has.
  static let targetOptions: [String: OptionTable] = [
    "ACCEPT": OptionTable([]), "DROP": OptionTable([]), "RETURN": OptionTable([]),
    "QUEUE": OptionTable([]), "NOTRACK": OptionTable([]), "TRACE": OptionTable([]),
    "REDIRECT": OptionTable([("to-ports", 1), ("random", 0)]),
    "DNAT": OptionTable([("to-destination", 1), ("random", 0), ("persistent", 0)]),
    "SNAT": OptionTable([
      ("to-source", 1), ("random", 0), ("random-fully", 0), ("persistent", 0),
    ]),
    "MASQUERADE": OptionTable([("to-ports", 1), ("random", 0), ("random-fully", 0)]),
    "TPROXY": OptionTable([("on-port", 1), ("on-ip", 1), ("tproxy-mark", 1)]),
    "MARK": OptionTable([
      ("set-mark", 1), ("set-xmark", 1), ("and-mark", 1), ("or-mark", 1), ("xor-mark", 1),
    ]),
    "CONNMARK": OptionTable([
      ("set-mark", 1), ("set-xmark", 1), ("and-mark", 1), ("or-mark", 1), ("xor-mark", 1),
      ("save-mark", 0), ("restore-mark", 0), ("mask", 1), ("nfmask", 1), ("ctmask", 1),
      ("left-shift-mark", 1), ("right-shift-mark", 1),
    ]),
    "CT": OptionTable([
      ("zone", 1), ("zone-orig", 1), ("zone-reply", 1), ("notrack", 0), ("helper", 1),
      ("timeout", 1), ("ctevents", 1), ("expevents", 1),
    ]),
    "REJECT": OptionTable([("reject-with", 1)]),
  ]

  /// Targets of the kernel's tree (net/netfilter/xt_*.c) that change nothing the model decides by;
  /// the rule goes on.
  static let asideTargets: Set<String> = [
    "AUDIT", "CHECKSUM", "CLASSIFY", "CONNSECMARK", "DSCP", "ECN", "HL", "IDLETIMER", "LED", "LOG",
    "NFLOG", "RATEEST", "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS", "TTL", "ULOG",
  ]

  /// Targets of the kernel's tree that the model does not have.
  static let opaqueTargets: Set<String> = [
    "CLUSTERIP", "DNPT", "HMARK", "MIRROR", "NETMAP", "NFQUEUE", "SAME", "SNPT", "SYNPROXY",
  ]

  /// Matches that are not modelled but answer alike for the same packet at any place. All others
  /// may count or draw lots.
  static let statelessMatches: Set<String> = [
    "ah", "bpf", "cgroup", "cluster", "connlabel", "cpu", "devgroup", "dscp", "dst", "ecn", "esp",
    "eui64", "frag", "hbh", "helper", "hl", "ipcomp", "ipv6header", "ipvs", "length", "mac", "mh",
    "nfacct", "osf", "physdev", "pkttype", "policy", "realm", "rpfilter", "rt", "set", "socket",
    "srh", "string", "tcpmss", "time", "tos", "ttl", "u32",
  ]

  /// What a match, known or not, may be called: extensions are files of that name.
  static func isMatchName(_ text: String) -> Bool {
    isName(text, of: UInt8(ascii: "a")...UInt8(ascii: "z"))
  }

  /// What a target that the model does not know may be called.
  static func isTargetName(_ text: String) -> Bool {
    isName(text, of: UInt8(ascii: "A")...UInt8(ascii: "Z"))
  }

  private static func isName(_ text: String, of letters: ClosedRange<UInt8>) -> Bool {
    guard let first = text.utf8.first, letters.contains(first) else { return false }
    return text.utf8.allSatisfy {
      letters.contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
        || $0 == UInt8(ascii: "-")
    }
  }
}
