import Addresses
import CNftnl
import Ruleset

/// Expressions that compare registers, or change them.
extension RuleDecoder {
  mutating func compare(_ data: Bytes) -> Bool {
    guard let register = data.number(NFTA_CMP_SREG), let op = data.number(NFTA_CMP_OP),
      let operand = data.attribute(NFTA_CMP_DATA)?.attribute(NFTA_DATA_VALUE)
    else { return false }
    let relation: Comparison.Relation
    switch nft_cmp_ops(rawValue: op) {
    case NFT_CMP_EQ, NFT_CMP_NEQ: relation = .equal
    case NFT_CMP_LT: relation = .less
    case NFT_CMP_LTE: relation = .lessOrEqual
    case NFT_CMP_GT: relation = .greater
    case NFT_CMP_GTE: relation = .greaterOrEqual
    default: return false
    }
    let isNegated = nft_cmp_ops(rawValue: op) == NFT_CMP_NEQ
    if var load = registers.load(at: register) {
      guard let number = load.take(operand), relation.isPlain || load.isOrdered else {
        return false
      }
      require(
        load, Comparison(relation: relation, isNegated: isNegated, numbers: numbers.only(number)))
      return true
    }
    guard case .adjacent(let loads)? = registers.value(at: register) else { return false }
    return relation.isPlain && compare(loads, with: operand, isNegated: isNegated)
  }

  /// Several fields at once: all equal, or not all.
  private mutating func compare(_ loads: [Load], with operand: Bytes, isNegated: Bool) -> Bool {
    var rest = operand
    var parts: [(Load, Comparison)] = []
    for var load in loads where !rest.isEmpty {
      guard let head = rest.slice(0, min(load.width, rest.count)), let number = load.take(head)
      else { return false }
      parts.append(
        (load, Comparison(relation: .equal, isNegated: false, numbers: numbers.only(number))))
      rest = rest.dropFirst(head.count) ?? rest
    }
    guard rest.isEmpty else { return false }
    if !isNegated {
      for (load, comparison) in parts { require(load, comparison) }
      return true
    }
    let constraints = parts.map { load, comparison in
      load.constraint(in: comparison.numbers, negated: false) ?? unknown(load, comparison)
    }
    steps.test(.none([Box(constraints)]))
    text.statement(
      "not (" + parts.map { NFTText.text($0, $1) }.joined(separator: " ") + ")")
    return true
  }

  mutating func range(_ data: Bytes) -> Bool {
    guard let register = data.number(NFTA_RANGE_SREG), let op = data.number(NFTA_RANGE_OP),
      op <= NFT_RANGE_NEQ.rawValue,
      let from = data.attribute(NFTA_RANGE_FROM_DATA)?.attribute(NFTA_DATA_VALUE),
      let to = data.attribute(NFTA_RANGE_TO_DATA)?.attribute(NFTA_DATA_VALUE),
      from.count == to.count, var load = registers.load(at: register),
      load.isOrdered, let first = load.take(from), let last = load.take(to), first <= last
    else { return false }
    require(
      load,
      Comparison(
        relation: .range, isNegated: op == NFT_RANGE_NEQ.rawValue,
        numbers: IntervalSet(first...last)))
    return true
  }
}

// MARK: - Registers that change

extension RuleDecoder {
  /// `enum nft_bitwise_ops`; the last three are of Linux 6.13 and newer than most headers.
  private enum Bitwise {
    static let maskXor: UInt32 = 0
    static let and: UInt32 = 3
    static let or: UInt32 = 4
    static let xor: UInt32 = 5
  }

  mutating func bitwise(_ data: Bytes) -> Bool {
    guard let source = data.number(NFTA_BITWISE_SREG), let target = data.number(NFTA_BITWISE_DREG),
      let length = data.number(NFTA_BITWISE_LEN), (1...64).contains(length)
    else { return false }
    let name = "bitwise \(data.hex)"
    guard data.number(NFTA_BITWISE_OP) ?? Bitwise.maskXor == Bitwise.maskXor,
      let mask = data.attribute(NFTA_BITWISE_MASK)?.attribute(NFTA_DATA_VALUE),
      let xor = data.attribute(NFTA_BITWISE_XOR)?.attribute(NFTA_DATA_VALUE)
    else {
      registers.write(combined(data, source) ?? .unknown(name), to: target, width: Int(length))
      return true
    }
    guard mask.count == xor.count, var load = registers.load(at: source),
      let maskNumber = load.take(mask), let xorNumber = load.take(xor)
    else {
      registers.write(.unknown(name), to: target, width: Int(length))
      return true
    }
    load.mask &= maskNumber
    load.xor = (load.xor & maskNumber) ^ xorNumber
    registers.write(.load(load), to: target, width: load.width)
    return true
  }

  /// Two registers become one: marks that are put together bit by bit.
  private func combined(_ data: Bytes, _ source: UInt32) -> RegisterFile.Value? {
    let second: UInt16 = 8  // NFTA_BITWISE_SREG2
    guard let op = data.number(NFTA_BITWISE_OP), op == Bitwise.or || op == Bitwise.xor,
      let other = data.attribute(number: second)?.network(0, as: UInt32.self),
      let a = marks(at: source), let b = marks(at: other)
    else { return nil }
    // Bits that only one side can have set are the same under or as under xor.
    guard op == Bitwise.xor || a.bits & b.bits == 0 else { return nil }
    return .marks(
      MarkFormula(
        packet: a.packet ^ b.packet, connection: a.connection ^ b.connection,
        constant: a.constant ^ b.constant))
  }

  /// What a register says of the two marks; nil where it is something else.
  func marks(at register: UInt32) -> MarkFormula? {
    switch registers.value(at: register) {
    case .marks(let formula)?: return formula
    case .constant(let bytes)? where bytes.count == 4:
      return bytes.withUnsafeBytes {
        Bytes($0).host(0, as: UInt32.self).map { MarkFormula(constant: $0) }
      }
    case .load(let load)? where load.width == 4 && load.shift == 0 && load.isHostOrder:
      let mask = UInt32(truncatingIfNeeded: load.mask)
      let xor = UInt32(truncatingIfNeeded: load.xor)
      switch load.subject {
      case .masked(.mark): return MarkFormula(packet: mask, constant: xor)
      case .masked(.connectionMark): return MarkFormula(connection: mask, constant: xor)
      default: return nil
      }
    default: return nil
    }
  }

  mutating func byteOrder(_ data: Bytes) -> Bool {
    guard let source = data.number(NFTA_BYTEORDER_SREG),
      let target = data.number(NFTA_BYTEORDER_DREG), let op = data.number(NFTA_BYTEORDER_OP),
      let size = data.number(NFTA_BYTEORDER_SIZE), let length = data.number(NFTA_BYTEORDER_LEN),
      (1...64).contains(length)
    else { return false }
    let toHost = op == NFT_BYTEORDER_NTOH.rawValue
    if var load = registers.load(at: source), load.width == Int(size), size == length,
      load.isHostOrder != toHost
    {
      load.isHostOrder = toHost
      registers.write(.load(load), to: target, width: load.width)
    } else {
      registers.write(.unknown("byteorder \(data.hex)"), to: target, width: Int(length))
    }
    return true
  }

  /// A constant into a register, or a verdict.
  mutating func immediate(_ data: Bytes) -> Bool {
    guard let register = data.number(NFTA_IMMEDIATE_DREG),
      let value = data.attribute(NFTA_IMMEDIATE_DATA)
    else { return false }
    if let bytes = value.attribute(NFTA_DATA_VALUE) {
      registers.write(.constant(bytes.array), to: register, width: bytes.count)
      return true
    }
    guard let verdict = value.attribute(NFTA_DATA_VERDICT).flatMap(Verdict.init(kernel:)) else {
      return false
    }
    text.verdict(verdict)
    if verdict != .continue { steps.verdict(verdict) }
    return true
  }
}

extension Verdict {
  /// `NFTA_VERDICT_CODE` and, for jumps, `NFTA_VERDICT_CHAIN`.
  init?(kernel data: Bytes) {
    guard let code = data.number(NFTA_VERDICT_CODE) else { return nil }
    self.init(
      code: Int32(bitPattern: code), chain: data.attribute(NFTA_VERDICT_CHAIN)?.text)
  }

  /// `enum nft_verdicts` and the netfilter verdicts above it.
  init?(code: Int32, chain: String?) {
    switch code {
    case 0: self = .drop
    case 1: self = .accept
    case -1: self = .continue
    case -3:
      guard let chain else { return nil }
      self = .jump(to: chain)
    case -4:
      guard let chain else { return nil }
      self = .goto(chain)
    case -5: self = .return
    default:
      // NF_QUEUE, with the queue's number in the upper half.
      guard code & 0xFF == 3 else { return nil }
      self = .queue("queue to \(UInt32(bitPattern: code) >> 16)")
    }
  }
}

/// `(packet & packetMask) ^ (connection & connectionMask) ^ constant`, as `MarkAssignment` has it.
struct MarkFormula {
  var packet: UInt32 = 0
  var connection: UInt32 = 0
  var constant: UInt32 = 0

  /// Bits that can be set.
  var bits: UInt32 { packet | connection | constant }

  func assigned(to target: MarkRegister) -> MarkAssignment {
    MarkAssignment(
      target: target, fromPacket: packet, fromConnection: connection, constant: constant)
  }
}
