import Addresses

extension Operand {
  /// What nft says to one word; nil where it takes it, or where we cannot tell.
  ///
  /// Models the scanner and the datatypes of nft 1.0.6 (src/scanner.l, src/datatype.c).
  func problemForNft(_ word: String) -> LoadProblem.Kind? {
    // Other punctuation may open a set, a comment or a statement; only plain words are judged.
    let isPlain = word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "*+:-/._%,;".contains($0))
    }
    guard isPlain else { return nil }
    if let end = word.firstIndex(of: ";") { return cut(before: word[end...].dropFirst()) }
    if word.contains(",") {
      return sort == .portBesideDNS ? nil : .notTaken(expected: "one value")
    }
    if word.hasPrefix("/") || word.contains("%") { return refusal }
    return switch sort {
    case .port, .udpPort, .portBesideDNS, .redirectPort: ranges(word, upTo: 65535)
    case .tproxyPort:
      word.dropFirst().contains { "-/".contains($0) } && !word.isNameLike
        ? .notTaken(expected: "a port; TPROXY takes no range") : ranges(word, upTo: 65535)
    case .user: ranges(word, upTo: UInt64(UInt32.max))
    // Unlike users, groups with a leading zero are octal.
    case .group:
      word.isDecimal && word.cNumber == nil ? refusal : ranges(word, upTo: UInt64(UInt32.max))
    case .mark, .maskedMark: mark(word)
    case .interface: interface(word)
    case .server(let family): server(word, family)
    }
  }

  /// What `;` leaves of a rule is no command of its own, unless the rule was at its end.
  private func cut(before rest: Substring) -> LoadProblem.Kind? {
    let mayEnd = [.redirectPort, .mark].contains(sort) && rest.isEmpty
    return mayEnd || Self.nftOpens(String(rest))
      ? nil : .notTaken(expected: "no ';', which ends the rule")
  }

  /// `N`, `N-M` or `N/BITS`, in decimal or hexadecimal; else a name.
  private func ranges(_ word: String, upTo limit: UInt64) -> LoadProblem.Kind? {
    if let slash = word.firstIndex(of: "/") {
      guard word[..<slash].nftNumber != nil, let bits = word[slash...].dropFirst().nftNumber,
        bits <= limit.nonzeroBitCount
      else { return refusal }
      return ranges(String(word[..<slash]), upTo: limit)
    }
    if word.contains(":") { return .notTaken(expected: "a range with a dash") }
    let ends = word.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(ends.count), ends.allSatisfy({ $0.isDecimal || $0.hasPrefix("0x") })
    else { return named(word) }
    let numbers = ends.compactMap(\.nftNumber)
    guard numbers.count == ends.count, numbers.allSatisfy({ $0 <= limit }) else { return refusal }
    return numbers[0] > numbers[numbers.count - 1]
      ? .notTaken(expected: "the lower end first") : nil
  }

  /// Marks go by C's rules: a leading zero is octal. A mark is set as well as matched.
  private func mark(_ word: String) -> LoadProblem.Kind? {
    guard let number = word.cNumber, !word.hasPrefix("+") else { return named(word) }
    return number <= UInt64(UInt32.max) ? nil : refusal
  }

  private func interface(_ word: String) -> LoadProblem.Kind? {
    if word.utf8.count > 15 { return .notTaken(expected: "15 characters at most") }
    if word == "*" { return .notTaken(expected: "a name; every interface goes without saying") }
    if word.contains("+") { return .notTaken(expected: "a name; nft's own wildcard is '*'") }
    let isNumber = word.isDecimal || word.cNumber != nil
    // nft's scanner takes some of these for addresses, and then for names.
    let isAddressLike = word.contains { ":/".contains($0) } || word.split(separator: ".").count == 4
    if word.hasPrefix("-") || (word.first?.isNumber == true && !isNumber && !isAddressLike) {
      return .notTaken(expected: "a name that starts with a letter")
    }
    return Self.nftKeywords.contains(word)
      ? .notTaken(expected: "a name that is no word of nft's language") : nil
  }

  private func server(_ word: String, _ family: Family) -> LoadProblem.Kind? {
    if let address = IPAddress(word) { return address.family == family ? nil : refusal }
    // A lone number, or four with leading zeros.
    let parts = word.split(separator: ".").count
    if family == .ipv4, parts == 1 || parts == 4, word.isOldStyleAddress, !word.hasPrefix("+") {
      return nil
    }
    return named(word)
  }

  private func named(_ word: String) -> LoadProblem.Kind {
    word.isNameLike && word.first?.isLetter == true ? database : refusal
  }

  /// Whether a statement, or more of an expression, may begin with the word.
  static func nftOpens(_ word: String) -> Bool {
    nftKeywords.contains(word)
      || [
        "ip", "ip6", "ether", "vlan", "arp", "frag", "dst", "hbh", "srh", "snat", "dnat", "last",
      ].contains(word)
  }

  /// Words of the language that cannot stand as an interface's name unquoted, as Istio writes it.
  ///
  /// Found by asking nft 1.0.6 each.
  static let nftKeywords: Set<String> = [
    "accept", "add", "ah", "all", "and", "bridge", "cgroup", "chain", "comment", "comp",
    "constant", "counter", "cpu", "create", "ct", "dccp", "delete", "describe", "devices", "drop",
    "dup", "dynamic", "element", "elements", "eq", "esp", "exists", "export", "exthdr", "fib",
    "flags", "flow", "flowtable", "flush", "fwd", "ge", "gt", "handle", "hook", "hour",
    "ibriport", "ibrname", "icmp", "icmpv6", "igmp", "iif", "iifgroup", "iifname", "iiftype",
    "import", "index", "inet", "insert", "interval", "ipsec", "jhash", "jump", "le", "limit",
    "list", "log", "lt", "map", "mark", "masquerade", "meta", "meter", "mh", "missing", "monitor",
    "ne", "netdev", "nftrace", "not", "notrack", "numgen", "obrname", "offload", "oif",
    "oifgroup", "oifname", "oiftype", "or", "osf", "pkttype", "policy", "position", "priority",
    "queue", "quota", "random", "redirect", "reject", "rename", "replace", "return", "rt",
    "rtclassid", "rule", "ruleset", "sctp", "secmark", "set", "size", "skgid", "skuid", "socket",
    "symhash", "synproxy", "table", "tcp", "th", "time", "timeout", "tproxy", "type", "typeof",
    "udp", "udplite", "vmap", "xor", "xt",
  ]
}

extension StringProtocol {
  /// A number in decimal, leading zeros or not, or in hexadecimal.
  fileprivate var nftNumber: UInt64? {
    hasPrefix("0x") ? UInt64(dropFirst(2), radix: 16) : UInt64(self)
  }
}
