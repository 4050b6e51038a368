import Addresses
import Ruleset

extension NFTReader {
  /// One value, range or prefix of a type.
  mutating func value(of type: NFTType) throws(ReadError) -> NFTValue {
    switch type {
    case .other: return .unknown(try opaqueValue(of: type, withLists: false))
    case .interface: return try interface()
    case _ where type.isBitmask:
      return .number(try bits(of: type, withLists: false))
    default: break
    }
    let start = cursor.token
    let first = try single(type)
    if try cursor.take("-") {
      let last = try single(type)
      guard case .range(let low) = first, case .range(let high) = last else {
        throw cursor.error(at: start, "expected a range of numbers")
      }
      guard low.lowerBound <= high.upperBound else {
        throw cursor.error(at: start, "expected a range from low to high")
      }
      return .range(low.lowerBound...high.upperBound)
    }
    if cursor.isAt("/"), case .range(let number) = first, type != .interface {
      return .range(try prefix(number.lowerBound, type, start))
    }
    return first
  }

  private mutating func prefix(
    _ number: UInt128, _ type: NFTType, _ start: NFTToken
  ) throws(ReadError) -> ClosedRange<UInt128> {
    try cursor.expect("/")
    let width = type.last.nonzeroBitCount
    guard cursor.token.kind == .word, let length = NFTNumber.parse(cursor.text), length <= width
    else { throw cursor.expected("a prefix length from 0 to \(width)") }
    try cursor.advance()
    return range(number, Int(length), width)
  }

  private func range(_ number: UInt128, _ length: Int, _ width: Int) -> ClosedRange<UInt128> {
    let host = width - length
    let free: UInt128 = host == 128 ? .max : (1 << UInt128(host)) - 1
    return (number & ~free)...(number | free)
  }

  /// A number or a symbol.
  mutating func oneValue(of type: NFTType) throws(ReadError) -> NFTValue {
    type == .interface ? try interface() : try single(type)
  }

  private mutating func single(_ type: NFTType) throws(ReadError) -> NFTValue {
    if case .address(let family) = type { return try address(family) }
    guard cursor.token.kind == .word || cursor.token.kind == .quoted else {
      throw cursor.expected(type.expectation)
    }
    let text =
      cursor.token.kind == .quoted ? String(cursor.text.dropFirst().dropLast()) : cursor.text
    if let number = NFTNumber.parse(text) {
      guard UInt128(number) <= type.last else { throw cursor.expected(type.expectation) }
      try cursor.advance()
      return .number(UInt128(number))
    }
    if let known = NFTNames.symbols(of: type).first(where: { $0.name == text }) {
      try cursor.advance()
      return .number(known.value)
    }
    guard type == .user || type == .group, text.utf8.first?.isDigit == false else {
      throw cursor.expected(type.expectation)
    }
    try cursor.advance()
    let known = type == .user ? owners.users[text] : owners.groups[text]
    return known.map { .number(UInt128($0)) } ?? .unknown(text)
  }

  private mutating func address(_ family: Family) throws(ReadError) -> NFTValue {
    // As the C library has it, a lone number is an IPv4 address.
    if family == .ipv4, cursor.token.kind == .word, let number = NFTNumber.parse(cursor.text),
      let bits = UInt32(exactly: number)
    {
      try cursor.advance()
      return .number(UInt128(bits))
    }
    let isBracketed = try cursor.take("[")
    guard cursor.token.kind == .word, let address = IPAddress(cursor.text),
      address.family == family
    else { throw cursor.expected(NFTType.address(family).expectation) }
    try cursor.advance()
    if isBracketed { try cursor.expect("]") }
    return .number(address.bits)
  }

  /// A name, a name with a `*` at its end, or `*` in its escaped form.
  private mutating func interface() throws(ReadError) -> NFTValue {
    let expectation = NFTType.interface.expectation
    guard cursor.token.kind == .word || cursor.token.kind == .quoted else {
      throw cursor.expected(expectation)
    }
    var name = cursor.text
    if cursor.token.kind == .quoted { name = String(name.dropFirst().dropLast()) }
    if name.hasSuffix("*"), !name.hasSuffix("\\*") {
      let stem = name.utf8.dropLast()
      guard (1...15).contains(stem.count) else { throw cursor.expected(expectation) }
      try cursor.advance()
      return .range(InterfaceName.names(startingWith: stem))
    }
    if name.hasSuffix("\\*") { name = name.dropLast(2) + "*" }
    guard let interface = InterfaceName(name) else { throw cursor.expected(expectation) }
    try cursor.advance()
    return .number(interface.bits)
  }

  // MARK: - Bits

  /// `syn`, `syn | ack`, `(fin | syn)`, `0x12`; with lists also `syn,ack`.
  mutating func bits(of type: NFTType, withLists: Bool) throws(ReadError) -> UInt128 {
    var bits = try oneBits(type)
    while cursor.isAt("|") || cursor.isAt("or") || withLists && cursor.isAt(",") {
      try cursor.advance()
      bits |= try oneBits(type)
    }
    return bits
  }

  private mutating func oneBits(_ type: NFTType) throws(ReadError) -> UInt128 {
    if cursor.isAt("(") {
      try open("(")
      let bits = try bits(of: type, withLists: true)
      try close(")")
      return bits
    }
    guard case .range(let number) = try single(type) else {
      throw cursor.expected(type.expectation)
    }
    return number.lowerBound
  }

  // MARK: - Text

  /// A value kept as text: one word, string or set, or several joined by operators.
  mutating func opaqueValue(of type: NFTType? = nil, withLists: Bool) throws(ReadError) -> String {
    let start = cursor.recordLength
    let first = cursor.token
    repeat {
      switch cursor.token.kind {
      case .word, .quoted: try cursor.advance()
      case .sign where cursor.isAt("{"): try cursor.skipBraces()
      case .sign where cursor.isAt("("):
        try open("(")
        _ = try opaqueValue(withLists: true)
        try close(")")
      case .sign where cursor.isAt("@"):
        try cursor.advance()
        _ = try cursor.word("a set's name")
      default: throw cursor.expected("a value")
      }
    } while try takeOperator(withLists: withLists)
    let text = cursor.recorded(from: start)
    let symbols = type.map(NFTNames.symbols) ?? []
    if text != cursor.string(first) { return text.withPlainNumbers(symbols) }
    // One word: the same however it is spelled.
    let word = first.kind == .quoted ? String(text.dropFirst().dropLast()) : text
    if first.kind == .quoted, !symbols.contains(where: { $0.name == word }) { return word }
    return word.withPlainNumbers(symbols)
  }

  private mutating func takeOperator(withLists: Bool) throws(ReadError) -> Bool {
    let signs: [StaticString] = ["-", "/", "|", "&", "^", "<<", ">>", "and", "or", "xor"]
    for sign in signs where try cursor.take(sign) { return true }
    return withLists ? try cursor.take(",") : false
  }
}

extension String {
  /// Numbers and symbols as numbers of base ten, a list of them in order: of a text that is kept, so
  /// that two spellings are one.
  func withPlainNumbers(_ symbols: NFTNames.Table = []) -> String {
    func number(_ word: Substring) -> UInt128? {
      if let number = NFTNumber.parse(word) { return UInt128(number) }
      return symbols.first { $0.name == word }?.value
    }
    let numbers = split(separator: ",", omittingEmptySubsequences: false).map(number)
    if !numbers.contains(nil) {
      return numbers.compactMap { $0 }.sorted().map { "\($0)" }.joined(separator: ",")
    }
    guard utf8.contains(UInt8(ascii: "x")) else { return self }
    var plain = ""
    var rest = self[...]
    while let start = rest.firstIndex(where: { $0.isLetter || $0.isNumber }) {
      plain += rest[..<start]
      let word = rest[start...].prefix { $0.isLetter || $0.isNumber }
      plain += NFTNumber.parse(word).map { "\($0)" } ?? String(word)
      rest = rest[word.endIndex...]
    }
    return plain + rest
  }
}
