import Addresses
import Ruleset

/// An expression over the two marks, as far as it is `(packet & a) ^ (connection & b) ^ c`.
struct NFTMarkFormula {
  var fromPacket: UInt32 = 0
  var fromConnection: UInt32 = 0
  var constant: UInt32 = 0

  func assigned(to target: MarkRegister) -> MarkAssignment {
    MarkAssignment(
      target: target, fromPacket: fromPacket, fromConnection: fromConnection, constant: constant)
  }

  private var isConstant: Bool { fromPacket == 0 && fromConnection == 0 }

  /// Bits that can be set.
  private var reach: UInt32 { fromPacket | fromConnection | constant }

  func and(_ other: Self) -> Self? {
    guard other.isConstant else { return isConstant ? other.and(self) : nil }
    let mask = other.constant
    return Self(
      fromPacket: fromPacket & mask, fromConnection: fromConnection & mask,
      constant: constant & mask)
  }

  func xor(_ other: Self) -> Self {
    Self(
      fromPacket: fromPacket ^ other.fromPacket,
      fromConnection: fromConnection ^ other.fromConnection, constant: constant ^ other.constant)
  }

  func or(_ other: Self) -> Self? {
    if reach & other.reach == 0 { return xor(other) }
    guard other.isConstant else { return isConstant ? other.or(self) : nil }
    let kept = Self(constant: ~other.constant)
    return and(kept)?.xor(other)
  }
}

extension NFTReader {
  /// The whole expression is taken in either case; absent where it has no such form. As in nft,
  /// `&` binds closest, then `^`, then `|`.
  mutating func markFormula() throws(ReadError) -> NFTMarkFormula? {
    var formula = try exclusive()
    while cursor.isAt("|") || cursor.isAt("or") {
      try cursor.advance()
      let other = try exclusive()
      formula = formula.flatMap { left in other.flatMap { left.or($0) } }
    }
    return formula
  }

  private mutating func exclusive() throws(ReadError) -> NFTMarkFormula? {
    var formula = try conjunction()
    while cursor.isAt("^") || cursor.isAt("xor") {
      try cursor.advance()
      let other = try conjunction()
      formula = formula.flatMap { left in other.map { left.xor($0) } }
    }
    return formula
  }

  private mutating func conjunction() throws(ReadError) -> NFTMarkFormula? {
    var formula = try term()
    while cursor.isAt("&") || cursor.isAt("and") {
      try cursor.advance()
      let other = try term()
      formula = formula.flatMap { left in other.flatMap { left.and($0) } }
    }
    return formula
  }

  private mutating func term() throws(ReadError) -> NFTMarkFormula? {
    if cursor.isAt("(") {
      try open("(")
      let formula = try markFormula()
      try close(")")
      return formula
    }
    if cursor.token.kind == .word, NFTNumber.parse(cursor.text) != nil {
      return NFTMarkFormula(constant: try cursor.number(NFTType.mark.expectation))
    }
    let selector = try selector()
    if cursor.isAt("map") || cursor.isAt("<<") || cursor.isAt(">>") || cursor.isAt(".") {
      try anyExpression()
      return nil
    }
    return switch selector.reading {
    case .mark: NFTMarkFormula(fromPacket: .max)
    case .connectionMark: NFTMarkFormula(fromConnection: .max)
    default: nil
    }
  }
}
