import Addresses
import Ruleset

extension NFTReader {
  enum Comparison {
    case implicit, equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, noBits

    var isNegated: Bool { self == .notEqual }
  }

  /// `SELECTOR … VALUE`, `SELECTOR set VALUE` and `SELECTOR vmap …`. Whether it ends the rule.
  mutating func condition() throws(ReadError) -> Bool {
    let start = cursor.token
    let textStart = cursor.recordLength
    let keys = try operands()
    if keys.count == 1, cursor.isAt("set") {
      return try assignment(to: keys[0].selector, textStart)
    }
    for key in keys { try require(key.selector, at: start) }
    if try cursor.take("vmap") {
      let source = try source(keys.map(\.selector.type), data: .verdict)
      lookup(keys, source, .verdict, from: textStart)
      return false
    }
    let keyEnd = cursor.recordLength
    let comparison = try comparison()
    let valueStart = cursor.recordLength
    if cursor.isAt("{") || cursor.isAt("@") {
      guard [.implicit, .equal, .notEqual].contains(comparison) else {
        throw cursor.expected("'==' or '!=' before a set")
      }
      let source = try source(keys.map(\.selector.type), data: nil)
      lookup(keys, source, .match(isNegated: comparison.isNegated), from: textStart)
      settle(keys, nil, comparison)
    } else if keys.count > 1 {
      let element = NFTElement(key: try tuple(keys.map(\.selector.type)))
      lookup(
        keys, .elements([element]), .match(isNegated: comparison.isNegated), from: textStart)
    } else {
      try compare(keys[0], comparison, from: textStart, keyEnd, valueStart)
    }
    return false
  }

  /// Selectors with their operations, joined by dots.
  mutating func operands() throws(ReadError) -> [NFTOperand] {
    var operands: [NFTOperand] = []
    repeat {
      var operand = NFTOperand(try selector())
      while try operation(on: &operand) {}
      operands.append(operand)
    } while try cursor.take(".")
    return operands
  }

  /// `& 0xff`, `| 0x1`, `^ 0x1`: all of one form, `(x & mask) ^ flipped`.
  private mutating func operation(on operand: inout NFTOperand) throws(ReadError) -> Bool {
    let isKnown = operand.selector.isDecisive
    let type = operand.selector.type
    if cursor.isAt("<<") || cursor.isAt(">>") {
      let sign = cursor.text
      try cursor.advance()
      let text = "\(operand.selector.name) \(sign) \(try opaqueValue(withLists: false))"
      operand = NFTOperand(
        NFTSelector(
          text, .opaque, .other(text), family: operand.selector.family,
          transport: operand.selector.transport))
      return true
    }
    let signs: [(StaticString, StaticString)] = [("&", "and"), ("|", "or"), ("^", "xor")]
    for (index, (sign, word)) in signs.enumerated() where cursor.isAt(sign) || cursor.isAt(word) {
      try cursor.advance()
      guard isKnown else {
        let value = try opaqueValue(of: type, withLists: false)
        operand.selector.name += " \(sign) \(value)"
        return true
      }
      let constant = try constant(type, closerThan: index)
      switch index {
      case 0:
        operand.mask &= constant
        operand.flipped &= constant
      case 1:
        operand.mask &= ~constant
        operand.flipped = operand.flipped & ~constant | constant
      default: operand.flipped ^= constant
      }
      return true
    }
    return false
  }

  /// What stands after `&` (0), `|` (1) or `^` (2), with what binds closer than that.
  private mutating func constant(_ type: NFTType, closerThan sign: Int) throws(ReadError) -> UInt128
  {
    var left = try oneConstant(type)
    while sign == 1 && (cursor.isAt("^") || cursor.isAt("xor")) {
      try cursor.advance()
      left ^= try constant(type, closerThan: 2)
    }
    while sign != 0 && (cursor.isAt("&") || cursor.isAt("and")) {
      try cursor.advance()
      left &= try oneConstant(type)
    }
    return left
  }

  private mutating func oneConstant(_ type: NFTType) throws(ReadError) -> UInt128 {
    if cursor.isAt("(") {
      try open("(")
      var left = try oneConstant(type)
      while cursor.isAt("|") || cursor.isAt("or") || cursor.isAt(",") {
        try cursor.advance()
        left |= try oneConstant(type)
      }
      try close(")")
      return left
    }
    let start = cursor.token
    guard let constant = try oneValue(of: type).single else {
      throw cursor.error(at: start, "expected a constant")
    }
    return constant
  }

  private mutating func comparison() throws(ReadError) -> Comparison {
    let signs: [(StaticString, StaticString?, Comparison)] = [
      ("==", "eq", .equal), ("!=", "ne", .notEqual), ("<", "lt", .less), (">", "gt", .greater),
      ("<=", "le", .lessOrEqual), (">=", "ge", .greaterOrEqual), ("!", nil, .noBits),
    ]
    for (sign, word, comparison) in signs {
      if try cursor.take(sign) { return comparison }
      if let word, try cursor.take(word) { return comparison }
    }
    return .implicit
  }

  // MARK: - One operand

  private mutating func compare(
    _ key: NFTOperand, _ comparison: Comparison, from textStart: Int, _ keyEnd: Int,
    _ valueStart: Int
  ) throws(ReadError) {
    let selector = key.selector
    guard selector.isDecisive else {
      let text = try opaqueValue(of: selector.type, withLists: true)
      return opaque(selector, comparison, text)
    }
    if selector.type.isBitmask {
      return try compareBits(key, comparison, from: textStart)
    }
    let value = try value(of: selector.type)
    if cursor.isAt(",") { throw cursor.expected("one value; several stand in braces") }
    var values = [value]
    if let ordered = try ordered(value, comparison, selector.type) { values = ordered }
    test(key, values, isNegated: comparison.isNegated, from: textStart)
    settle([key], value, comparison)
  }

  /// The values that `<` and its like allow.
  private func ordered(
    _ value: NFTValue, _ comparison: Comparison, _ type: NFTType
  ) throws(ReadError) -> [NFTValue]? {
    switch comparison {
    case .implicit, .equal, .notEqual: return nil
    case .noBits: throw cursor.expected("'!' only before bits")
    default: break
    }
    guard let number = value.single else { throw cursor.expected("one number to compare with") }
    switch comparison {
    case .less: return number == 0 ? [] : [.range(0...(number - 1))]
    case .lessOrEqual: return [.range(0...number)]
    case .greater: return number >= type.last ? [] : [.range((number + 1)...type.last)]
    default: return [.range(number...type.last)]
    }
  }

  /// A bare `syn` asks for any of the bits, `== syn` for exactly these, `syn / syn,ack` for these
  /// among those.
  private mutating func compareBits(
    _ key: NFTOperand, _ comparison: Comparison, from textStart: Int
  ) throws(ReadError) {
    let bits = try bits(of: key.selector.type, withLists: true)
    var operand = key
    if try cursor.take("/") {
      operand.mask &= try self.bits(of: key.selector.type, withLists: true)
      return test(
        operand, [.number(bits)], isNegated: comparison.isNegated, from: textStart)
    }
    switch comparison {
    case .implicit where key.isPlain:
      operand.mask = bits
      test(operand, [.number(0)], isNegated: true, from: textStart)
    case .noBits:
      operand.mask &= bits
      test(operand, [.number(0)], isNegated: false, from: textStart)
    default:
      let values = try ordered(.number(bits), comparison, key.selector.type) ?? [.number(bits)]
      test(operand, values, isNegated: comparison.isNegated, from: textStart)
    }
  }

  private mutating func test(
    _ key: NFTOperand, _ values: [NFTValue], isNegated: Bool, from textStart: Int
  ) {
    if let boxes = key.boxes(values, isNegated: isNegated) {
      draft.parts.append(.step(.test(.any(boxes))))
    } else {
      let match = UnknownMatch(
        name: key.selector.name, detail: cursor.recorded(from: textStart))
      emit([Constraint(.unknown(match), is: 1)])
    }
  }

  /// A match kept by name; `text` is its value.
  private mutating func opaque(
    _ selector: NFTSelector, _ comparison: Comparison, _ text: String
  ) {
    let sign =
      switch comparison {
      case .implicit, .equal, .notEqual: ""
      case .less: "< "
      case .lessOrEqual: "<= "
      case .greater: "> "
      case .greaterOrEqual: ">= "
      case .noBits: "! "
      }
    let match = UnknownMatch(name: selector.name, detail: sign + text)
    if selector.reading == .stateful {
      draft.parts.append(.stateful(match, holds: !comparison.isNegated))
    } else {
      emit([Constraint(.unknown(match), is: comparison.isNegated ? 0 : 1)])
    }
  }

  /// Notes what an equality settles, so that nothing asks for it again.
  private mutating func settle(
    _ keys: [NFTOperand], _ value: NFTValue?, _ comparison: Comparison
  ) {
    guard keys.count == 1, keys[0].isPlain, [.implicit, .equal].contains(comparison) else { return }
    switch keys[0].selector.reading {
    case .field(.transportProtocol):
      context.hasTransport = true
      if let number = value?.single, let raw = UInt8(exactly: number) {
        context.transport = TransportProtocol(rawValue: raw)
      }
    case .networkProtocol where value?.single == 2: context.family = .ipv4
    case .networkProtocol where value?.single == 10: context.family = .ipv6
    default: break
    }
  }

  mutating func lookup(
    _ keys: [NFTOperand], _ source: NFTLookup.Source, _ use: NFTLookup.Use, from textStart: Int
  ) {
    if keys.contains(where: { $0.selector.reading == .stateful }), case .match(let isNegated) = use
    {
      let name = keys.map(\.selector.name).joined(separator: " . ")
      let match = UnknownMatch(name: name, detail: cursor.recorded(from: textStart))
      return draft.parts.append(.stateful(match, holds: !isNegated))
    }
    draft.parts.append(
      .lookup(
        NFTLookup(keys: keys, source: source, use: use, text: cursor.recorded(from: textStart))))
  }

  // MARK: - Assignments

  /// `meta mark set …`, `ct zone set …`. Whether it ends the rule.
  private mutating func assignment(
    to selector: NFTSelector, _ textStart: Int
  ) throws(ReadError) -> Bool {
    try cursor.expect("set")
    if selector.name.hasPrefix("ct"), selector.name.hasSuffix("zone"), cursor.token.kind == .word,
      NFTNumber.parse(cursor.text) != nil
    {
      emit(.zone(try cursor.number("a conntrack zone from 0 to 65535")))
      return false
    }
    if let target: MarkRegister = selector.reading == .mark
      ? .packet : selector.reading == .connectionMark ? .connection : nil
    {
      if let formula = try markFormula() {
        emit(.mark(formula.assigned(to: target)))
        return false
      }
    } else {
      try anyExpression()
      guard selector.isDecisive || selector.name.hasSuffix("zone") else {
        emit(.aside(cursor.recorded(from: textStart)))
        return false
      }
    }
    emit(.opaque(cursor.recorded(from: textStart).withPlainNumbers()))
    return true
  }

  /// An expression kept as text, selectors and maps in it.
  mutating func anyExpression() throws(ReadError) {
    while !cursor.isAtEnd {
      if cursor.isAt("{") { return try cursor.skipBraces() }
      try cursor.advance()
      if cursor.isAt("counter") || cursor.isAt("comment") || cursor.isAt("accept") { return }
    }
  }
}
