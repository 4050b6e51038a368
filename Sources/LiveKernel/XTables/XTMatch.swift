import Addresses
import Ruleset

/// One match extension of x_tables, as the kernel keeps it: in a legacy entry, or wrapped in an
/// nf_tables `match` expression.
struct XTMatch {
  var name: String
  var revision: UInt32
  /// `struct xt_entry_match.data`.
  var info: Bytes
  var family: Family

  /// What it means, and its options as iptables prints them.
  struct Meaning {
    var test: Test
    var words: String

    init(_ test: Test, _ words: String) {
      self.test = test
      self.words = words
    }

    init(_ constraints: [Constraint], _ words: String) {
      self.init(.all(constraints), words)
    }
  }

  /// Its meaning; a Boolean of its own, by name and bytes, where the extension, its revision or an
  /// option is not understood.
  var meaning: Meaning {
    if let known { return known }
    let detail = words.map { $0.detail } ?? "revision \(revision) \(info.hex)"
    let match = UnknownMatch(
      name: name, detail: detail, isStateful: !Self.stateless.contains(name))
    let isNegated = words?.isNegated ?? false
    return Meaning(
      [Constraint(.unknown(match), is: isNegated ? 0 : 1)],
      "-m \(name)\(isNegated ? " !" : "") \(words == nil ? "[\(detail)]" : detail)")
  }

  /// The text of a comment, which matches everything.
  var comment: String? { name == "comment" ? info.text : nil }

  private var known: Meaning? {
    switch (name, revision) {
    case ("owner", 1): owner
    case ("multiport", 1): multiport
    case ("conntrack", 1...3): conntrack
    case ("mark", 1): mark("mark") { .mark(mask: $0) }
    case ("connmark", 1): connectionMark
    case ("tcp", 0): tcp
    case ("udp", 0), ("udplite", 0): udp
    case ("icmp", 0), ("icmp6", 0): icmp
    case ("addrtype", 1): addressType
    case ("iprange", 1): addressRange
    case ("comment", 0): Meaning([], "-m comment --comment \(SaveText.quoted(info.text))")
    default: nil
    }
  }

  /// Extensions that are not modelled but answer alike for the same packet at any place
  /// (net/netfilter/xt_*.c); all others may count, remember or draw lots.
  private static let stateless: Set<String> = [
    "addrtype", "ah", "bpf", "cgroup", "cluster", "connlabel", "connmark", "conntrack", "cpu",
    "devgroup", "dscp", "dst", "ecn", "esp", "eui64", "frag", "hbh", "helper", "hl", "icmp",
    "icmp6", "ipcomp", "iprange", "ipv6header", "ipvs", "length", "mac", "mark", "mh", "multiport",
    "nfacct", "osf", "owner", "physdev", "pkttype", "policy", "realm", "rpfilter", "rt", "sctp",
    "dccp", "set", "socket", "srh", "string", "tcp", "tcpmss", "time", "tos", "ttl", "u32", "udp",
  ]
}

// MARK: - xt_owner

extension XTMatch {
  /// `struct xt_owner_match_info`. A packet without a socket holds only where every option is
  /// inverted, so "no socket" belongs to a complement.
  private var owner: Meaning? {
    guard let uidMin = info.host(0, as: UInt32.self), let uidMax = info.host(4, as: UInt32.self),
      let gidMin = info.host(8, as: UInt32.self), let gidMax = info.host(12, as: UInt32.self),
      let match = info.byte(16), let invert = info.byte(17), match & ~0b111 == 0
    else { return nil }
    let (uid, gid, socket): (UInt8, UInt8, UInt8) = (1, 2, 4)
    var constraints: [Constraint] = []
    var words = "-m owner"
    func add(_ bit: UInt8, _ field: Field, _ set: IntervalSet, _ option: String) {
      guard match & bit != 0 else { return }
      let isNegated = invert & bit != 0
      constraints.append(
        Constraint(field, in: isNegated ? set.complement(in: field.domain(in: family)) : set))
      words += " \(isNegated ? "! " : "")\(option)"
    }
    add(socket, .uid, IntervalSet(0...UInt128(UInt32.max)), "--socket-exists")
    let range = { (low: UInt32, high: UInt32) in
      low <= high ? IntervalSet(UInt128(low)...UInt128(high)) : .empty
    }
    let dashed = { (low: UInt32, high: UInt32) in low == high ? "\(low)" : "\(low)-\(high)" }
    add(uid, .uid, range(uidMin, uidMax), "--uid-owner \(dashed(uidMin, uidMax))")
    add(gid, .gid, range(gidMin, gidMax), "--gid-owner \(dashed(gidMin, gidMax))")
    return Meaning(constraints, words)
  }
}

// MARK: - Ports

extension XTMatch {
  /// `struct xt_multiport_v1`; ports in host order, a set `pflag` starts a range.
  private var multiport: Meaning? {
    guard let kind = info.byte(0), let count = info.byte(1), count <= 15,
      let invert = info.byte(47)
    else { return nil }
    var ranges: [IntervalSet.Interval] = []
    var texts: [String] = []
    var index = 0
    while index < count {
      guard let low = info.host(2 + 2 * index, as: UInt16.self), let isRange = info.byte(32 + index)
      else { return nil }
      var high = low
      if isRange != 0 {
        index += 1
        guard index < count, let end = info.host(2 + 2 * index, as: UInt16.self), low <= end
        else { return nil }
        high = end
      }
      ranges.append(UInt128(low)...UInt128(high))
      texts.append(SaveText.range(low, high))
      index += 1
    }
    let ports = IntervalSet(ranges)
    let not = invert != 0 ? "! " : ""
    let list = texts.joined(separator: ",")
    func one(_ field: Field, _ option: String) -> Meaning {
      let set = invert != 0 ? ports.complement(in: field.domain(in: family)) : ports
      return Meaning([Constraint(field, in: set)], "-m multiport \(not)\(option) \(list)")
    }
    switch kind {
    case 0: return one(.sourcePort, "--sports")
    case 1: return one(.destinationPort, "--dports")
    case 2:
      let boxes = [Field.sourcePort, .destinationPort].map { Box([Constraint($0, in: ports)]) }
      return Meaning(invert != 0 ? .none(boxes) : .any(boxes), "-m multiport \(not)--ports \(list)")
    default: return nil
    }
  }

  /// `struct xt_tcp`: ports in host order.
  private var tcp: Meaning? {
    guard let option = info.byte(8), option == 0, let mask = info.byte(9),
      let flags = info.byte(10),
      let invert = info.byte(11), var meaning = ports(invert)
    else { return nil }
    if mask != 0 || flags != 0 {
      let field = Field.tcpFlags(mask: mask)
      let isNegated = invert & 4 != 0
      let set = flags & ~mask == 0 ? IntervalSet(UInt128(flags)) : .empty
      meaning.constraints.append(
        Constraint(field, in: isNegated ? set.complement(in: field.domain(in: family)) : set))
      meaning.words +=
        " \(isNegated ? "! " : "")--tcp-flags \(TCPFlags.saved(mask)) \(TCPFlags.saved(flags))"
    }
    return Meaning(meaning.constraints, "-m tcp" + meaning.words)
  }

  /// `struct xt_udp`.
  private var udp: Meaning? {
    guard let invert = info.byte(8), let meaning = ports(invert) else { return nil }
    return Meaning(meaning.constraints, "-m \(name)" + meaning.words)
  }

  /// The two port ranges that both begin with; bits 1 and 2 of `invert` negate them. The whole
  /// range is no test.
  private func ports(_ invert: UInt8) -> (constraints: [Constraint], words: String)? {
    var constraints: [Constraint] = []
    var words = ""
    for (index, (field, option)) in [(Field.sourcePort, "--sport"), (.destinationPort, "--dport")]
      .enumerated()
    {
      guard let low = info.host(4 * index, as: UInt16.self),
        let high = info.host(4 * index + 2, as: UInt16.self)
      else { return nil }
      let isNegated = invert & (1 << UInt8(index)) != 0
      if low == 0, high == .max, !isNegated { continue }
      let set = low <= high ? IntervalSet(UInt128(low)...UInt128(high)) : .empty
      constraints.append(
        Constraint(field, in: isNegated ? set.complement(in: field.domain(in: family)) : set))
      words += " \(isNegated ? "! " : "")\(option) \(SaveText.range(low, high))"
    }
    return (constraints, words)
  }

  /// `struct ipt_icmp`, `struct ip6t_icmp`: type (255 is any, in IPv4), codes, inversion.
  private var icmp: Meaning? {
    guard let type = info.byte(0), let low = info.byte(1), let high = info.byte(2),
      let invert = info.byte(3), low <= high
    else { return nil }
    let isNegated = invert & 1 != 0
    let base = UInt128(type) << 8
    let isAny = type == 255 && name == "icmp"
    let set =
      isAny ? IntervalSet(0...65535) : IntervalSet(base + UInt128(low)...base + UInt128(high))
    let option = name == "icmp" ? "--icmp-type" : "--icmpv6-type"
    let codes = low == 0 && high == 255 ? "" : "/\(low)"
    let constraint = Constraint(
      .icmp, in: isNegated ? set.complement(in: Field.icmp.domain(in: family)) : set)
    return Meaning(
      isAny && !isNegated ? [] : [constraint],
      "-m \(name) \(isNegated ? "! " : "")\(option) \(isAny ? "any" : "\(type)\(codes)")")
  }
}

// MARK: - Connections and marks

extension XTMatch {
  /// `struct xt_conntrack_mtinfo1…3`; of its many options only the state is in the model.
  private var conntrack: Meaning? {
    let stateFlag: UInt16 = 1
    let aliasFlag: UInt16 = 1 << 13
    guard let flags = info.host(146, as: UInt16.self), flags & ~aliasFlag == stateFlag,
      let invert = info.host(148, as: UInt16.self)
    else { return nil }
    let mask =
      revision == 1
      ? info.byte(150).map(UInt16.init) : info.host(150, as: UInt16.self)
    guard let mask, mask & ~Self.knownStates == 0 else { return nil }
    let isNegated = invert & stateFlag != 0
    let states = Self.states.filter { mask & $0.bit != 0 }
    let set = IntervalSet(states.map { UInt128($0.state.rawValue)...UInt128($0.state.rawValue) })
    let option = flags & aliasFlag != 0 ? "-m state" : "-m conntrack"
    let words = flags & aliasFlag != 0 ? "--state" : "--ctstate"
    let list = states.map { "\($0.state)".uppercased() }.joined(separator: ",")
    let domain = Field.connectionState.domain(in: family)
    return Meaning(
      [Constraint(.connectionState, in: isNegated ? set.complement(in: domain) : set)],
      "\(option) \(isNegated ? "! " : "")\(words) \(list)")
  }

  /// `XT_CONNTRACK_STATE_*` (linux/netfilter/xt_conntrack.h), in the order iptables prints them.
  /// SNAT and DNAT (64, 128) are no states of the model.
  private static let states: [(bit: UInt16, state: ConnectionState)] = [
    (1, .invalid), (8, .new), (4, .related), (2, .established), (256, .untracked),
  ]

  private static let knownStates = states.reduce(0) { $0 | $1.bit }

  /// `struct xt_mark_mtinfo1`, `struct xt_connmark_mtinfo1`: `(mark & mask) == value`.
  private func mark(_ option: String, _ field: (UInt32) -> Field) -> Meaning? {
    guard let value = info.host(0, as: UInt32.self), let mask = info.host(4, as: UInt32.self),
      let invert = info.byte(8)
    else { return nil }
    let field = field(mask)
    let set = value & ~mask == 0 ? IntervalSet(UInt128(value)) : .empty
    return Meaning(
      [Constraint(field, in: invert != 0 ? set.complement(in: field.domain(in: family)) : set)],
      SaveText.mark(option, invert != 0 ? "! " : "", value, mask))
  }
}

extension XTMatch {
  /// xt_connmark holds in neither form for a packet that conntrack has no entry for.
  private var connectionMark: Meaning? {
    guard var meaning = mark("connmark", { .connectionMark(mask: $0) }) else { return nil }
    let tracked = [ConnectionState.new, .established, .related].map { UInt128($0.rawValue) }
    meaning.test = .all(
      (meaning.test.arms.first?.box.constraints ?? [])
        + [Constraint(.connectionState, in: IntervalSet(tracked.map { $0...$0 }))])
    return meaning
  }
}

// MARK: - Addresses

extension XTMatch {
  /// `struct xt_addrtype_info_v1`: bit N of a mask is `RTN_*` N.
  private var addressType: Meaning? {
    guard let source = info.host(0, as: UInt16.self), let target = info.host(2, as: UInt16.self),
      let flags = info.host(4, as: UInt32.self), flags & ~0b11 == 0,
      (source | target) >> UInt16(AddressType.allCases.count) == 0
    else { return nil }
    var constraints: [Constraint] = []
    var words = "-m addrtype"
    for (mask, bit, field, option) in [
      (source, UInt32(1), Field.sourceType, "--src-type"),
      (target, 2, .destinationType, "--dst-type"),
    ] where mask != 0 {
      let types = AddressType.allCases.filter { mask >> UInt16($0.rawValue) & 1 == 1 }
      let set = AddressType.matchedByXTables(types, in: family)
      let isNegated = flags & bit != 0
      constraints.append(
        Constraint(field, in: isNegated ? set.complement(in: field.domain(in: family)) : set))
      let list = types.map { $0 == .unspecified ? "UNSPEC" : "\($0)".uppercased() }
      words += " \(isNegated ? "! " : "")\(option) \(list.joined(separator: ","))"
    }
    return Meaning(constraints, words)
  }

  /// `struct xt_iprange_mtinfo`: four addresses in 16 bytes each, then flags (1 src, 2 dst, 16 and
  /// 32 their inversion).
  private var addressRange: Meaning? {
    guard let flags = info.byte(64), flags & ~0b11_0011 == 0 else { return nil }
    var constraints: [Constraint] = []
    var words = "-m iprange"
    for (index, (field, option)) in [(Field.source, "--src-range"), (.destination, "--dst-range")]
      .enumerated() where flags & (1 << UInt8(index)) != 0
    {
      guard let low = address(32 * index), let high = address(32 * index + 16) else { return nil }
      let isNegated = flags & (16 << UInt8(index)) != 0
      let set = low <= high ? IntervalSet(low.bits...high.bits) : .empty
      constraints.append(
        Constraint(field, in: isNegated ? set.complement(in: field.domain(in: family)) : set))
      words += " \(isNegated ? "! " : "")\(option) \(low)-\(high)"
    }
    return Meaning(constraints, words)
  }

  private func address(_ offset: Int) -> IPAddress? {
    info.slice(offset, family.width / 8)?.bigEndian.map { IPAddress(family, $0) }
  }
}

// MARK: - Words of matches that are not modelled

extension XTMatch {
  /// Options as iptables prints them, without a negation.
  private var words: (detail: String, isNegated: Bool)? {
    switch (name, revision) {
    case ("socket", 1...3):
      guard let flags = info.byte(0) else { return nil }
      let options = ["--transparent", "--nowildcard", "--restore-skmark"]
      let set = options.enumerated().filter { flags >> UInt8($0.offset) & 1 == 1 }.map(\.element)
      return (set.joined(separator: " "), false)
    case ("limit", 0):
      guard let average = info.host(0, as: UInt32.self), let burst = info.host(4, as: UInt32.self)
      else { return nil }
      return ("--limit \(Self.rate(average))\(burst == 5 ? "" : " --limit-burst \(burst)")", false)
    case ("length", 0):
      guard let low = info.host(0, as: UInt16.self), let high = info.host(2, as: UInt16.self),
        let invert = info.byte(4)
      else { return nil }
      return ("--length \(SaveText.range(low, high))", invert != 0)
    default: return nil
    }
  }

  /// xt_limit counts in ten-thousandths of a second between packets.
  private static func rate(_ average: UInt32) -> String {
    let scale: UInt32 = 10_000
    for (unit, seconds) in [("day", UInt32(86400)), ("hour", 3600), ("min", 60)] {
      let whole = scale * seconds
      if average > 0, average <= whole, average > whole / seconds * 1, whole / average > 0,
        whole % average == 0 || unit == "day"
      {
        if whole / average < 60 || unit == "min" { return "\(whole / average)/\(unit)" }
      }
    }
    return average == 0 ? "0/sec" : "\(scale / average)/sec"
  }
}
