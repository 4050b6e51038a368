import Addresses
import Ruleset

/// What an expression put into registers: which part of which field, and what bitwise operations
/// made of it since. Symbolic, so that a later comparison becomes a set of the field's values.
///
/// With `v` the field's value, the registers hold `((v >> shift) & ones(width) & mask) ^ xor`.
struct Load {
  enum Subject {
    /// The field's own number, of so many bits. The load breaks off the rule where the value has more.
    case number(Field, bits: Int)
    /// Another code for each of the field's few values.
    case coded(Field, [Code])
    /// As coded, where `codes` need not name every value: an interface by its index.
    case indexed(Field, [Code])
    /// A field that exists under every mask.
    case masked(MaskedField)
    /// Something the model has no field for.
    case unknown(isStateful: Bool)
  }

  struct Code {
    var code: UInt128
    var value: UInt128
  }

  enum MaskedField {
    case mark
    case connectionMark
    case tcpFlags
  }

  /// Whose header it is in: nft leaves the guard that a header needs out of its listing.
  enum Layer {
    case none
    case network
    case transport
  }

  var subject: Subject
  var layer = Layer.none
  /// As nft writes it: `tcp dport`, `meta skuid`.
  var name: String
  /// Bytes in the registers.
  var width: Int
  /// The bytes are in this machine's order, as those of marks and owners; else in the network's.
  var isHostOrder: Bool
  /// Low bits of the field's value that were not loaded (prefixes on a byte boundary).
  var shift: Int
  /// Bits of the field's value above those loaded.
  var bitsAbove = 0
  var mask: UInt128
  var xor: UInt128 = 0

  init(
    _ subject: Subject, _ name: String, width: Int, isHostOrder: Bool = false, shift: Int = 0,
    bitsAbove: Int = 0
  ) {
    self.subject = subject
    self.name = name
    self.width = width
    self.isHostOrder = isHostOrder
    self.shift = shift
    self.bitsAbove = bitsAbove
    mask = UInt128.ones(8 * width)
  }

  var isMasked: Bool { mask != UInt128.ones(8 * width) || xor != 0 }

  /// The registers hold just the field's value, every number of it.
  private var isWhole: Bool { shift == 0 && bitsAbove == 0 && !isMasked }

  var isUnknown: Bool { if case .unknown = subject { true } else { false } }

  /// An ordered comparison compares bytes, so it means numbers only in network order.
  var isOrdered: Bool { !isHostOrder || width == 1 }

  /// Every number the registers can hold.
  var numbers: IntervalSet { IntervalSet(0...UInt128.ones(8 * width)) }

  /// The number that `operand` is in these registers. The kernel compares just the bytes it is given,
  /// so the load is cut to them.
  mutating func take(_ operand: Bytes) -> UInt128? {
    var bytes = operand
    if bytes.count < width {
      guard !isHostOrder, !bytes.isEmpty else { return nil }
      let cut = 8 * (width - bytes.count)
      width = bytes.count
      shift += cut
      mask >>= UInt128(cut)
      xor >>= UInt128(cut)
    } else if bytes.count > width {
      // A register's last word is padded with zeros.
      guard bytes.count <= (width + 3) & ~3, let head = bytes.slice(0, width),
        let tail = bytes.dropFirst(width), tail.bigEndian == 0
      else { return nil }
      bytes = head
    }
    return isHostOrder ? bytes.hostEndian : bytes.bigEndian
  }
}

extension UInt128 {
  /// The lowest `count` bits set.
  static func ones(_ count: Int) -> UInt128 {
    count >= 128 ? .max : (1 << UInt128(Swift.max(0, count))) - 1
  }
}

// MARK: - Comparisons become sets

extension Load {
  /// Where the registers hold one of `accepted`, or with `negated` one of the others; nil where
  /// that is no set of intervals worth writing down.
  func constraint(in accepted: IntervalSet, negated: Bool) -> Constraint? {
    switch subject {
    case .number(let field, let bits):
      if !negated, isWhole { return Constraint(field, in: accepted) }
      guard let values = values(of: accepted) else { return nil }
      return Constraint(
        field, in: negated ? values.complement(in: IntervalSet(0...UInt128.ones(bits))) : values)
    case .coded(let field, let codes):
      let values = codes.filter { accepted.contains(($0.code & mask) ^ xor) != negated }
      return Constraint(field, in: IntervalSet(values.map { $0.value...$0.value }))
    case .indexed(let field, let codes):
      guard !isMasked else { return nil }
      var names: [IntervalSet.Interval] = []
      for interval in accepted.intervals {
        guard interval.lowerBound == interval.upperBound,
          let code = codes.first(where: { $0.code == interval.lowerBound })
        else { return nil }
        names.append(code.value...code.value)
      }
      let values = IntervalSet(names)
      return Constraint(
        field, in: negated ? values.complement(in: IntervalSet(0...UInt128.max)) : values)
    case .masked(let kind):
      guard shift == 0, let values = maskedValues(of: accepted) else { return nil }
      let domain = IntervalSet(0...mask)
      return Constraint(
        kind.field(mask: mask), in: negated ? values.complement(in: domain) : values)
    case .unknown: return nil
    }
  }

  /// The field's values for which the registers hold one of `accepted`.
  private func values(of accepted: IntervalSet) -> IntervalSet? {
    if isWhole { return accepted }
    let full = UInt128.ones(8 * width)
    let free = mask == 0 ? 8 * width : mask.trailingZeroBitCount
    let isPrefix = mask == full & ~UInt128.ones(free)
    var found: [IntervalSet.Interval] = []
    for interval in accepted.intervals {
      guard let interval = undoXor(interval) else { return nil }
      if isPrefix {
        // The registers hold multiples of 2^free only.
        let low = interval.lowerBound &+ UInt128.ones(free)
        if low < interval.lowerBound { continue }
        let first = low & ~UInt128.ones(free)
        guard first <= interval.upperBound else { continue }
        found.append(first...(interval.upperBound | UInt128.ones(free)) & full)
      } else {
        guard interval.lowerBound == interval.upperBound,
          let scattered = scattered(interval.lowerBound)
        else { return nil }
        found += scattered
      }
    }
    if found.count == 1, bitsAbove == 0 { return IntervalSet(widened(found[0])) }
    return IntervalSet(found.flatMap(copies))
  }

  private func undoXor(_ interval: IntervalSet.Interval) -> IntervalSet.Interval? {
    if xor == 0 { return interval }
    guard interval.lowerBound == interval.upperBound else { return nil }
    return (interval.lowerBound ^ xor)...(interval.lowerBound ^ xor)
  }

  /// Values with holes in their mask: one interval for each setting of the free bits above the
  /// lowest masked one. Past 256 of them nil.
  private func scattered(_ number: UInt128) -> [IntervalSet.Interval]? {
    guard number & ~mask == 0 else { return [] }
    let low = mask.trailingZeroBitCount
    let holes = (low..<(8 * width)).filter { mask >> UInt128($0) & 1 == 0 }
    guard holes.count <= Self.mostHoles else { return nil }
    return (0..<(1 << holes.count)).map { setting in
      var start = number
      for (place, bit) in holes.enumerated() where setting >> place & 1 == 1 {
        start |= 1 << UInt128(bit)
      }
      return start...(start | UInt128.ones(low))
    }
  }

  private static let mostHoles = 8

  /// Widens an interval of loaded bits to the field's: any bits below.
  private func widened(_ interval: IntervalSet.Interval) -> IntervalSet.Interval {
    let low = interval.lowerBound << UInt128(shift)
    // Behind a name's closing NUL there is nothing but more of them.
    if isInterface, interval.lowerBound & 0xFF == 0 { return low...low }
    return low...(interval.upperBound << UInt128(shift) | UInt128.ones(shift))
  }

  /// The widened interval under each setting of the bits above.
  private func copies(_ interval: IntervalSet.Interval) -> [IntervalSet.Interval] {
    let interval = widened(interval)
    return (0..<(UInt128(1) << UInt128(min(bitsAbove, Self.mostHoles)))).map {
      let above = $0 << UInt128(shift + 8 * width)
      return (interval.lowerBound | above)...(interval.upperBound | above)
    }
  }

  private var isInterface: Bool {
    switch subject {
    case .number(.inputInterface, _), .number(.outputInterface, _): true
    default: false
    }
  }

  private func maskedValues(of accepted: IntervalSet) -> IntervalSet? {
    var found: [IntervalSet.Interval] = []
    for interval in accepted.intervals {
      guard let interval = undoXor(interval) else { return nil }
      if interval.lowerBound == interval.upperBound {
        if interval.lowerBound & ~mask == 0 { found.append(interval) }
      } else if interval.lowerBound <= mask {
        found.append(interval.lowerBound...min(interval.upperBound, mask))
      }
    }
    return IntervalSet(found)
  }
}

extension Load.MaskedField {
  func field(mask: UInt128) -> Field {
    let mask = UInt32(truncatingIfNeeded: mask)
    return switch self {
    case .mark: .mark(mask: mask)
    case .connectionMark: .connectionMark(mask: mask)
    case .tcpFlags: .tcpFlags(mask: UInt8(truncatingIfNeeded: mask))
    }
  }
}
