import Addresses
import Ruleset

/// A rule in nft's words.
struct NFTText {
  private var line = Line()
  /// The last word if it is `>= N`, to be one range with a `<= M` that follows.
  private var lowerBound: (place: Line.Place, name: String, number: UInt128)?
  /// The guards (`meta l4proto tcp`, `meta nfproto ipv4`) that nft writes itself and leaves out when
  /// it lists the match that needs them.
  private var protocolGuard: Line.Place?
  private var familyGuard: Line.Place?

  mutating func add(_ text: String) {
    line.word { $0 += text }
    lowerBound = nil
  }

  mutating func lookup(_ loads: [Load], _ text: String) {
    for load in loads { dropGuard(of: load) }
    add(text)
  }

  mutating func compare(_ load: Load, _ comparison: Comparison) {
    dropGuard(of: load)
    if case .lessOrEqual = comparison.relation, let low = lowerBound, low.name == load.name {
      line.hide(low.place)
      return add("\(load.name) \(load.value(low.number))-\(load.value(comparison.number))")
    }
    let place = line.word { Self.write(load, comparison, to: &$0) }
    if case .greaterOrEqual = comparison.relation {
      lowerBound = (place, load.name, comparison.number)
    } else {
      lowerBound = nil
    }
    if comparison.relation.isPlain, !comparison.isNegated, !load.isMasked {
      if load.name == "meta l4proto" { protocolGuard = place }
      if load.name == "meta nfproto" { familyGuard = place }
    }
  }

  private mutating func dropGuard(of load: Load) {
    let isICMP = load.layer == .transport && load.name.hasPrefix("icmp")
    if load.layer == .network || isICMP, let place = familyGuard {
      line.hide(place)
      familyGuard = nil
    }
    if load.layer == .transport, let place = protocolGuard {
      line.hide(place)
      protocolGuard = nil
    }
  }

  /// All words; the next rule starts anew.
  mutating func finish() -> String {
    lowerBound = nil
    protocolGuard = nil
    familyGuard = nil
    return line.finish()
  }
}

extension Comparison.Relation {
  var isPlain: Bool { if case .equal = self { true } else { false } }
}

// MARK: - Words

extension NFTText {
  /// `tcp dport != { 53, 15008 }`.
  static func text(_ load: Load, _ comparison: Comparison) -> String {
    var line = Line()
    line.word { write(load, comparison, to: &$0) }
    return line.finish()
  }

  private static func write(_ load: Load, _ comparison: Comparison, to line: inout Line) {
    if case .masked(.tcpFlags) = load.subject, load.isMasked {
      line += flags(load, comparison)
      return
    }
    line += load.leftSide
    line += " "
    switch comparison.relation {
    case .equal: line += load.equality(comparison)
    case .less: line += "< "
    case .lessOrEqual: line += "<= "
    case .greater: line += "> "
    case .greaterOrEqual: line += ">= "
    case .range, .elements, .named: if comparison.isNegated { line += "!= " }
    }
    switch comparison.relation {
    case .range: line += load.values(comparison.numbers).joined(separator: ", ")
    case .elements(let words): line += words
    case .named(let set):
      line += "@"
      line += set
    default: line += load.value(comparison.number)
    }
  }
}

extension NFTText {
  /// `tcp flags syn` asks for any of the flags, `tcp flags syn / syn,ack` for these among those.
  private static func flags(_ load: Load, _ comparison: Comparison) -> String {
    let mask = TCPFlags.text(UInt8(truncatingIfNeeded: load.mask), separator: ",")
    if comparison.number == 0 { return "\(load.name) \(comparison.isNegated ? "" : "! ")\(mask)" }
    let flags = TCPFlags.text(UInt8(truncatingIfNeeded: comparison.number), separator: ",")
    return "\(load.name) \(comparison.isNegated ? "!= " : "")\(flags) / \(mask)"
  }
}

extension Load {
  /// The load with its mask: `meta mark & 0x00000fff`.
  fileprivate var leftSide: String {
    guard isMasked, !isPrefix, !isState else { return name }
    let bits = addressFamily.map { IPAddress($0, mask << UInt128($0.width - 8 * width)).inTools }
    let masked = "\(name) & \(bits ?? hex(mask))"
    return xor == 0 ? masked : "\(masked) ^ \(hex(xor))"
  }

  /// Between the two sides: nothing for a plain equality.
  fileprivate func equality(_ comparison: Comparison) -> String {
    if isState, isMasked { return comparison.isNegated ? "" : "! " }
    if isMasked, !isPrefix { return comparison.isNegated ? "!= " : "== " }
    return comparison.isNegated ? "!= " : ""
  }

  /// The mask leaves the first bits, as a prefix does.
  fileprivate var isPrefix: Bool {
    guard case .number = subject, xor == 0 else { return false }
    return mask == UInt128.ones(8 * width) & ~UInt128.ones(mask.trailingZeroBitCount)
  }

  fileprivate var isState: Bool {
    if case .coded(.connectionState, _) = subject { true } else { false }
  }

  fileprivate func values(_ numbers: IntervalSet) -> [String] {
    numbers.intervals.map { interval in
      if interval.lowerBound == interval.upperBound { return value(interval.lowerBound) }
      if let prefix = prefix(interval) { return prefix }
      return "\(value(interval.lowerBound))-\(value(interval.upperBound))"
    }
  }

  private func prefix(_ interval: IntervalSet.Interval) -> String? {
    guard let family = addressFamily, 8 * width == family.width else { return nil }
    let cover = Prefix.cover(of: IntervalSet([interval]), in: family)
    return cover.count == 1 ? cover.first.map { "\($0.address.inTools)/\($0.length)" } : nil
  }

  var addressFamily: Family? {
    switch subject {
    case .number(.source, _), .number(.destination, _):
      name.hasPrefix("ip6") || name.hasPrefix("ipv6") ? .ipv6 : .ipv4
    default: nil
    }
  }

  /// A key of a set: one number or a range.
  func words(_ interval: IntervalSet.Interval) -> String {
    values(IntervalSet([interval])).first ?? ""
  }

  /// One number of the registers, as nft writes values of this kind.
  func value(_ number: UInt128) -> String {
    switch subject {
    case .number(let field, _): value(number, of: field)
    case .indexed(let field, let codes): codedName(number, field: field, codes: codes)
    case .coded(let field, let codes):
      isMasked && field == .connectionState
        ? stateNames(codes) : codedName(number, field: field, codes: codes)
    case .masked(.tcpFlags): TCPFlags.text(UInt8(truncatingIfNeeded: number), separator: " | ")
    case .masked: hex(number)
    case .unknown where name == "meta pkttype" && number < 4:
      ["host", "broadcast", "multicast", "other"][Int(number)]
    case .unknown: width <= 4 ? "\(number)" : hex(number)
    }
  }

  private func value(_ number: UInt128, of field: Field) -> String {
    switch field {
    case .source, .destination:
      guard let family = addressFamily else { return hex(number) }
      let address = IPAddress(family, number << UInt128(family.width - 8 * width))
      let length =
        isPrefix ? 8 * width - mask.trailingZeroBitCount : isMasked ? family.width : 8 * width
      return length == family.width ? address.inTools : "\(address.inTools)/\(length)"
    case .inputInterface, .outputInterface:
      let name = InterfaceName(bits: number << UInt128(128 - 8 * width))
      return number & 0xFF == 0 || width == 16 ? "\"\(name)\"" : "\"\(name)*\""
    case .transportProtocol:
      return "\(TransportProtocol(rawValue: UInt8(truncatingIfNeeded: number)))"
    default: return "\(number)"
    }
  }

  /// `ct state & (established | related) != 0` is what nft lists as `ct state established,related`.
  private func stateNames(_ codes: [Code]) -> String {
    codes.filter { $0.code & mask != 0 }.compactMap {
      ConnectionState(rawValue: UInt8(truncatingIfNeeded: $0.value)).map { "\($0)" }
    }.joined(separator: ",")
  }

  private func codedName(_ number: UInt128, field: Field, codes: [Code]) -> String {
    guard let value = codes.first(where: { $0.code == number })?.value else { return hex(number) }
    let raw = UInt8(truncatingIfNeeded: value)
    return switch field {
    case .family:
      raw == 4
        ? (name == "meta protocol" ? "ip" : "ipv4") : "ip\(name == "meta protocol" ? "" : "v")6"
    case .connectionState: ConnectionState(rawValue: raw).map { "\($0)" } ?? "\(raw)"
    case .sourceType, .destinationType: AddressType(rawValue: raw).map { "\($0)" } ?? "\(raw)"
    case .inputInterface, .outputInterface: "\"\(InterfaceName(bits: value))\""
    default: "\(number)"
    }
  }

  /// `0x` and the digits of the load's width.
  func hex(_ number: UInt128) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, 2 * width - digits.count)) + digits
  }
}
