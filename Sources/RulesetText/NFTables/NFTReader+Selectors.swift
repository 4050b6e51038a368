import Addresses
import Ruleset

extension NFTReader {
  /// What a condition or an assignment looks at, such as `ip daddr`.
  mutating func selector() throws(ReadError) -> NFTSelector {
    let start = cursor.token
    if try cursor.take("@") { return try rawPayload(start) }
    let first = try cursor.word("a statement")
    switch first {
    case "meta": return try key("a key of meta", NFTSelector.meta)
    case "ct": return try connectionSelector()
    case "fib": return try fib()
    case "numgen", "jhash", "symhash": return try generator(first)
    case "exthdr":
      return .opaque("exthdr \(try cursor.word("an extension header"))")
    case "ipsec": return try untilField("ipsec", of: ["reqid", "spi", "saddr", "daddr"])
    case "socket" where cursor.isAt("cgroupv2"):
      try cursor.advance()
      try cursor.expect("level")
      return .opaque("socket cgroupv2 level \(try cursor.number("a level", as: UInt32.self))")
    case "osf" where cursor.isAt("ttl"):
      try cursor.advance()
      _ = try cursor.word("'loose' or 'skip'")
      return .opaque("osf name")
    case "rt" where cursor.isAt("ip") || cursor.isAt("ip6"):
      let family = try cursor.word("a family")
      return .opaque("rt \(family) \(try cursor.word("'nexthop'"))")
    case "tcp" where cursor.isAt("option"): return try option("tcp", transport: .tcp)
    case "ip" where cursor.isAt("option"): return try option("ip", family: .ipv4)
    case "sctp" where cursor.isAt("chunk"):
      return try option("sctp", transport: .sctp)
    case "arp" where cursor.isAt("saddr") || cursor.isAt("daddr"):
      let side = try cursor.word("an address")
      let kind = try cursor.word("'ip' or 'ether'")
      return .opaque("arp \(side) \(kind)")
    case _ where NFTSelector.bareKeys.contains(first) && NFTSelector.meta(first) != nil:
      return NFTSelector.meta(first) ?? .opaque(first)
    case _ where NFTSelector.isHeader(first):
      return try key("a field of \(first)") { NFTSelector.header(first, $0) }
    default: throw cursor.error(at: start, "expected a statement, found '\(first)'")
    }
  }

  private mutating func key(
    _ what: String, _ find: (String) -> NFTSelector?
  ) throws(ReadError) -> NFTSelector {
    guard cursor.token.kind == .word, let found = find(cursor.text) else {
      throw cursor.expected(what)
    }
    try cursor.advance()
    return found
  }

  /// `@nh,128,32`.
  private mutating func rawPayload(_ start: NFTToken) throws(ReadError) -> NFTSelector {
    let base = try cursor.word("'ll', 'nh', 'th' or 'ih'")
    try cursor.expect(",")
    let offset = try cursor.number("an offset in bits", as: UInt32.self)
    try cursor.expect(",")
    let length = try cursor.number("a length in bits", as: UInt32.self)
    let known = NFTSelector.raw(base: base, offset: offset, length: length, in: context.family)
    guard var known else { return .opaque("@\(base),\(offset),\(length)") }
    // Raw payload asks for no protocol first, and takes no symbols.
    known.transport = nil
    known.family = nil
    return known
  }

  private mutating func connectionSelector() throws(ReadError) -> NFTSelector {
    guard cursor.isAt("original") || cursor.isAt("reply") else {
      return try key("a key of ct", NFTSelector.connection)
    }
    var name = "ct \(try cursor.word("a direction"))"
    if cursor.isAt("ip") || cursor.isAt("ip6") { name += " \(try cursor.word("a family"))" }
    guard NFTSelector.directedConnectionKeys.contains(cursor.text) else {
      throw cursor.expected("a key of ct with a direction")
    }
    return .opaque("\(name) \(try cursor.word("a key"))")
  }

  private mutating func fib() throws(ReadError) -> NFTSelector {
    var keys = [try cursor.word("a key of fib")]
    while try cursor.take(".") { keys.append(try cursor.word("a key of fib")) }
    guard keys.allSatisfy(["saddr", "daddr", "mark", "iif", "oif"].contains) else {
      throw cursor.expected("saddr, daddr, mark, iif and oif before this")
    }
    guard ["type", "oif", "oifname", "check"].contains(cursor.text) else {
      throw cursor.expected("'type', 'oif' or 'oifname'")
    }
    let result = try cursor.word("a result")
    let name = "fib \(keys.joined(separator: " . ")) \(result)"
    switch (keys, result) {
    case (["daddr"], "type"): return NFTSelector(name, .field(.destinationType), .addressType)
    case (["saddr"], "type"): return NFTSelector(name, .field(.sourceType), .addressType)
    case (_, "type"): return NFTSelector(name, .opaque, .addressType)
    default: return .opaque(name)
    }
  }

  /// `numgen random mod 100`, `jhash ip saddr . tcp sport mod 2 seed 7`: a number of its own making.
  private mutating func generator(_ kind: String) throws(ReadError) -> NFTSelector {
    let start = cursor.recordLength
    if kind == "numgen" {
      guard cursor.isAt("inc") || cursor.isAt("random") else {
        throw cursor.expected("'inc' or 'random'")
      }
      try cursor.advance()
    } else if kind == "jhash" {
      repeat {
        try descend { (reader) throws(ReadError) in _ = try reader.selector() }
      } while try cursor.take(".")
    }
    try cursor.expect("mod")
    _ = try cursor.number("a modulus", as: UInt32.self)
    while cursor.isAt("seed") || cursor.isAt("offset") {
      try cursor.advance()
      _ = try cursor.number("a number", as: UInt32.self)
    }
    let name = "\(kind) \(cursor.recorded(from: start))"
    return NFTSelector(name, kind == "numgen" ? .stateful : .opaque, .other(name))
  }

  /// `jhash jhash jhash …` nests selectors.
  private mutating func descend(
    _ body: (inout NFTReader) throws(ReadError) -> Void
  ) throws(ReadError) {
    guard depth < Self.deepestNesting else { throw cursor.expected("fewer nested expressions") }
    depth += 1
    try body(&self)
    depth -= 1
  }

  /// `tcp option maxseg size`; the field is absent where presence is asked.
  private mutating func option(
    _ header: String, family: Family? = nil, transport: TransportProtocol? = nil
  ) throws(ReadError) -> NFTSelector {
    var name = "\(header) \(try cursor.word("'option'"))"
    name += " \(try cursor.word("an option's name"))"
    let fields: Set<String> = [
      "kind", "length", "size", "count", "left", "right", "tsval", "tsecr", "subtype", "type",
      "value", "ptr", "addr", "flags", "tsn", "stream", "ssn", "ppid",
    ]
    if fields.contains(cursor.text) { name += " \(try cursor.word("a field"))" }
    return .opaque(name, family: family, transport: transport)
  }

  private mutating func untilField(_ start: String, of fields: Set<String>) throws(ReadError)
    -> NFTSelector
  {
    var words = [start]
    while words.count < 8 {
      let word = try cursor.word("a field of \(start)")
      words.append(word)
      if fields.contains(word) { return .opaque(words.joined(separator: " ")) }
    }
    throw cursor.expected("a field of \(start)")
  }
}
