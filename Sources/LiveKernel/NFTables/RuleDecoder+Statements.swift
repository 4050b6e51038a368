import Addresses
import CNftnl
import Ruleset

/// Expressions that do something to the packet, or end the rule.
extension RuleDecoder {
  // MARK: Marks and conntrack

  mutating func setMeta(_ key: UInt32, from register: UInt32) -> Bool {
    switch nft_meta_keys(rawValue: key) {
    case NFT_META_MARK: return setMark(.packet, from: register)
    // nftrace, priority, pkttype: nothing the model decides by.
    case NFT_META_NFTRACE, NFT_META_PRIORITY, NFT_META_PKTTYPE, NFT_META_SECMARK:
      let name = KernelCodes.metaKeys[key]?.name ?? "meta \(key)"
      let value = registers.constant(at: register).map { $0.withUnsafeBytes { Bytes($0).hex } }
      let words = "\(name) set \(value ?? "…")"
      steps.effect(.aside(words))
      text.statement(words)
      return true
    default: return false
    }
  }

  mutating func setConnection(_ key: UInt32, from register: UInt32) -> Bool {
    switch nft_ct_keys(rawValue: key) {
    case NFT_CT_MARK: return setMark(.connection, from: register)
    case NFT_CT_ZONE:
      guard let bytes = registers.constant(at: register), bytes.count == 2,
        let zone = bytes.withUnsafeBytes({ Bytes($0).host(0, as: UInt16.self) })
      else { return false }
      steps.effect(.zone(zone))
      text.statement("ct zone set \(zone)")
      return true
    case NFT_CT_LABELS, NFT_CT_EVENTMASK, NFT_CT_SECMARK:
      let words = "ct \(KernelCodes.connectionKeys[key]?.name ?? "\(key)") set"
      steps.effect(.aside(words))
      text.statement(words)
      return true
    default: return false
    }
  }

  private mutating func setMark(_ target: MarkRegister, from register: UInt32) -> Bool {
    guard let formula = marks(at: register) else { return false }
    steps.effect(.mark(formula.assigned(to: target)))
    text.statement("\(target == .packet ? "meta" : "ct") mark set \(formula.inNFT)")
    return true
  }

  mutating func notrack() -> Bool {
    steps.effect(.notrack)
    text.statement("notrack")
    return true
  }

  mutating func count(_ data: Bytes) -> Bool {
    guard let packets = data.attribute(NFTA_COUNTER_PACKETS)?.network(0, as: UInt64.self),
      let bytes = data.attribute(NFTA_COUNTER_BYTES)?.network(0, as: UInt64.self)
    else { return false }
    counter = Counter(packets: packets, bytes: bytes)
    text.counter()
    return true
  }

  // MARK: Address translation

  mutating func translate(_ name: String, _ data: Bytes) -> Bool {
    let parts: (kind: NAT.Kind, address: nft_nat_attributes?, portMin: UInt32?, portMax: UInt32?)
    let flags: UInt32?
    switch name {
    case "redir":
      flags = data.number(NFTA_REDIR_FLAGS)
      parts = (
        .redirect, nil, data.number(NFTA_REDIR_REG_PROTO_MIN),
        data.number(NFTA_REDIR_REG_PROTO_MAX)
      )
    case "masq":
      flags = data.number(NFTA_MASQ_FLAGS)
      parts = (
        .masquerade, nil, data.number(NFTA_MASQ_REG_PROTO_MIN), data.number(NFTA_MASQ_REG_PROTO_MAX)
      )
    default:
      flags = data.number(NFTA_NAT_FLAGS)
      guard let type = data.number(NFTA_NAT_TYPE), (flags ?? 0) & Self.netmapFlag == 0
      else { return false }
      parts = (
        type == NFT_NAT_SNAT.rawValue ? .source : .destination, NFTA_NAT_REG_ADDR_MIN,
        data.number(NFTA_NAT_REG_PROTO_MIN), data.number(NFTA_NAT_REG_PROTO_MAX)
      )
    }
    let picks = NATFlags(rawValue: flags ?? 0)
    var nat = NAT(parts.kind, isRandom: picks.isRandom)
    if let portMin = parts.portMin {
      guard let low = port(at: portMin), let high = port(at: parts.portMax ?? portMin), low <= high
      else { return translateByMap(parts.kind, data, picks) }
      nat.ports = low...high
    }
    if parts.address != nil, let register = data.number(NFTA_NAT_REG_ADDR_MIN) {
      let family = data.number(NFTA_NAT_FAMILY).flatMap(Self.family)
      let last = data.number(NFTA_NAT_REG_ADDR_MAX) ?? register
      guard let family, let low = address(at: register, family),
        let high = address(at: last, family), low <= high
      else { return translateByMap(parts.kind, data, picks) }
      nat.addresses = low...high
    }
    steps.verdict(.nat(nat))
    text.mapping(nat, picks)
    return true
  }

  /// NF_NAT_RANGE_NETMAP: a mapping of prefix to prefix.
  private static let netmapFlag: UInt32 = 64

  /// `dnat to tcp dport map { … }`: for each element a mapping of its own. Only an address or only
  /// a port may come from the map.
  private mutating func translateByMap(
    _ kind: NAT.Kind, _ data: Bytes, _ picks: NATFlags
  ) -> Bool {
    let isNAT = kind == .source || kind == .destination
    let address = isNAT ? data.number(NFTA_NAT_REG_ADDR_MIN) : nil
    let port =
      switch kind {
      case .source, .destination: data.number(NFTA_NAT_REG_PROTO_MIN)
      case .redirect: data.number(NFTA_REDIR_REG_PROTO_MIN)
      case .masquerade: data.number(NFTA_MASQ_REG_PROTO_MIN)
      }
    guard address == nil || port == nil, let register = address ?? port,
      case .mapped(let mappings, let name)? = registers.value(at: register)
    else { return false }
    let family = data.number(NFTA_NAT_FAMILY).flatMap(Self.family)
    var arms: [Test.Arm] = []
    for mapping in mappings {
      var nat = NAT(kind, isRandom: picks.isRandom)
      if address != nil {
        guard let family, let value = Self.address(mapping.data, family) else { return false }
        nat.addresses = value...value
      } else {
        guard let value = Self.port(mapping.data) else { return false }
        nat.ports = value...value
      }
      arms.append(Test.Arm(mapping.box, .verdict(.nat(nat))))
    }
    steps.test(Test(arms))
    text.statement("\(NAT(kind).inNFT) to \(address == nil ? ":" : "")\(name)\(picks.inNFT)")
    return true
  }

  private func port(at register: UInt32) -> UInt16? {
    registers.constant(at: register).flatMap(Self.port)
  }

  private static func port(_ bytes: [UInt8]) -> UInt16? {
    bytes.withUnsafeBytes { Bytes($0).network(0, as: UInt16.self) }
  }

  private func address(at register: UInt32, _ family: Family) -> IPAddress? {
    registers.constant(at: register).flatMap { Self.address($0, family) }
  }

  private static func address(_ bytes: [UInt8], _ family: Family) -> IPAddress? {
    bytes.withUnsafeBytes { Bytes($0).slice(0, family.width / 8)?.bigEndian }
      .map { IPAddress(family, $0) }
  }

  /// NFPROTO_IPV4 or NFPROTO_IPV6.
  private static func family(_ number: UInt32) -> Family? {
    number == 2 ? .ipv4 : number == 10 ? .ipv6 : nil
  }

  mutating func tproxy(_ data: Bytes) -> Bool {
    let family = data.number(NFTA_TPROXY_FAMILY).flatMap(Self.family)
    var address: IPAddress?
    var port: UInt16?
    if let register = data.number(NFTA_TPROXY_REG_ADDR) {
      guard let family, let value = self.address(at: register, family) else { return false }
      address = value
    }
    if let register = data.number(NFTA_TPROXY_REG_PORT) {
      guard let value = self.port(at: register) else { return false }
      port = value
    }
    steps.effect(.tproxy(address: address, port: port))
    let kind = family.map { $0 == .ipv4 ? " ip" : " ip6" } ?? ""
    let target = address.map { $0.family == .ipv6 ? "[\($0)]" : "\($0)" } ?? ""
    text.statement("tproxy\(kind) to \(target)\(port.map { ":\($0)" } ?? "")")
    return true
  }

  // MARK: Other verdicts

  /// `enum nft_reject_types`: an ICMP message, a reset, or the message of the packet's own family.
  mutating func reject(_ data: Bytes) -> Bool {
    guard let type = data.number(NFTA_REJECT_TYPE) else { return false }
    let code = data.attribute(NFTA_REJECT_ICMP_CODE)?.byte(0) ?? 0
    switch type {
    case 0:
      let reply = RejectReply.all(in: knownFamily ?? .ipv4).first { $0.code == code }
      guard let reply else { return false }
      rejects(with: reply.name)
    case 1: rejects(with: "tcp-reset")
    case 2:
      guard let end = RejectReply.ending(eitherFamily: Int(code), settled: knownFamily) else {
        return false
      }
      switch end {
      case .verdict(let verdict): steps.verdict(verdict)
      case .test(let test): steps.test(test)
      case .effect: return false
      }
      // The usual one goes without saying.
      let name = RejectReply.ofEitherFamily[Int(code)].nftName
      text.statement("reject" + (name == "port-unreachable" ? "" : " with icmpx \(name)"))
    default: return false
    }
    return true
  }

  private mutating func rejects(with reply: String) {
    steps.verdict(.reject(with: reply))
    text.verdict(.reject(with: reply))
  }

  mutating func queue(_ data: Bytes) -> Bool {
    guard let number = data.attribute(NFTA_QUEUE_NUM)?.network(0, as: UInt16.self) else {
      return false
    }
    let total = data.attribute(NFTA_QUEUE_TOTAL)?.network(0, as: UInt16.self) ?? 1
    let last = number &+ max(1, total) &- 1
    let flags = data.attribute(NFTA_QUEUE_FLAGS)?.network(0, as: UInt16.self) ?? 0
    let words = (flags & 1 != 0 ? ["bypass"] : []) + (flags & 2 != 0 ? ["fanout"] : [])
    let verdict = Verdict.queue(
      "queue" + (words.isEmpty ? "" : " flags " + words.joined(separator: ","))
        + " to " + NAT.text(min(number, last)...last))
    steps.verdict(verdict)
    text.verdict(verdict)
    return true
  }

  // MARK: What counts, and what does nothing

  /// Holds or fails by what came before: a Boolean of this place.
  mutating func stateful(_ name: String, _ data: Bytes) -> Bool {
    let saved = isIptables ? StatefulWords.saved(name, data) : nil
    let words = saved ?? StatefulWords.text(name, data) ?? (name: name, detail: data.hex)
    steps.require(
      Constraint(
        .unknown(UnknownMatch(name: words.name, detail: words.detail, isStateful: true)), is: 1))
    if saved != nil {
      text.match("-m \(words.name) \(words.detail)")
    } else {
      text.statement("\(words.name) \(words.detail)")
    }
    return true
  }

  /// A named counter, quota, limit …: some of them can fail the rule.
  mutating func object(_ data: Bytes) -> Bool {
    guard let type = data.number(NFTA_OBJREF_IMM_TYPE) else {
      // A map of objects.
      steps.require(
        Constraint(
          .unknown(UnknownMatch(name: "objref", detail: data.hex, isStateful: true)), is: 1))
      text.statement("[objref \(data.hex)]")
      return true
    }
    let name = data.attribute(NFTA_OBJREF_IMM_NAME)?.text ?? ""
    // NFT_OBJECT_*: those that may break off the rule are quota, limit, ct count; synproxy steals.
    let kinds = [
      1: "counter", 2: "quota", 3: "ct helper", 4: "limit", 5: "ct count", 6: "tunnel",
      7: "ct timeout", 8: "secmark", 9: "ct expectation",
    ]
    guard let kind = kinds[Int(type)] else { return false }
    let words = "\(kind) name \"\(name)\""
    if kind == "counter" {
      // Counts, as the nameless one does.
    } else if ["quota", "limit", "ct count"].contains(kind) {
      steps.require(
        Constraint(
          .unknown(UnknownMatch(name: kind, detail: "name \"\(name)\"", isStateful: true)), is: 1))
    } else {
      steps.effect(.aside(words))
    }
    text.statement(words)
    return true
  }

  mutating func aside(_ name: String, _ data: Bytes) -> Bool {
    let words =
      switch name {
      case "log":
        data.attribute(NFTA_LOG_PREFIX).map { "log prefix \"\($0.text)\"" } ?? "log"
      case "dynset": "add @\(data.attribute(NFTA_DYNSET_SET_NAME)?.text ?? "")"
      default: name
      }
    steps.effect(.aside(words))
    text.statement(words)
    return true
  }
}

extension MarkFormula {
  /// `0x00000539`, `ct mark`, `ct mark & 0xfffff000 | 0x00000111`.
  fileprivate var inNFT: String {
    func hex(_ value: UInt32) -> String {
      let digits = String(value, radix: 16)
      return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
    var terms: [String] = []
    // `mark | 0x10` clears a bit to set it.
    if constant != 0, packet == ~constant, connection == 0 { return "meta mark | \(hex(constant))" }
    if constant != 0, connection == ~constant, packet == 0 { return "ct mark | \(hex(constant))" }
    if packet != 0 { terms.append(packet == .max ? "meta mark" : "meta mark & \(hex(packet))") }
    if connection != 0 {
      terms.append(connection == .max ? "ct mark" : "ct mark & \(hex(connection))")
    }
    if constant != 0 || terms.isEmpty { terms.append(hex(constant)) }
    let overlaps = packet & connection | (packet | connection) & constant != 0
    return terms.joined(separator: overlaps ? " ^ " : " | ")
  }
}
