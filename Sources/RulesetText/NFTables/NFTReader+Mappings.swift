import Addresses
import Ruleset

/// New addresses, new ports, or both.
struct NFTMapping {
  var addresses: ClosedRange<IPAddress>?
  var ports: ClosedRange<UInt16>?
}

extension NFTReader {
  /// `redirect to :15001`, `masquerade`, `dnat ip to 10.0.0.1:80`, `snat to …`.
  mutating func nat(_ start: NFTToken) throws(ReadError) {
    let name = try cursor.word("a mapping")
    let kind: NAT.Kind =
      switch name {
      case "redirect": .redirect
      case "masquerade": .masquerade
      case "dnat": .destination
      default: .source
      }
    let isTranslation = kind == .destination || kind == .source
    let family = isTranslation ? try familyWord() : nil
    if !cursor.isAt("to"), isTranslation {
      // What the data of a map is; the data itself says so too.
      if try cursor.take("addr") {
        try cursor.expect(".")
        try cursor.expect("port")
      } else if try !cursor.takeAny("prefix", "interval") {
        throw cursor.expected("'to'")
      }
    }
    let targetStart = cursor.recordLength
    guard try cursor.take("to") else {
      guard !isTranslation else { throw cursor.expected("'to'") }
      _ = try isRandom()
      return emit(.nat(NAT(kind)))
    }
    if try !isMapping() {
      return try mapped(kind, name, family, start, targetStart)
    }
    let mapping = try mapping(kind)
    let nat = NAT(
      kind, addresses: mapping.addresses, ports: mapping.ports, isRandom: try isRandom())
    if mapping.ports != nil { try requireTransport(at: start) }
    if let addresses = mapping.addresses {
      try requireFamily(family, of: addresses.lowerBound, at: start)
    } else if let family {
      try require(family, at: start)
    }
    emit(.nat(nat))
  }

  private mutating func familyWord() throws(ReadError) -> Family? {
    if try cursor.take("ip") { return .ipv4 }
    if try cursor.take("ip6") { return .ipv6 }
    return nil
  }

  private func requireTransport(at token: NFTToken) throws(ReadError) {
    guard context.hasTransport else {
      throw cursor.error(
        at: token, "expected a match on a protocol, such as 'meta l4proto tcp', before ports here")
    }
  }

  private mutating func requireFamily(
    _ stated: Family?, of address: IPAddress, at token: NFTToken
  ) throws(ReadError) {
    guard let family = stated ?? context.family else {
      throw cursor.error(at: token, "expected 'ip' or 'ip6' with an address in an inet table")
    }
    guard family == address.family else {
      throw cursor.error(at: token, "expected an address of \(family.keyword), found \(address)")
    }
    try require(family, at: token)
  }

  /// The flags at the end of a mapping, of which `persistent` says how the kernel picks an address.
  private mutating func isRandom() throws(ReadError) -> Bool {
    var isRandom = false
    while cursor.isAt("random") || cursor.isAt("fully-random") || cursor.isAt("persistent") {
      if !cursor.isAt("persistent") { isRandom = true }
      try cursor.advance()
      _ = try cursor.take(",")
    }
    return isRandom
  }

  /// Whether an address or a port stands here, rather than an expression.
  private mutating func isMapping() throws(ReadError) -> Bool {
    if cursor.isAt("[") { return true }
    let value = cursor.isAt(":") ? try cursor.peek() : cursor.token
    guard value.kind == .word else { return false }
    let text = cursor.string(value)
    return text.utf8.first?.isDigit == true || IPAddress(text) != nil
      || NFTNames.services.contains { $0.name == text }
  }

  /// `10.0.0.1`, `10.0.0.1-10.0.0.9:80`, `[fd00::1]:80-90`, `10.0.0.0/24`, `:80`, `80`.
  private mutating func mapping(_ kind: NAT.Kind) throws(ReadError) -> NFTMapping {
    var mapping = NFTMapping()
    if !cursor.isAt(":"), IPAddress(cursor.text) != nil || cursor.isAt("[") {
      mapping.addresses = try addresses()
    }
    let hasPorts = try cursor.takeAny(":", ".")
    if hasPorts || mapping.addresses == nil { mapping.ports = try ports() }
    return mapping
  }

  private mutating func addresses() throws(ReadError) -> ClosedRange<IPAddress> {
    let start = cursor.token
    let first = try oneAddress()
    if cursor.isAt("/") {
      try cursor.advance()
      let length: Int = try cursor.number("a prefix length")
      guard (0...first.family.width).contains(length) else {
        throw cursor.error(at: start, "expected a prefix length of at most \(first.family.width)")
      }
      let range = Prefix(first, length: length).range
      return IPAddress(first.family, range.lowerBound)...IPAddress(first.family, range.upperBound)
    }
    guard try cursor.take("-") else { return first...first }
    let last = try oneAddress()
    guard last.family == first.family, first <= last else {
      throw cursor.error(at: start, "expected a range of addresses from low to high")
    }
    return first...last
  }

  private mutating func oneAddress() throws(ReadError) -> IPAddress {
    let isBracketed = try cursor.take("[")
    guard cursor.token.kind == .word, let address = IPAddress(cursor.text) else {
      throw cursor.expected("an address")
    }
    try cursor.advance()
    if isBracketed { try cursor.expect("]") }
    return address
  }

  private mutating func ports() throws(ReadError) -> ClosedRange<UInt16> {
    let value = try value(of: .port)
    guard case .range(let range) = value, let low = UInt16(exactly: range.lowerBound),
      let high = UInt16(exactly: range.upperBound)
    else { throw cursor.expected(NFTType.port.expectation) }
    return low...high
  }

  /// `dnat to tcp dport map { 80 : 10.0.0.1 }`. What is kept as text leaves out the family, which nft
  /// prints or not.
  private mutating func mapped(
    _ kind: NAT.Kind, _ name: String, _ family: Family?, _ start: NFTToken, _ textStart: Int
  ) throws(ReadError) {
    if let family { try require(family, at: start) }
    _ = try cursor.take(":")
    var keys: [NFTOperand] = []
    repeat {
      let selector = try selector()
      try require(selector, at: start)
      keys.append(NFTOperand(selector))
    } while try cursor.take(".")
    guard try cursor.take("map") else {
      try restOfMapping()
      return emit(.opaque("\(name) \(cursor.recorded(from: textStart))"))
    }
    let source = try source(keys.map(\.selector.type), data: .mapping)
    var use = NFTLookup.Use.nat(kind, isRandom: false)
    if !cursor.isAtEnd, !cursor.isAt("comment") {
      // Flags, or a second map for the port.
      let before = cursor.recordLength
      use = .nat(kind, isRandom: try isRandom())
      if cursor.recordLength == before {
        use = .opaque
        try restOfMapping()
      }
    }
    let text = "\(name) \(cursor.recorded(from: textStart))"
    draft.parts.append(.lookup(NFTLookup(keys: keys, source: source, use: use, text: text)))
  }

  private mutating func restOfMapping() throws(ReadError) {
    while !cursor.isAtEnd, !cursor.isAt("comment") {
      if cursor.isAt("{") { try cursor.skipBraces() } else { try cursor.advance() }
    }
  }

  // MARK: - TPROXY

  /// `tproxy ip to 127.0.0.1:15006`, `tproxy to :15006`.
  mutating func tproxy(_ start: NFTToken) throws(ReadError) {
    try cursor.expect("tproxy")
    let family = try familyWord()
    try cursor.expect("to")
    guard context.hasTransport else {
      throw cursor.error(
        at: start, "expected a match on a protocol, such as 'meta l4proto tcp', before tproxy")
    }
    guard try isMapping() else {
      try restOfMapping()
      return emit(.opaque("tproxy"))
    }
    let mapping = try mapping(.redirect)
    if let address = mapping.addresses?.lowerBound {
      try requireFamily(family, of: address, at: start)
    } else if let family {
      try require(family, at: start)
    }
    emit(.tproxy(address: mapping.addresses?.lowerBound, port: mapping.ports?.lowerBound))
  }

  // MARK: - Data of maps

  /// What a map's element gives.
  mutating func data(_ wanted: NFTMapData) throws(ReadError) -> NFTElement.Data {
    switch wanted {
    case .verdict: return .verdict(try verdict())
    case .mapping where try isMapping():
      let mapping = try mapping(.destination)
      return .mapping(addresses: mapping.addresses, ports: mapping.ports)
    case .mapping, .other:
      _ = try opaqueValue(withLists: false)
      while try cursor.take(".") { _ = try opaqueValue(withLists: false) }
      return .other
    }
  }
}

/// What kind of data a map has.
enum NFTMapData {
  case verdict
  case mapping
  case other
}
