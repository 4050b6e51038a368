import Addresses
import Ruleset

extension IPTables {
  /// The texts of single values, as the C library and libxtables read them.
  enum Values {
    /// As `strtoul` with base 0 reads the whole of `text`: leading white space, a plus sign, `0x`
    /// for hexadecimal, `0` for octal. No minus sign.
    static func number(_ text: some StringProtocol, upTo limit: UInt64 = .max) -> UInt64? {
      var digits = Substring(text).utf8.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
      if digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
      var base: UInt64 = 10
      if digits.first == UInt8(ascii: "0"), digits.count > 1 {
        let isHex = digits.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
        base = isHex ? 16 : 8
        digits = digits.dropFirst(isHex ? 2 : 1)
      }
      guard !digits.isEmpty else { return nil }
      var value: UInt64 = 0
      for byte in digits {
        guard let digit = digit(byte), digit < base else { return nil }
        let (product, tooBig) = value.multipliedReportingOverflow(by: base)
        let (sum, carry) = product.addingReportingOverflow(digit)
        guard !tooBig, !carry, sum <= limit else { return nil }
        value = sum
      }
      return value
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
      default: nil
      }
    }

    static func number32(_ text: some StringProtocol) -> UInt32? {
      number(text, upTo: UInt64(UInt32.max)).map(UInt32.init)
    }

    /// A port by number or service name.
    static func port(_ text: some StringProtocol) -> UInt16? {
      number(text, upTo: 65535).map(UInt16.init) ?? IPTables.services[String(text)]
    }

    /// A protocol by number or name, in any case of letters.
    static func transport(_ text: String) -> UInt8? {
      IPTables.protocols[text] ?? number(text, upTo: 255).map(UInt8.init)
        ?? IPTables.protocols[text.lowercased()]
    }

    /// `VALUE` or `VALUE/MASK`.
    static func mark(_ text: String) -> (value: UInt32, mask: UInt32)? {
      let items = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = items.first, let value = number32(first) else { return nil }
      guard items.count == 2 else { return (value, .max) }
      return number32(items[1]).map { (value, $0) }
    }

    /// An address as `inet_aton` (IPv4) or `inet_pton` (IPv6) reads it.
    static func address(_ text: some StringProtocol, _ family: Family) -> IPAddress? {
      switch family {
      case .ip6:
        guard let address = IPAddress(text), address.family == .ipv6 else { return nil }
        return address
      case .ip:
        if let address = IPAddress(text) { return address.family == .ipv4 ? address : nil }
        return shortAddress(text)
      }
    }

    /// Dotted bytes of any base, missing ones being zero (`10.1` is 10.1.0.0); failing that, as
    /// `inet_aton` has it, the last number fills all remaining bytes.
    private static func shortAddress(_ text: some StringProtocol) -> IPAddress? {
      let items = text.split(separator: ".", omittingEmptySubsequences: false)
      guard items.count <= 4, items.allSatisfy({ $0.utf8.first.map(isDigit) == true })
      else { return nil }
      var bits: UInt64 = 0
      for (index, item) in items.enumerated() {
        let isLast = index == items.count - 1
        let rest = UInt64(8 * (4 - index))
        let limit: UInt64 = isLast ? 1 << rest - 1 : 255
        guard let value = number(item, upTo: limit) else { return nil }
        let fills = isLast && value > 255
        bits = fills ? bits << rest | value : bits << 8 | value
        if isLast, !fills { bits <<= rest - 8 }
      }
      return IPAddress(.ipv4, UInt128(bits))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The mask after a `/`: a length, or an address whose one-bits count.
    static func mask(_ text: Substring, _ family: Family) -> UInt128? {
      let all: UInt128 = family == .ip ? UInt128(UInt32.max) : .max
      let width = family == .ip ? 32 : 128
      if let length = number(text, upTo: UInt64(width)) {
        return length == 0 ? 0 : all << UInt128(width - Int(length)) & all
      }
      return text.contains(family == .ip ? "." : ":") ? address(text, family)?.bits : nil
    }

    /// All addresses that agree with `bits` where `mask` has ones; nil where they lie in more than
    /// a thousand pieces.
    static func addresses(_ bits: UInt128, mask: UInt128, _ family: Family) -> IntervalSet? {
      let all: UInt128 = family == .ip ? UInt128(UInt32.max) : .max
      let free = ~mask & all
      let low = free & ~(free &+ 1)
      var scattered = free & ~low
      guard scattered.nonzeroBitCount <= 10 else { return nil }
      var starts = [bits & mask]
      while scattered != 0 {
        let bit: UInt128 = scattered & (~scattered + 1)
        starts += starts.map { $0 | bit }
        scattered &= ~bit
      }
      return IntervalSet(starts.map { $0...($0 | low) })
    }
  }
}

extension Family {
  init(_ family: IPTables.Family) { self = family == .ip ? .ipv4 : .ipv6 }
}
