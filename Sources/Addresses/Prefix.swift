/// An address and a length, such as `10.1.2.3/8`. Host bits are kept, for Istio prints them; the
/// addresses it stands for are those of the masked network, as the kernel's tools take them.
public struct Prefix: Hashable, Sendable, Comparable {
  public var address: IPAddress
  public var length: Int

  /// `length` must be in 0...`address.family.width`.
  public init(_ address: IPAddress, length: Int) {
    precondition((0...address.family.width).contains(length))
    self.address = address
    self.length = length
  }

  /// The prefix of this one address.
  public init(_ address: IPAddress) {
    self.init(address, length: address.family.width)
  }

  public var family: Family { address.family }

  private var hostMask: UInt128 {
    let hostBits = family.width - length
    return hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
  }

  /// The same prefix without host bits.
  public var network: Prefix {
    Prefix(IPAddress(family, address.bits & ~hostMask), length: length)
  }

  /// First to last address, as numbers of the family.
  public var range: ClosedRange<UInt128> {
    network.address.bits...(address.bits | hostMask)
  }

  /// The IPv4 prefix that addresses of `::ffff:0:0/96` stand for (RFC 4291 2.5.5.2); absent for
  /// every other. A socket that connects to such an address sends IPv4.
  public var unmapped: Prefix? {
    guard family == .ipv6, length >= 96, address.bits >> 32 == 0xFFFF else { return nil }
    return Prefix(IPAddress(.ipv4, address.bits & 0xFFFF_FFFF), length: length - 96)
  }

  /// Why an IPv4-mapped prefix is no destination, and which to write; nil for every other.
  public var whyMappedIsRefused: String? {
    unmapped.map { plain in
      "\(self) is IPv4-mapped, and packets to it leave as IPv4; write \(plain.short)"
    }
  }

  public func contains(_ other: IPAddress) -> Bool {
    other.family == family && range.contains(other.bits)
  }

  public static func < (a: Self, b: Self) -> Bool {
    (a.address, a.length) < (b.address, b.length)
  }
}

extension Prefix: CustomStringConvertible, LosslessStringConvertible {
  /// `ADDRESS/LENGTH` as Go's `netip.ParsePrefix` takes it: the length is decimal without sign or
  /// leading zero, the mask is mandatory and there is no zone.
  public init?(_ text: some StringProtocol) {
    guard let slash = text.lastIndex(of: "/"), let address = IPAddress(text[..<slash]) else {
      return nil
    }
    let digits = text[slash...].dropFirst()
    guard (1...3).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.count == 1 || digits.first != "0",
      let length = Int(digits), length <= address.family.width
    else { return nil }
    self.init(address, length: length)
  }

  public var description: String { "\(address)/\(length)" }

  /// The address alone where it is but one; else `description`.
  public var short: String { length == family.width ? "\(address)" : description }
}

// MARK: - Sets

extension Prefix {
  /// The fewest prefixes that cover exactly `set`, in order of address.
  ///
  /// Values beyond the family's width are ignored. O(intervals × width).
  public static func cover(of set: IntervalSet, in family: Family) -> [Prefix] {
    var prefixes: [Prefix] = []
    for interval in set.intersection(IntervalSet([family.addresses])).intervals {
      var start = interval.lowerBound
      while true {
        let aligned = start == 0 ? family.width : min(start.trailingZeroBitCount, family.width)
        var hostBits = aligned
        while hostBits > 0, !fits(start, hostBits, in: interval, family) { hostBits -= 1 }
        let prefix = Prefix(IPAddress(family, start), length: family.width - hostBits)
        prefixes.append(prefix)
        if prefix.range.upperBound >= interval.upperBound { break }
        start = prefix.range.upperBound + 1
      }
    }
    return prefixes
  }

  private static func fits(
    _ start: UInt128, _ hostBits: Int, in interval: ClosedRange<UInt128>, _ family: Family
  ) -> Bool {
    let size: UInt128 = hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
    return interval.upperBound - start >= size
  }
}

extension IntervalSet {
  /// The addresses of all `prefixes`, as numbers; the prefixes should be of one family.
  public init(_ prefixes: some Sequence<Prefix>) {
    self.init(prefixes.map(\.range))
  }
}
