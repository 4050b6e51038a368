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

    /// An IPv6 address, or an IPv4 address of one to four numbers of any base, missing ones being
    /// zero: `10.1` is 10.1.0.0.
    static func address(_ text: some StringProtocol, _ family: Family) -> IPAddress? {
      if let address = IPAddress(text) {
        return address.family == self.family(family) ? address : nil
      }
      guard family == .ip, let items = dottedNumbers(text), items.allSatisfy({ $0 <= 255 }) else {
        return nil
      }
      let bits = (items + [0, 0, 0]).prefix(4).reduce(0) { $0 << 8 | $1 }
      return IPAddress(.ipv4, UInt128(bits))
    }

    /// As `address`, and where that fails as `inet_aton` has it: the last number fills all bytes
    /// that are left. So the tool reads sources and destinations.
    static func host(_ text: some StringProtocol, _ family: Family) -> IPAddress? {
      if let address = address(text, family) { return address }
      guard family == .ip, let items = dottedNumbers(text), let last = items.last else {
        return nil
      }
      let rest = UInt64(8 * (5 - items.count))
      guard items.dropLast().allSatisfy({ $0 <= 255 }), last < 1 << rest else { return nil }
      return IPAddress(.ipv4, UInt128(items.dropLast().reduce(0) { $0 << 8 | $1 } << rest | last))
    }

    private static func dottedNumbers(_ text: some StringProtocol) -> [UInt64]? {
      let items = text.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
      let numbers = items.compactMap { item in
        item.utf8.first.flatMap(digit).flatMap { $0 < 10 ? number(item) : nil }
      }
      return numbers.count == items.count && numbers.count <= 4 ? numbers : nil
    }

    private static func family(_ family: Family) -> Addresses.Family {
      family == .ip ? .ipv4 : .ipv6
    }

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
