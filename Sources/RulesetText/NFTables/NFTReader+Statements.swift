import Addresses
import Ruleset

extension NFTReader {
  /// One statement; whether it ends the rule.
  mutating func statement() throws(ReadError) -> Bool {
    guard cursor.token.kind == .word else { return try condition() }
    let start = cursor.token
    let textStart = cursor.recordLength
    switch cursor.text {
    case "accept", "drop", "return", "continue", "jump", "goto":
      emit(try verdict())
      return true
    case "counter": try counter()
    case "comment": try comment()
    case "notrack":
      try cursor.advance()
      emit(.notrack)
    case "log":
      try log()
      emit(.aside(cursor.recorded(from: textStart)))
    case "limit", "quota":
      try stateful(try cursor.word("a statement"))
    case "ct" where try isNext("count"):
      try cursor.advance()
      try stateful("ct \(try cursor.word("'count'"))")
    case "meter":
      try untilBraces()
      unknown("meter", cursor.recorded(from: textStart))
    case "add", "update", "delete":
      try dynamicSet(textStart)
    case "set":
      try untilSetName()
      emit(.aside(cursor.recorded(from: textStart)))
    case "flow", "dup":
      try restOfStatement()
      emit(.aside(cursor.recorded(from: textStart)))
    case "xt": return try extensionStatement(textStart)
    case "reject":
      draft.parts.append(.step(try reject(start)))
      return true
    case "queue", "fwd", "synproxy":
      let kind = cursor.text
      try restOfStatement()
      let text = cursor.recorded(from: textStart)
      emit(kind == "queue" ? .queue(text) : .opaque(text))
      return true
    case "redirect", "masquerade", "dnat", "snat":
      try nat(start)
      return true
    case "tproxy": try tproxy(start)
    default: return try condition()
    }
    return false
  }

  mutating func verdict() throws(ReadError) -> Verdict {
    let start = cursor.token
    switch try cursor.word("a verdict") {
    case "accept": return .accept
    case "drop": return .drop
    case "return": return .return
    case "continue": return .continue
    case "jump": return .jump(to: try cursor.name("a chain's name"))
    case "goto": return .goto(try cursor.name("a chain's name"))
    case let word:
      throw cursor.error(
        at: start, "expected accept, drop, return, continue, jump or goto, found '\(word)'")
    }
  }

  private mutating func isNext(_ word: String) throws(ReadError) -> Bool {
    cursor.string(try cursor.peek()) == word
  }

  // MARK: - Asides

  /// `counter`, with its figures where the kernel printed them; they are no part of the text.
  private mutating func counter() throws(ReadError) {
    try cursor.expect("counter")
    let end = cursor.recordLength
    if try cursor.take("name") {
      try objectName("a counter's name")
    } else if try cursor.take("packets") {
      let packets: UInt64 = try cursor.number("a count of packets")
      try cursor.expect("bytes")
      let bytes: UInt64 = try cursor.number("a count of bytes")
      draft.counter = Counter(packets: packets, bytes: bytes)
      cursor.cutRecord(to: end)
    } else if cursor.token.kind == .quoted {
      try cursor.advance()
    }
  }

  /// An object's name, or `tcp dport map { 80 : "c1" }`: a packet that the map has nothing for does
  /// not pass.
  private mutating func objectName(_ what: String) throws(ReadError) {
    guard cursor.token.kind == .word, NFTSelector.begins(with: cursor.text) else {
      _ = try cursor.name(what)
      return
    }
    let (start, textStart) = (cursor.token, cursor.recordLength)
    let keys = try operands()
    for key in keys { try require(key.selector, at: start) }
    try cursor.expect("map")
    let source = try source(keys.map(\.selector.type), data: .other)
    lookup(keys, source, .match(isNegated: false), from: textStart)
  }

  private mutating func comment() throws(ReadError) {
    try cursor.expect("comment")
    guard cursor.token.kind == .quoted || cursor.token.kind == .word else {
      throw cursor.expected("a comment in quotes")
    }
    draft.comment = try cursor.name("a comment")
  }

  private mutating func log() throws(ReadError) {
    try cursor.expect("log")
    let options = ["prefix", "group", "snaplen", "queue-threshold", "level"]
    while true {
      if options.contains(cursor.text) {
        try cursor.advance()
        guard cursor.token.kind == .word || cursor.token.kind == .quoted else {
          throw cursor.expected("the option's value")
        }
        try cursor.advance()
      } else if cursor.isAt("flags") {
        try cursor.advance()
        let scope = try cursor.word("a flag of log")
        if scope == "tcp" || scope == "ip" {
          repeat { _ = try cursor.word("a flag of log") } while try cursor.take(",")
        }
      } else {
        return
      }
    }
  }

  // MARK: - Matches with a state

  private mutating func unknown(_ name: String, _ detail: String) {
    draft.parts.append(.stateful(UnknownMatch(name: name, detail: detail), holds: true))
  }

  /// `limit rate over 5/second burst 10 packets`, `quota 10 mbytes`, `ct count over 10`, and their
  /// named forms.
  private mutating func stateful(_ name: String) throws(ReadError) {
    let start = cursor.recordLength
    if try cursor.take("name") {
      try objectName("an object's name")
    } else if cursor.token.kind == .quoted {
      try cursor.advance()
    } else if name == "limit" {
      try cursor.expect("rate")
      if cursor.isAt("over") || cursor.isAt("until") { try cursor.advance() }
      try amount()
      if try cursor.take("burst") { try amount() }
    } else {
      if cursor.isAt("over") || cursor.isAt("until") { try cursor.advance() }
      try amount()
      if try cursor.take("used") { try amount() }
    }
    unknown(name, cursor.recorded(from: start).withoutDefaultBurst)
  }

  /// `5`, `5/second`, `10 mbytes/second`, `5 packets`.
  private mutating func amount() throws(ReadError) {
    guard cursor.token.kind == .word, cursor.text.utf8.first?.isDigit == true else {
      throw cursor.expected("a number")
    }
    try cursor.advance()
    let units = ["bytes", "kbytes", "mbytes", "packets"]
    let unit = cursor.text.split(separator: "/").first.map(String.init) ?? ""
    if cursor.token.kind == .word, units.contains(unit) { try cursor.advance() }
    if try cursor.take("/") { _ = try cursor.word("a unit of time") }
  }

  /// `add @seen { ip saddr limit rate 5/second }`: an aside, or a match where a limit is in it.
  private mutating func dynamicSet(_ textStart: Int) throws(ReadError) {
    try cursor.advance()
    try cursor.expect("@")
    transaction.noteDynamic(try setName())
    guard cursor.isAt("{") else { throw cursor.expected("'{'") }
    try cursor.skipBraces()
    let text = cursor.recorded(from: textStart)
    if ["limit", "quota", "ct count"].contains(where: { text.contains(" \($0) ") }) {
      unknown("set", text)
    } else {
      emit(.aside(text))
    }
  }

  /// `set add ip saddr @seen`, the older form.
  private mutating func untilSetName() throws(ReadError) {
    while !cursor.isAtEnd, !cursor.isAt("@") { try cursor.advance() }
    try cursor.expect("@")
    transaction.noteDynamic(try setName())
  }

  private mutating func untilBraces() throws(ReadError) {
    while !cursor.isAtEnd, !cursor.isAt("{") { try cursor.advance() }
    guard cursor.isAt("{") else { throw cursor.expected("'{'") }
    try cursor.skipBraces()
  }

  private mutating func restOfStatement() throws(ReadError) {
    repeat { try cursor.advance() } while !cursor.isAtEnd && !cursor.isAt("comment")
  }

  /// `xt match "string"`: nft prints what it cannot translate without its arguments.
  private mutating func extensionStatement(_ textStart: Int) throws(ReadError) -> Bool {
    try cursor.expect("xt")
    let kind = try cursor.word("'match' or 'target'")
    guard kind == "match" || kind == "target" else { throw cursor.expected("'match' or 'target'") }
    let name = try cursor.name("an extension's name")
    transaction.noteExtension()
    if kind == "match" {
      // Two of a name may differ in what is not shown; a comment holds always.
      if name != "comment" { unknown("xt match", "\(name), arguments not shown") }
      return false
    }
    emit(.opaque("xt target \(name)"))
    return true
  }

  // MARK: - Reject

  /// The reply under iptables' name for it. `icmpx`, which is also what goes without saying, is the
  /// reply of the packet's own family.
  private mutating func reject(_ start: NFTToken) throws(ReadError) -> Rule.Step {
    try cursor.expect("reject")
    guard try cursor.take("with") else { return try eitherFamily("port-unreachable", at: start) }
    switch try cursor.word("'icmp', 'icmpv6', 'icmpx' or 'tcp'") {
    case "tcp":
      try cursor.expect("reset")
      try require(TransportProtocol.tcp, at: start)
      return .verdict(.reject(with: "tcp-reset"))
    case "icmp": return try reply(in: .ipv4, at: start)
    case "icmpv6": return try reply(in: .ipv6, at: start)
    case "icmpx":
      _ = try cursor.take("type")
      guard context.table == .inet || context.table == .bridge || context.table == .netdev else {
        throw cursor.error(at: start, "expected 'icmp' or 'icmpv6', for the table has one family")
      }
      let code = cursor.token
      return try eitherFamily(try cursor.word("a code, such as 'port-unreachable'"), at: code)
    default: throw cursor.error(at: start, "expected 'icmp', 'icmpv6', 'icmpx' or 'tcp reset'")
    }
  }

  private mutating func reply(in family: Family, at start: NFTToken) throws(ReadError) -> Rule.Step
  {
    try require(family, at: start)
    _ = try cursor.take("type")
    let name = cursor.text
    let replies = RejectReply.all(in: family)
    guard
      let reply = replies.first(where: { $0.nftName == name || "\($0.code)" == name })
    else {
      throw cursor.expected("one of \(replies.map(\.nftName).joined(separator: ", "))")
    }
    try cursor.advance()
    return .verdict(.reject(with: reply.name))
  }

  private func eitherFamily(_ name: String, at token: NFTToken) throws(ReadError) -> Rule.Step {
    let names = RejectReply.ofEitherFamily.map(\.nftName)
    let index = names.firstIndex(of: name) ?? Int(name)
    guard let index, let end = RejectReply.ending(eitherFamily: index, settled: context.family)
    else {
      throw cursor.error(
        at: token, "expected one of \(names.joined(separator: ", ")), found '\(name)'")
    }
    return end
  }
}

extension String {
  /// nft prints a limit with its burst or, where that is the default, without.
  fileprivate var withoutDefaultBurst: String {
    hasSuffix(" burst 5 packets") ? String(dropLast(" burst 5 packets".count)) : self
  }
}
