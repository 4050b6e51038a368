import Addresses
import Ruleset

/// One target extension of x_tables, in a legacy entry or an nf_tables `target` expression.
struct XTTarget {
  var name: String
  var revision: UInt32
  /// `struct xt_entry_target.data`.
  var info: Bytes
  var family: Family

  /// What it does, and `-j` with its options as iptables prints them.
  struct Meaning {
    var effects: [Effect] = []
    /// Absent where the next rule follows.
    var verdict: Verdict?
    var words: String
  }

  /// Its meaning; an opaque verdict, after which all is unknown, where the target, its revision or an
  /// option is not understood.
  var meaning: Meaning {
    if let known { return known }
    if Self.asides.contains(name) {
      let words = self.words ?? "-j \(name)"
      return Meaning(effects: [.aside(String(words.dropFirst(3)))], words: words)
    }
    let words = "\(name) [revision \(revision) \(info.hex)]"
    return Meaning(verdict: .opaque(words), words: "-j \(words)")
  }

  private var known: Meaning? {
    switch (name, revision) {
    case ("REDIRECT", 0): translate(.redirect)
    case ("MASQUERADE", 0): translate(.masquerade)
    case ("DNAT", 0...2): translate(.destination)
    case ("SNAT", 0...2): translate(.source)
    case ("TPROXY", 1): tproxy
    case ("MARK", 2): mark
    case ("CONNMARK", 1...2): connectionMark
    case ("CT", 0...2): conntrack
    case ("NOTRACK", 0): Meaning(effects: [.notrack], words: "-j NOTRACK")
    case ("REJECT", 0): reject
    case ("NFQUEUE", 0...3): queue
    default: nil
    }
  }

  /// Targets of the kernel's tree that go on with the next rule and change nothing the model decides
  /// by (net/netfilter/xt_*.c, net/ipv4/netfilter/ipt_*.c).
  private static let asides: Set<String> = [
    "AUDIT", "CHECKSUM", "CLASSIFY", "CONNSECMARK", "DSCP", "ECN", "HL", "IDLETIMER", "LED", "LOG",
    "NFLOG", "RATEEST", "SECMARK", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS", "TRACE", "TTL", "ULOG",
  ]
}

// MARK: - Address translation

extension XTTarget {
  /// `struct nf_nat_ipv4_multi_range_compat`, or `struct nf_nat_range` with its later `range2`.
  private func translate(_ kind: NAT.Kind) -> Meaning? {
    let isCompat = family == .ipv4 && revision == 0
    let (flagsAt, lowAt, highAt, portsAt) = isCompat ? (4, 8, 12, 16) : (0, 4, 20, 36)
    guard !isCompat || info.host(0, as: UInt32.self) == 1,
      let flags = info.host(flagsAt, as: UInt32.self), flags & ~Self.understood == 0,
      let portLow = info.network(portsAt, as: UInt16.self),
      let portHigh = info.network(portsAt + 2, as: UInt16.self)
    else { return nil }
    let picks = NATFlags(rawValue: flags)
    var nat = NAT(kind, isRandom: picks.isRandom)
    if flags & 1 != 0 {
      guard let low = address(lowAt), let high = address(highAt), low <= high else { return nil }
      nat.addresses = low...high
    }
    if flags & 2 != 0 {
      guard portLow <= portHigh else { return nil }
      nat.ports = portLow...portHigh
    }
    return Meaning(verdict: .nat(nat), words: "-j \(name)\(words(of: nat))\(picks.inSave)")
  }

  /// `NF_NAT_RANGE_*`: addresses 1, ports 2, and `NATFlags`. What is above (offset, netmap) maps in
  /// other ways.
  private static let understood: UInt32 = 0b1_1111

  private func words(of nat: NAT) -> String {
    let option =
      switch nat.kind {
      case .redirect, .masquerade: " --to-ports "
      case .destination: " --to-destination "
      case .source: " --to-source "
      }
    let target = NAT(.destination, addresses: nat.addresses, ports: nat.ports).inNFT
    guard nat.addresses != nil || nat.ports != nil else { return "" }
    let text = target.dropFirst("dnat to ".utf8.count)
    return option + (nat.kind == .redirect || nat.kind == .masquerade ? text.dropFirst() : text)
  }

  private func address(_ offset: Int) -> IPAddress? {
    info.slice(offset, family.width / 8)?.bigEndian.map { IPAddress(family, $0) }
  }

  /// `struct xt_tproxy_target_info_v1`. On finding a socket it marks the packet and accepts it.
  private var tproxy: Meaning? {
    guard let mask = info.host(0, as: UInt32.self), let value = info.host(4, as: UInt32.self),
      let local = address(8), let port = info.network(24, as: UInt16.self)
    else { return nil }
    var words = "-j TPROXY --on-port \(port) --on-ip \(local.inTools)"
    if mask != 0 || value != 0 {
      words += " --tproxy-mark 0x\(String(value, radix: 16))/0x\(String(mask, radix: 16))"
    }
    var effects: [Effect] = []
    if mask != 0 || value != 0 { effects.append(.mark(.set(.packet, to: value, mask: mask))) }
    effects.append(
      .tproxy(address: local.bits == 0 ? nil : local, port: port == 0 ? nil : port))
    return Meaning(effects: effects, verdict: .accept, words: words)
  }
}

// MARK: - Marks and conntrack

extension XTTarget {
  /// `struct xt_mark_tginfo2`: `mark = (mark & ~mask) ^ value`.
  private var mark: Meaning? {
    guard let value = info.host(0, as: UInt32.self), let mask = info.host(4, as: UInt32.self) else {
      return nil
    }
    let words = "0x\(String(value, radix: 16))/0x\(String(mask, radix: 16))"
    return Meaning(
      effects: [.mark(.set(.packet, to: value, mask: mask))], words: "-j MARK --set-xmark \(words)")
  }

  /// `struct xt_connmark_tginfo2`; a shift is a formula the model does not have.
  private var connectionMark: Meaning? {
    let mode = revision == 1 ? info.byte(12) : info.byte(14)
    let shift = revision == 1 ? 0 : info.byte(13)
    guard let value = info.host(0, as: UInt32.self), let ctMask = info.host(4, as: UInt32.self),
      let nfMask = info.host(8, as: UInt32.self), let mode, shift == 0
    else { return nil }
    let masks = " --nfmask 0x\(String(nfMask, radix: 16)) --ctmask 0x\(String(ctMask, radix: 16))"
    switch mode {
    case 0:
      return Meaning(
        effects: [.mark(.set(.connection, to: value, mask: ctMask))],
        words:
          "-j CONNMARK --set-xmark 0x\(String(value, radix: 16))/0x\(String(ctMask, radix: 16))")
    case 1:
      return Meaning(
        effects: [.mark(.save(packetMask: nfMask, connectionMask: ctMask))],
        words: "-j CONNMARK --save-mark\(masks)")
    case 2:
      return Meaning(
        effects: [.mark(.restore(packetMask: nfMask, connectionMask: ctMask))],
        words: "-j CONNMARK --restore-mark\(masks)")
    default: return nil
    }
  }

  /// `struct xt_ct_target_info_v1`: NOTRACK 1, ALIAS 2, zone of one direction 4 and 8, zone from
  /// the mark 16.
  private var conntrack: Meaning? {
    guard let flags = info.host(0, as: UInt16.self), let zone = info.host(2, as: UInt16.self),
      flags & ~0b11 == 0
    else { return nil }
    if flags & 1 != 0 {
      return Meaning(
        effects: [.notrack], words: flags & 2 != 0 ? "-j NOTRACK" : "-j CT --notrack")
    }
    var effects: [Effect] = []
    var words = "-j CT"
    if zone != 0 {
      effects.append(.zone(zone))
      words += " --zone \(zone)"
    }
    if let helper = info.slice(12, 16)?.text, !helper.isEmpty { words += " --helper \(helper)" }
    if revision > 0, let timeout = info.slice(28, 32)?.text, !timeout.isEmpty {
      words += " --timeout \(timeout)"
    }
    if effects.isEmpty { effects.append(.aside(String(words.dropFirst(3)))) }
    return Meaning(effects: effects, words: words)
  }
}

// MARK: - Other verdicts

extension XTTarget {
  /// `struct ipt_reject_info`, `struct ip6t_reject_info`.
  private var reject: Meaning? {
    guard let code = info.host(0, as: UInt32.self),
      let reply = RejectReplyCodes.name(of: code, in: family)
    else { return nil }
    return Meaning(verdict: .reject(with: reply), words: "-j REJECT --reject-with \(reply)")
  }

  /// `struct xt_NFQ_info_v3`.
  private var queue: Meaning? {
    guard let number = info.host(0, as: UInt16.self) else { return nil }
    let words = "NFQUEUE --queue-num \(number)"
    return Meaning(verdict: .queue(words), words: "-j \(words)")
  }

  /// Options of targets that only look on.
  private var words: String? {
    switch name {
    case "LOG":
      guard let level = info.byte(0), let prefix = info.slice(2, 30)?.text else { return nil }
      return "-j LOG" + (prefix.isEmpty ? "" : " --log-prefix \(SaveText.quoted(prefix))")
        + (level == 4 ? "" : " --log-level \(level)")
    default: return nil
    }
  }
}
