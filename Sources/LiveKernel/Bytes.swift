internal import Glibc

/// Bytes that came from outside, and the only way this room reads them: each access checks its
/// bounds and answers nil past the end.
///
/// They are borrowed: a `Bytes` is good only as long as the buffer it was made from, which is the
/// closure or loop that handed it out. Whatever is kept is copied.
struct Bytes {
  private let buffer: UnsafeRawBufferPointer

  init(_ buffer: UnsafeRawBufferPointer) {
    self.buffer = buffer
  }

  static var empty: Bytes { Bytes(UnsafeRawBufferPointer(start: nil, count: 0)) }

  var count: Int { buffer.count }
  var isEmpty: Bool { buffer.isEmpty }

  /// `count` bytes from `offset` on.
  func slice(_ offset: Int, _ count: Int) -> Bytes? {
    guard offset >= 0, count >= 0, offset <= buffer.count, count <= buffer.count - offset
    else { return nil }
    return Bytes(UnsafeRawBufferPointer(rebasing: buffer[offset..<(offset + count)]))
  }

  func dropFirst(_ count: Int) -> Bytes? {
    slice(count, buffer.count - count)
  }
}

// MARK: - Numbers

extension Bytes {
  func byte(_ offset: Int) -> UInt8? {
    host(offset, as: UInt8.self)
  }

  /// A number in this machine's byte order, aligned or not.
  func host<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: Number.Type) -> Number?
  {
    guard offset >= 0, offset <= buffer.count - MemoryLayout<Number>.size else { return nil }
    return buffer.loadUnaligned(fromByteOffset: offset, as: Number.self)
  }

  /// A number in network byte order.
  func network<Number: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as: Number.Type
  ) -> Number? {
    host(offset, as: Number.self).map(Number.init(bigEndian:))
  }

  /// All bytes as one number, the first on top; nil for more than sixteen.
  var bigEndian: UInt128? {
    guard buffer.count <= 16 else { return nil }
    var number: UInt128 = 0
    for byte in buffer { number = number << 8 | UInt128(byte) }
    return number
  }

  /// All bytes as one number in this machine's order; nil for more than sixteen.
  var hostEndian: UInt128? {
    guard buffer.count <= 16 else { return nil }
    guard Int(1).littleEndian == 1 else { return bigEndian }
    var number: UInt128 = 0
    for byte in buffer.reversed() { number = number << 8 | UInt128(byte) }
    return number
  }
}

// MARK: - Text

extension Bytes {
  /// Up to the first NUL or the end.
  var text: String {
    String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Whether the text up to the first NUL or the end is this one; so that a `switch` over names from
  /// the kernel makes no strings.
  static func ~= (name: StaticString, bytes: Bytes) -> Bool {
    let length = name.utf8CodeUnitCount
    guard length <= bytes.count, length == bytes.count || bytes.buffer[length] == 0 else {
      return false
    }
    return bytes.buffer.baseAddress.map { memcmp($0, name.utf8Start, length) == 0 } ?? false
  }

  var array: [UInt8] { Array(buffer) }

  /// `0x` and two digits a byte; a long run of zeros, such as the padding of an x_tables blob, by its
  /// length: `0x0001000005(507 zero bytes)`.
  var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var text = Array("0x".utf8)
    var zeros = 0
    for (index, byte) in buffer.enumerated() {
      zeros = byte == 0 ? zeros + 1 : 0
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      let runEnds = index + 1 == buffer.count || buffer[index + 1] != 0
      if runEnds, zeros >= Self.longRun {
        text.removeLast(2 * zeros)
        text += Array("(\(zeros) zero bytes)".utf8)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// More zeros than an address or two.
  private static var longRun: Int { 32 }
}

// MARK: - Netlink attributes

extension Bytes {
  /// The attributes in these bytes, as `struct nlattr` lays them out: length, type, padded to four.
  ///
  /// The walk ends where an attribute claims more than there is; `isWhole` tells.
  var attributes: Attributes { Attributes(bytes: self) }

  /// These bytes are attributes to the last.
  var isWhole: Bool {
    var walk = attributes
    while walk.next() != nil {}
    return walk.isWhole
  }

  struct Attributes: Sequence, IteratorProtocol {
    fileprivate let bytes: Bytes
    private var offset = 0

    fileprivate init(bytes: Bytes) { self.bytes = bytes }

    mutating func next() -> (type: UInt16, value: Bytes)? {
      guard let length = bytes.host(offset, as: UInt16.self), length >= 4,
        let type = bytes.host(offset + 2, as: UInt16.self),
        let value = bytes.slice(offset + 4, Int(length) - 4)
      else { return nil }
      offset = Swift.min(offset + (Int(length) + 3) & ~3, bytes.count)
      return (type & ~Self.flags, value)
    }

    /// No bytes were left over that are no attribute.
    var isWhole: Bool { offset == bytes.count }

    /// NLA_F_NESTED and NLA_F_NET_BYTEORDER.
    private static let flags: UInt16 = 0xC000
  }

  /// The first attribute of this type.
  func attribute(_ type: some RawRepresentable<UInt32>) -> Bytes? {
    attribute(number: UInt16(truncatingIfNeeded: type.rawValue))
  }

  func attribute(number: UInt16) -> Bytes? {
    for (type, value) in attributes where type == number { return value }
    return nil
  }

  /// An attribute that holds a number in network order, as all of nf_tables' do.
  func number(_ type: some RawRepresentable<UInt32>) -> UInt32? {
    attribute(type).flatMap { $0.network(0, as: UInt32.self) }
  }
}
