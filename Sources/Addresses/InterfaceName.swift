/// A network interface's name as the kernel keeps it: sixteen bytes, padded with zeros, here one
/// number with the first byte on top.
///
/// So a name is a value and a wildcard such as `eth+` is an interval, like every other match.
public struct InterfaceName: Hashable, Sendable, Comparable {
  public let bits: UInt128

  public init(bits: UInt128) {
    self.bits = bits
  }

  /// At most fifteen bytes, none of them NUL, `/` or white space, as the kernel's `dev_valid_name`
  /// has it; nil otherwise.
  public init?(_ text: String) {
    guard (1...15).contains(text.utf8.count), text != ".", text != "..",
      text.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") })
    else { return nil }
    bits = Self.pack(text.utf8)
  }

  public static let loopback = InterfaceName(bits: pack("lo".utf8))
  public static let firstEthernet = InterfaceName(bits: pack("eth0".utf8))
  /// Stands for what no rule names.
  public static let other = InterfaceName(bits: pack("other".utf8))

  /// Every name that starts with `stem`; the kernel compares just those bytes.
  public static func names(startingWith stem: some Collection<UInt8>) -> ClosedRange<UInt128> {
    let low = pack(stem)
    let freeBits = UInt128(8 * max(0, 16 - stem.count))
    let free: UInt128 = freeBits == 128 ? .max : (1 << freeBits) - 1
    return low...(low | free)
  }

  private static func pack(_ bytes: some Collection<UInt8>) -> UInt128 {
    bytes.prefix(16).enumerated().reduce(0) { bits, next in
      bits | UInt128(next.element) << UInt128(8 * (15 - next.offset))
    }
  }

  public static func < (a: Self, b: Self) -> Bool { a.bits < b.bits }
}

extension InterfaceName: CustomStringConvertible {
  public var description: String {
    let bytes = (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(8 * (15 - $0))) }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
