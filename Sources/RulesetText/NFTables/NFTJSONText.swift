import Documents

/// Expressions and statements of `nft -j`, as nft spells them (libnftables-json(5)).
enum NFTJSONText {
  // MARK: - Words

  /// A text that is one word of nft's language; anything else could say more than it should.
  static func word(_ node: Node) throws(DocumentError) -> String {
    let text = try node.text()
    let isWord = text.utf8.allSatisfy {
      $0.isLetter || $0.isDigit || "_-./:*@+".utf8.contains($0)
    }
    guard isWord, !text.isEmpty else { throw node.mismatch("a word of nft's language") }
    return text
  }

  /// One word or several: nft 1.0.6 has a map's data and some keys of ct in one text.
  private static func words(_ node: Node) throws(DocumentError) -> String {
    let text = try node.text()
    let areWords = text.utf8.allSatisfy { $0.isLetter || $0.isDigit || "_-. ".utf8.contains($0) }
    return areWords && !text.isEmpty ? text : try word(node)
  }

  static func quoted(_ node: Node) throws(DocumentError) -> String {
    let text = try node.text()
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") }) else {
      throw node.mismatch("a text without quotes and control characters")
    }
    return "\"\(text)\""
  }

  /// A set's type: a word, a concatenation, or `typeof`.
  static func types(_ node: Node) throws(DocumentError) -> String {
    guard case .sequence(let items) = node.value else { return try words(node) }
    return try joined(items, " . ") { (item) throws(DocumentError) in try word(item) }
  }

  static func list(_ items: [Node]) throws(DocumentError) -> String {
    try joined(items, ", ") { (item) throws(DocumentError) in try element(item) }
  }

  private static func joined(
    _ items: [Node], _ separator: String, _ text: (Node) throws(DocumentError) -> String
  ) throws(DocumentError) -> String {
    var parts: [String] = []
    for item in items { parts.append(try text(item)) }
    return parts.joined(separator: separator)
  }

  /// A value, or a key and what a map gives for it.
  private static func element(_ node: Node) throws(DocumentError) -> String {
    guard case .sequence(let pair) = node.value, pair.count == 2 else {
      return try expression(node)
    }
    return "\(try expression(pair[0])) : \(try expression(pair[1]))"
  }

  // MARK: - Expressions

  static func expression(_ node: Node) throws(DocumentError) -> String {
    switch node.value {
    case .null: throw node.mismatch("an expression")
    case .sequence(let items):
      return try joined(items, ",") { (item) throws(DocumentError) in try expression(item) }
    case .scalar(let scalar):
      if scalar.type == .boolean { return scalar.text == "true" ? "exists" : "missing" }
      let isWord = scalar.text.utf8.allSatisfy {
        $0.isLetter || $0.isDigit || "_-./:*@".utf8.contains($0)
      }
      // A time of day such as 10:00 stands in quotes, an address does not.
      let isTime = scalar.text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1
      return isWord && !isTime && !scalar.text.isEmpty ? scalar.text : try quoted(node)
    case .mapping: return try compound(try NFTJSONScript.only(node))
    }
  }

  private static func compound(_ entry: Mapping.Entry) throws(DocumentError) -> String {
    let body = entry.value
    switch entry.key.name {
    case "payload":
      if let base = try body.optional("base") {
        return try "@\(word(base)),\(field(body, "offset")),\(field(body, "len"))"
      }
      return try "\(field(body, "protocol")) \(field(body, "field"))"
    case "meta": return "meta \(try field(body, "key"))"
    case "ct":
      let key = try words(try body.required("key"))
      return try ["ct", field(body, ifAny: "dir"), field(body, ifAny: "family"), key]
        .compactMap(\.self).joined(separator: " ")
    case "fib":
      let flags = try body.required("flags")
      let keys: String
      if case .sequence(let items) = flags.value {
        keys = try joined(items, " . ") { (item) throws(DocumentError) in try word(item) }
      } else {
        keys = try word(flags)
      }
      return "fib \(keys) \(try field(body, "result"))"
    case "rt", "socket", "osf":
      return try [
        entry.key.name, field(body, ifAny: "family"), field(body, ifAny: "key") ?? "name",
      ].compactMap(\.self).joined(separator: " ")
    case "exthdr":
      guard let part = try field(body, ifAny: "field") else {
        return "exthdr \(try field(body, "name"))"
      }
      return "\(try field(body, "name")) \(part)"
    case "tcp option", "ip option", "sctp chunk":
      return try [entry.key.name, field(body, "name"), field(body, ifAny: "field")]
        .compactMap(\.self).joined(separator: " ")
    case "ipsec":
      return try ["ipsec", field(body, "dir"), field(body, ifAny: "family"), field(body, "key")]
        .compactMap(\.self).joined(separator: " ")
    case "numgen":
      return try "numgen \(field(body, "mode")) mod \(field(body, "mod"))\(offset(body))"
    case "jhash":
      let key = try expression(try body.required("expr"))
      let seed = try field(body, ifAny: "seed").map { " seed \($0)" } ?? ""
      return try "jhash \(key) mod \(field(body, "mod"))\(seed)\(offset(body))"
    case "symhash": return try "symhash mod \(field(body, "mod"))\(offset(body))"
    case "concat":
      return try joined(try body.sequence(), " . ") { (item) throws(DocumentError) in
        try expression(item)
      }
    case "set":
      guard case .sequence(let items) = body.value else { return "{ \(try expression(body)) }" }
      return "{ \(try list(items)) }"
    case "elem": return try setElement(body)
    case "range":
      let ends = try body.sequence()
      guard ends.count == 2 else { throw body.mismatch("two ends of a range") }
      let texts = (try expression(ends[0]), try expression(ends[1]))
      // Names with hyphens in them stand apart.
      let sign = (texts.0 + texts.1).contains("-") ? " - " : "-"
      return texts.0 + sign + texts.1
    case "prefix":
      return "\(try expression(try body.required("addr")))/\(try field(body, "len"))"
    case "map":
      let key = try expression(try body.required("key"))
      return "\(key) map \(try expression(try body.required("data")))"
    case "&", "|", "^", "<<", ">>": return try operation(entry.key.name, body)
    case "accept", "drop", "continue", "return": return entry.key.name
    case "jump", "goto": return "\(entry.key.name) \(try field(body, "target"))"
    default: throw DocumentError(.unknownKey(entry.key.name, nearest: nil), at: entry.key.mark)
    }
  }

  /// Right operands stand in parentheses where they are more than a word.
  private static func operation(_ sign: String, _ body: Node) throws(DocumentError) -> String {
    let operands = try body.sequence()
    guard let first = operands.first, operands.count > 1 else {
      throw body.mismatch("two operands or more")
    }
    var text = try expression(first)
    for operand in operands.dropFirst() {
      guard case .sequence(let bits) = operand.value else {
        text += try " \(sign) \(operandText(operand))"
        continue
      }
      // Several bits, which a comma joins only where they stand alone.
      let joined = try joined(bits, " | ") { (bit) throws(DocumentError) in try expression(bit) }
      text += " \(sign) (\(joined))"
    }
    return text
  }

  private static func operandText(_ operand: Node) throws(DocumentError) -> String {
    let text = try expression(operand)
    let isFlat = operand.scalar != nil || operand["meta"] != nil || operand["ct"] != nil
    return isFlat ? text : "(\(text))"
  }

  private static func setElement(_ body: Node) throws(DocumentError) -> String {
    var text = try expression(try body.required("val"))
    for key in ["timeout", "expires"] {
      if let seconds = try field(body, ifAny: key) { text += " \(key) \(seconds)s" }
    }
    for entry in try body.mapping().entries where entry.key.name == "counter" {
      text += " \(try statement(entry))"
    }
    if let comment = try body.optional("comment") { text += " comment \(try quoted(comment))" }
    return text
  }

  static func field(_ body: Node, _ key: String) throws(DocumentError) -> String {
    try word(try body.required(key))
  }

  static func field(_ body: Node, ifAny key: String) throws(DocumentError) -> String? {
    guard case .mapping = body.value, let found = try body.optional(key) else { return nil }
    return try word(found)
  }

  private static func offset(_ body: Node) throws(DocumentError) -> String {
    try field(body, ifAny: "offset").map { $0 == "0" ? "" : " offset \($0)" } ?? ""
  }

  // MARK: - Statements

  static func statement(_ node: Node) throws(DocumentError) -> String {
    try statement(try NFTJSONScript.only(node))
  }

  private static func statement(_ entry: Mapping.Entry) throws(DocumentError) -> String {
    if let reference = try reference(entry) { return reference }
    let body = entry.value
    switch entry.key.name {
    case "accept", "drop", "continue", "return", "notrack": return entry.key.name
    case "jump", "goto": return try compound(entry)
    case "match": return try match(body)
    case "vmap":
      let key = try expression(try body.required("key"))
      return "\(key) vmap \(try expression(try body.required("data")))"
    case "counter":
      if body.isNull { return "counter" }
      return "counter \(try counts(body))"
    case "mangle":
      let key = try expression(try body.required("key"))
      return "\(key) set \(try expression(try body.required("value")))"
    case "limit":
      return "limit \(try limit(body))"
    case "quota":
      return try
        "quota \(over(body))\(field(body, "val")) \(field(body, ifAny: "val_unit") ?? "bytes")"
    case "ct count": return try "ct count \(over(body))\(field(body, "val"))"
    case "redirect", "masquerade", "dnat", "snat": return try nat(entry.key.name, body)
    case "tproxy":
      let family = try field(body, ifAny: "family").map { "\($0) " } ?? ""
      return "tproxy \(family)to \(try target(body))"
    case "reject": return try reject(body)
    case "log": return try log(body)
    case "queue": return try queue(body)
    case "set":
      let key = try expression(try body.required("elem"))
      return try "\(field(body, "op")) @\(setName(body)) { \(key)\(nested(body)) }"
    case "meter":
      let key = try expression(try body.required("key"))
      let statement = try statement(try body.required("stmt"))
      return "meter \(try field(body, "name")) { \(key) \(statement) }"
    case "ct helper", "ct timeout", "ct expectation":
      return "\(entry.key.name) set \(try quoted(body))"
    case "flow": return "flow add @\(try setName(body, key: "flowtable"))"
    case "dup", "fwd": return "\(entry.key.name)\(try destination(body))"
    case "synproxy":
      if body.isNull { return "synproxy" }
      return try (["synproxy"] + NFTJSONObject.synproxy(body)).joined(separator: " ")
    case "last": return "last"
    case "xt": return try "xt \(field(body, "type")) \(quoted(body.required("name")))"
    default: throw DocumentError(.unknownKey(entry.key.name, nearest: nil), at: entry.key.mark)
    }
  }

  private static func match(_ body: Node) throws(DocumentError) -> String {
    let left = try expression(try body.required("left"))
    let rightNode = try body.required("right")
    // Names of interfaces may look like anything but a set's.
    let isName = left.hasSuffix("ifname") && rightNode.scalar?.text.hasPrefix("@") == false
    let right = isName ? try quoted(rightNode) : try expression(rightNode)
    let sign = try body.optional("op")?.text() ?? "=="
    switch sign {
    case "in": return "\(left) \(right)"
    case "==", "!=", "<", ">", "<=", ">=", "!": return "\(left) \(sign) \(right)"
    default: throw body.mismatch("a match by ==, !=, <, >, <=, >=, ! or in")
    }
  }

  /// `counter name "c1"`, or a map that gives the name; nil where the statement says all itself.
  private static func reference(_ entry: Mapping.Entry) throws(DocumentError) -> String? {
    let (kind, body) = (entry.key.name, entry.value)
    guard ["counter", "limit", "quota", "synproxy"].contains(kind) else { return nil }
    if body.scalar != nil { return "\(kind) name \(try quoted(body))" }
    return body["map"] == nil ? nil : "\(kind) name \(try expression(body))"
  }

  /// Where `dup` and `fwd` send the packet: an address, a device, or a device on the way to an
  /// address.
  private static func destination(_ body: Node) throws(DocumentError) -> String {
    let device = try body.optional("dev").map { (node) throws(DocumentError) in try quoted(node) }
    guard let address = try body.optional("addr") else { return " to \(device ?? "")" }
    let family = try field(body, ifAny: "family").map { " \($0)" } ?? ""
    return "\(family) to \(try expression(address))" + (device.map { " device \($0)" } ?? "")
  }

  private static func queue(_ body: Node) throws(DocumentError) -> String {
    let number = try body.optional("num").map(expression) ?? "0"
    let flags = try words(body, "flags")
    return flags.isEmpty
      ? "queue num \(number)" : "queue flags \(flags.joined(separator: ",")) to \(number)"
  }

  /// What is one text, or a list of them.
  static func words(_ body: Node, _ key: String) throws(DocumentError) -> [String] {
    guard let node = try body.optional(key) else { return [] }
    guard case .sequence(let items) = node.value else { return [try words(node)] }
    var texts: [String] = []
    for item in items { texts.append(try words(item)) }
    return texts
  }

  static func counts(_ body: Node) throws(DocumentError) -> String {
    try "packets \(field(body, "packets")) bytes \(field(body, "bytes"))"
  }

  static func over(_ body: Node) throws(DocumentError) -> String {
    try body.optional("inv")?.boolean() == true ? "over " : ""
  }

  static func limit(_ body: Node) throws(DocumentError) -> String {
    let unit = try field(body, ifAny: "rate_unit").map { $0 == "packets" ? "" : " \($0)" } ?? ""
    var text = try "rate \(over(body))\(field(body, "rate"))\(unit)/\(field(body, "per"))"
    if let burst = try field(body, ifAny: "burst"), burst != "0" {
      text += " burst \(burst) \(try field(body, ifAny: "burst_unit") ?? "packets")"
    }
    return text
  }

  private static func nat(_ kind: String, _ body: Node) throws(DocumentError) -> String {
    guard case .mapping = body.value else { return kind }
    let family = try field(body, ifAny: "family").map { " \($0)" } ?? ""
    let target = try target(body)
    // `prefix` says that the data of a map are prefixes; the flag `netmap` says it again.
    let isPrefix = try body.optional("type_flags")?.text() == "prefix"
    let to = target.isEmpty ? "" : "\(isPrefix ? " prefix" : "") to \(target)"
    var flags = ""
    if let node = try body.optional("flags") {
      if case .sequence(let items) = node.value {
        flags = try items.isEmpty ? "" : " \(joined(items, ",", word))"
      } else if try node.text() != "netmap" {
        flags = " \(try word(node))"
      }
    }
    return "\(kind)\(family)\(to)\(flags)"
  }

  private static func target(_ body: Node) throws(DocumentError) -> String {
    let address = try body.optional("addr").map { (node) throws(DocumentError) in
      let text = try expression(node)
      return node.scalar != nil && text.contains(":") ? "[\(text)]" : text
    }
    let port = try body.optional("port").map { (node) throws(DocumentError) in
      let text = try expression(node)
      return node.scalar != nil || node["range"] != nil || address != nil ? ":\(text)" : text
    }
    return (address ?? "") + (port ?? "")
  }

  private static func reject(_ body: Node) throws(DocumentError) -> String {
    guard case .mapping = body.value, let type = try body.optional("type") else { return "reject" }
    if type.scalar?.text == "tcp reset" { return "reject with tcp reset" }
    let kind = try word(type)
    return "reject with \(kind) type \(try field(body, ifAny: "expr") ?? "port-unreachable")"
  }

  private static func log(_ body: Node) throws(DocumentError) -> String {
    guard case .mapping = body.value else { return "log" }
    var text = "log"
    if let prefix = try body.optional("prefix") { text += " prefix \(try quoted(prefix))" }
    for key in ["group", "snaplen", "queue-threshold", "level"] {
      if let value = try field(body, ifAny: key) { text += " \(key) \(value)" }
    }
    return try text + logFlags(words(body, "flags"))
  }

  /// `all`, or flags each after what it is about: `tcp sequence`, `tcp options`, `ip options`.
  private static func logFlags(_ flags: [String]) -> String {
    var text = ""
    var scope: Substring?
    for flag in flags {
      let words = flag.split(separator: " ")
      if words.count == 2, words[0] == scope {
        text += ",\(words[1])"
      } else {
        text += " flags \(flag)"
        scope = words.first
      }
    }
    return text
  }

  private static func setName(_ body: Node, key: String = "set") throws(DocumentError) -> String {
    let name = try field(body, key)
    return name.hasPrefix("@") ? String(name.dropFirst()) : name
  }

  private static func nested(_ body: Node) throws(DocumentError) -> String {
    guard let statements = try body.optional("stmt")?.sequence() else { return "" }
    var text = ""
    for nested in statements { text += " \(try statement(nested))" }
    return text
  }
}
