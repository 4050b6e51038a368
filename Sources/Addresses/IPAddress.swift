/// The two families of the internet protocol.
public enum Family: UInt8, Hashable, Sendable, Comparable, CaseIterable {
  case ipv4 = 4
  case ipv6 = 6

  /// Bits of an address.
  public var width: Int { self == .ipv4 ? 32 : 128 }

  /// `IPv4` or `IPv6`.
  public var title: String { self == .ipv4 ? "IPv4" : "IPv6" }

  /// Every address of the family, as numbers.
  public var addresses: ClosedRange<UInt128> {
    0...(self == .ipv4 ? UInt128(UInt32.max) : .max)
  }

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// An address of either family: the family and its bits as one number.
///
/// `10.0.0.1` and `::a00:1` have the same bits and differ by family; an IPv4-mapped address such as
/// `::ffff:10.0.0.1` is an IPv6 address, as it is to Go's `netip` and to the kernel's packet.
public struct IPAddress: Hashable, Sendable, Comparable {
  public var family: Family
  public var bits: UInt128

  /// Bits beyond the family's width are cut off.
  public init(_ family: Family, _ bits: UInt128) {
    self.family = family
    self.bits = bits & family.addresses.upperBound
  }

  /// 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    family == .ipv4 ? bits >> 24 == 127 : bits == 1
  }

  public var isMulticast: Bool { family.multicast.contains(bits) }

  /// 255.255.255.255.
  public var isLimitedBroadcast: Bool { family == .ipv4 && bits == 0xFFFF_FFFF }

  public static func < (a: Self, b: Self) -> Bool {
    (a.family, a.bits) < (b.family, b.bits)
  }
}

// MARK: - Text

extension IPAddress: CustomStringConvertible, LosslessStringConvertible {
  /// Dotted decimal without leading zeros, or RFC 4291 text without a zone; nil for anything else.
  ///
  /// The same texts as Go's `netip.ParseAddr` takes, which is what every Istio stage uses.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    if bytes.contains(UInt8(ascii: ":")) {
      guard let bits = IPv6Text.parse(bytes[...]) else { return nil }
      self.init(.ipv6, bits)
    } else {
      guard let bits = IPv4Text.parse(bytes[...]) else { return nil }
      self.init(.ipv4, UInt128(bits))
    }
  }

  /// Dotted decimal, or RFC 5952 with the IPv4-mapped form for `::ffff:0:0/96`.
  public var description: String {
    switch family {
    case .ipv4: IPv4Text.print(UInt32(truncatingIfNeeded: bits))
    case .ipv6: IPv6Text.print(bits)
    }
  }
}

private enum IPv4Text {
  static func parse(_ text: ArraySlice<UInt8>) -> UInt32? {
    let items = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard items.count == 4 else { return nil }
    var bits: UInt32 = 0
    for item in items {
      guard (1...3).contains(item.count), item.count == 1 || item.first != UInt8(ascii: "0")
      else { return nil }
      var octet: UInt32 = 0
      for digit in item {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        octet = octet * 10 + UInt32(digit - UInt8(ascii: "0"))
      }
      guard octet <= 255 else { return nil }
      bits = bits << 8 | octet
    }
    return bits
  }

  static func print(_ bits: UInt32) -> String {
    String(unsafeUninitializedCapacity: 15) { text in
      var end = 0
      func add(_ character: UInt8) {
        text[end] = character
        end += 1
      }
      for place in 0..<4 {
        let octet = UInt8(truncatingIfNeeded: bits >> (24 - 8 * UInt32(place)))
        if place > 0 { add(UInt8(ascii: ".")) }
        if octet >= 100 { add(UInt8(ascii: "0") + octet / 100) }
        if octet >= 10 { add(UInt8(ascii: "0") + octet / 10 % 10) }
        add(UInt8(ascii: "0") + octet % 10)
      }
      return end
    }
  }
}

private enum IPv6Text {
  static func parse(_ text: ArraySlice<UInt8>) -> UInt128? {
    var groups: [UInt16] = []
    var gap: Int?
    var rest = text
    if rest.starts(with: "::".utf8) {
      gap = 0
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
      let word = rest[..<end]
      if end == rest.endIndex, word.contains(UInt8(ascii: ".")) {
        guard let tail = IPv4Text.parse(word) else { return nil }
        groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
        rest = []
        break
      }
      guard let group = hex(word) else { return nil }
      groups.append(group)
      rest = rest[end...].dropFirst()
      if end < text.endIndex, rest.isEmpty { return nil }
      if rest.first == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = groups.count
        rest = rest.dropFirst()
      }
    }
    guard groups.count <= (gap == nil ? 8 : 7), gap != nil || groups.count == 8 else { return nil }
    let head = groups[..<(gap ?? groups.count)]
    let tail = groups[(gap ?? groups.count)...]
    let zeros = [UInt16](repeating: 0, count: 8 - groups.count)
    return (head + zeros + tail).reduce(0) { $0 << 16 | UInt128($1) }
  }

  private static func hex(_ word: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(word.count) else { return nil }
    var value: UInt16 = 0
    for digit in word {
      guard let number = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
      value = value << 4 | UInt16(number)
    }
    return value
  }

  static func print(_ bits: UInt128) -> String {
    if bits >> 32 == 0xFFFF {
      return "::ffff:" + IPv4Text.print(UInt32(truncatingIfNeeded: bits))
    }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (16 * (7 - $0))) }
    let gap = longestZeros(groups)
    func joined(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard let gap else { return joined(groups[...]) }
    return joined(groups[..<gap.lowerBound]) + "::" + joined(groups[gap.upperBound...])
  }

  /// The first of the longest runs of at least two zero groups.
  private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
    var best: Range<Int>?
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
      if index - start >= max(2, (best?.count ?? 1) + 1) { best = start..<index }
      start = index + 1
    }
    return best
  }
}
