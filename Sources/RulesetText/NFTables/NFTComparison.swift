import Addresses
import Ruleset

/// One value of a right-hand side.
enum NFTValue: Hashable, Comparable {
  case range(ClosedRange<UInt128>)
  /// A name only the loading machine knows, or a value of a type kept as text.
  case unknown(String)

  static func number(_ value: UInt128) -> NFTValue { .range(value...value) }

  /// The value, where it is one.
  var single: UInt128? {
    guard case .range(let range) = self, range.lowerBound == range.upperBound else { return nil }
    return range.lowerBound
  }

  static func < (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.range(let a), .range(let b)): (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound)
    case (.unknown(let a), .unknown(let b)): a < b
    case (.range, .unknown): true
    case (.unknown, .range): false
    }
  }

  var unknownName: String? {
    if case .unknown(let name) = self { name } else { nil }
  }
}

/// A selector with the operations before the comparison: `(selector & mask) ^ flipped`.
struct NFTOperand {
  var selector: NFTSelector
  var mask: UInt128
  var flipped: UInt128 = 0

  init(_ selector: NFTSelector) {
    self.selector = selector
    mask = selector.type.last
  }

  var isPlain: Bool { mask == selector.type.last && flipped == 0 }
}

/// What of the packet makes an operand lie in given values, in the model's terms.
extension NFTOperand {
  /// Boxes of which any must hold for the operand to be one of `values`; one box, for it to be none
  /// of them. Absent where the operation has no finite form in intervals.
  func boxes(_ values: [NFTValue], isNegated: Bool) -> [Box]? {
    let known = values.compactMap { value -> ClosedRange<UInt128>? in
      if case .range(let range) = value { range } else { nil }
    }
    let names = values.compactMap(\.unknownName)
    if selector.reading == .opaque { return opaque(values, isNegated) }
    guard let constraint = constraint(IntervalSet(known), isNegated: isNegated) else { return nil }
    let unknowns = names.map { Constraint(unknown($0), is: isNegated ? 0 : 1) }
    if isNegated { return [Box([constraint] + unknowns)] }
    let boxes = unknowns.map { Box([inDomain, $0].compactMap(\.self)) }
    return known.isEmpty && !boxes.isEmpty ? boxes : [Box([constraint])] + boxes
  }

  /// The field's domain where not every packet has it: a packet that no socket sent has no owner,
  /// and nft's `skuid` then breaks the rule in either form.
  var inDomain: Constraint? {
    switch selector.reading {
    case .field(.uid): Constraint(.uid, in: IntervalSet([0...0xFFFF_FFFF]))
    case .field(.gid): Constraint(.gid, in: IntervalSet([0...0xFFFF_FFFF]))
    default: nil
    }
  }

  private func unknown(_ detail: String) -> Field {
    .unknown(UnknownMatch(name: selector.name, detail: detail))
  }

  private func opaque(_ values: [NFTValue], _ isNegated: Bool) -> [Box] {
    let fields = values.sorted().map { value in
      switch value {
      case .unknown(let name): unknown(name)
      case .range(let range):
        unknown(
          range.lowerBound == range.upperBound
            ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)")
      }
    }
    if isNegated { return [Box(fields.map { Constraint($0, is: 0) })] }
    return fields.map { Box([Constraint($0, is: 1)]) }
  }

  /// Absent where the operation has no finite form in intervals.
  func constraint(_ values: IntervalSet, isNegated: Bool) -> Constraint? {
    switch selector.reading {
    case .field(let field):
      let domain = IntervalSet([0...selector.type.last])
      guard let found = preimage(values) else { return nil }
      return Constraint(
        field, in: isNegated ? found.complement(in: domain) : found.intersection(domain))
    case .mark: return masked(values, isNegated) { .mark(mask: $0) }
    case .connectionMark: return masked(values, isNegated) { .connectionMark(mask: $0) }
    case .tcpFlags:
      return masked(values, isNegated) { .tcpFlags(mask: UInt8(truncatingIfNeeded: $0)) }
    case .icmpType:
      return symbolic(values, isNegated, .icmp, (0...255).map { ($0, $0 << 8...$0 << 8 | 0xFF) })
    case .icmpCode:
      let codes = (0...UInt128(0xFFFF)).map { ($0 & 0xFF, $0...$0) }
      return symbolic(values, isNegated, .icmp, codes)
    case .networkProtocol:
      return symbolic(values, isNegated, .family, [(2, 4...4), (10, 6...6)])
    case .etherType:
      return symbolic(values, isNegated, .family, [(0x0800, 4...4), (0x86DD, 6...6)])
    case .connectionState:
      let states = NFTNames.connectionStates.map {
        ($0.bit, UInt128($0.state.rawValue)...UInt128($0.state.rawValue))
      }
      return symbolic(values, isNegated, .connectionState, states)
    case .opaque, .stateful: return nil
    }
  }

  /// A field of few values, each with the number nft sees for it.
  private func symbolic(
    _ values: IntervalSet, _ isNegated: Bool, _ field: Field,
    _ meanings: [(number: UInt128, values: ClosedRange<UInt128>)]
  ) -> Constraint {
    let chosen = meanings.filter { values.contains($0.number & mask ^ flipped) != isNegated }
    return Constraint(field, in: IntervalSet(chosen.map(\.values)))
  }

  private func masked(
    _ values: IntervalSet, _ isNegated: Bool, _ field: (UInt32) -> Field
  ) -> Constraint? {
    let domain = IntervalSet([0...mask])
    guard let before = unflipped(values) else { return nil }
    return Constraint(
      field(UInt32(truncatingIfNeeded: mask)),
      in: isNegated ? before.complement(in: domain) : before.intersection(domain))
  }

  /// More intervals than this are not worth a set.
  private static let mostIntervals: UInt128 = 4096

  private func unflipped(_ values: IntervalSet) -> IntervalSet? {
    if flipped == 0 { return values }
    var found: [ClosedRange<UInt128>] = []
    for interval in values.intervals {
      guard interval.upperBound - interval.lowerBound < Self.mostIntervals else { return nil }
      for value in interval { found.append((value ^ flipped)...(value ^ flipped)) }
    }
    return IntervalSet(found)
  }

  /// All numbers whose masked and flipped form is in `values`.
  private func preimage(_ values: IntervalSet) -> IntervalSet? {
    if isPlain { return values }
    // The free bits below the mask's lowest are one run; each other free bit doubles the intervals.
    let free = selector.type.last & ~mask
    let run: UInt128 = mask == 0 ? free : (1 << UInt128(mask.trailingZeroBitCount)) - 1
    let scattered = free & ~run
    guard scattered.nonzeroBitCount <= 8, let masked = unflipped(values) else { return nil }
    var found: [ClosedRange<UInt128>] = []
    for interval in masked.intervals {
      guard let wanted = steps(interval, over: run) else { return nil }
      for value in wanted where value & ~mask == 0 {
        var extra: UInt128 = 0
        repeat {
          found.append((value | extra)...(value | extra | run))
          extra = (extra &- scattered) & scattered
        } while extra != 0
      }
    }
    return IntervalSet(found)
  }

  /// The multiples of `run + 1` in the interval: the only numbers a masked operand can be.
  private func steps(_ interval: ClosedRange<UInt128>, over run: UInt128) -> [UInt128]? {
    if run == .max { return interval.lowerBound == 0 ? [0] : [] }
    let step = run + 1
    let (first, overflow) = interval.lowerBound.addingReportingOverflow(run)
    let start = first & ~run
    guard !overflow, start <= interval.upperBound else { return [] }
    let count = (interval.upperBound - start) / step
    guard count < Self.mostIntervals else { return nil }
    return (0...count).map { start + $0 * step }
  }
}
