import Addresses
import Ruleset

/// What a legacy entry compares before its matches: addresses, interfaces, protocol.
extension RuleDecoder {
  /// `IPT_INV_*`.
  private enum Inverted {
    static let input: UInt8 = 1
    static let output: UInt8 = 2
    static let tos: UInt8 = 4
    static let source: UInt8 = 8
    static let destination: UInt8 = 16
    static let fragment: UInt8 = 32
    static let transport: UInt8 = 64
  }

  mutating func decode(header entry: Bytes, _ layout: EntryLayout) {
    let invert = entry.byte(layout.invert) ?? 0
    address(entry, layout.source, layout.sourceMask, .source, invert & Inverted.source != 0)
    address(
      entry, layout.destination, layout.destinationMask, .destination,
      invert & Inverted.destination != 0)
    interface(entry, layout.input, layout.inputMask, .inputInterface, invert & Inverted.input != 0)
    interface(
      entry, layout.output, layout.outputMask, .outputInterface, invert & Inverted.output != 0)
    if let proto = entry.host(layout.transport, as: UInt16.self), proto != 0 {
      let load = Load(
        .number(.transportProtocol, bits: 8), "meta l4proto", width: 1)
      require(
        load,
        Comparison(
          relation: .equal, isNegated: invert & Inverted.transport != 0,
          numbers: IntervalSet(UInt128(proto & 0xFF))))
    }
    // IPT_F_FRAG, IP6T_F_TOS.
    let special: UInt8 = layout.size == EntryLayout.ipv4.size ? 1 : 2
    if let flags = entry.byte(layout.flags), flags & special != 0 {
      let isNegated = invert & (special == 1 ? Inverted.fragment : Inverted.tos) != 0
      let name = special == 1 ? "fragment" : "tos"
      steps.require(
        Constraint(.unknown(UnknownMatch(name: name, detail: "")), is: isNegated ? 0 : 1))
      text.match(special == 1 ? "\(isNegated ? "! " : "")-f" : "[\(isNegated ? "! " : "")tos]")
    }
  }

  private mutating func address(
    _ entry: Bytes, _ place: Int, _ maskPlace: Int, _ field: Field, _ isNegated: Bool
  ) {
    guard let family = knownFamily, let bits = entry.slice(place, family.width / 8)?.bigEndian,
      let mask = entry.slice(maskPlace, family.width / 8)?.bigEndian, mask != 0 || isNegated
    else { return }
    let prefix = family == .ipv4 ? "ip" : "ip6"
    var load = Load(
      .number(field, bits: family.width),
      "\(prefix) \(field == .source ? "saddr" : "daddr")", width: family.width / 8)
    load.mask = mask
    require(
      load, Comparison(relation: .equal, isNegated: isNegated, numbers: IntervalSet(bits)))
  }

  private mutating func interface(
    _ entry: Bytes, _ place: Int, _ maskPlace: Int, _ field: Field, _ isNegated: Bool
  ) {
    guard let mask = entry.slice(maskPlace, 16)?.array,
      let length = mask.firstIndex(of: 0) ?? (mask.isEmpty ? nil : 16), length > 0 || isNegated,
      let name = entry.slice(place, max(1, length))
    else { return }
    guard length > 0 else { return }
    var load = Load(
      .number(field, bits: 128), field == .inputInterface ? "iifname" : "oifname",
      width: 16)
    guard let number = load.take(name) else { return }
    require(
      load, Comparison(relation: .equal, isNegated: isNegated, numbers: IntervalSet(number)))
  }

  mutating func legacyRule(counter: Counter?, offset: Int) -> Rule {
    Rule(
      steps.finish(), text: text.finish(), comment: comment, counter: counter,
      origin: .offset(offset))
  }
}
