import Documents
public import Ruleset

extension NFTables {
  /// The tables of `nft -j list ruleset`.
  ///
  /// The document is put into nft's own words, one command a line, and these are read: so one reader
  /// gives both forms their meaning. JSON names an extension of iptables without its arguments;
  /// such a match is unknown and such a target opaque.
  public static func readJSON(
    _ source: [UInt8], owners: Owners = Owners()
  ) throws(ReadError) -> Ruleset {
    var script = NFTJSONScript()
    do throws(DocumentError) {
      try script.translate(try Node(readingJSON: source))
    } catch {
      throw ReadError(line: error.mark.line, column: error.mark.column, message: error.message)
    }
    do throws(ReadError) {
      return try read(script.lines.joined(separator: "\n"), owners: owners)
    } catch {
      // A line of the script is an object of the document.
      let mark = script.marks[max(0, min(error.line, script.marks.count) - 1)]
      throw ReadError(line: mark.line, column: mark.column, message: error.message)
    }
  }
}

/// A document of `nft -j` in nft's own words.
struct NFTJSONScript {
  private(set) var lines: [String] = []
  /// Where the object of each line stands.
  private(set) var marks: [Mark] = [.start]

  mutating func translate(_ document: Node) throws(DocumentError) {
    marks = []
    for object in try document.required("nftables").sequence() {
      let entry = try Self.only(object)
      let verbs = ["add", "create", "insert", "delete", "flush", "replace", "destroy"]
      if verbs.contains(entry.key.name) {
        try translate(try Self.only(entry.value), verb: entry.key.name, at: object.mark)
      } else {
        try translate(entry, verb: "add", at: object.mark)
      }
    }
    if marks.isEmpty { marks = [document.mark] }
  }

  static func only(_ node: Node) throws(DocumentError) -> Mapping.Entry {
    let entries = try node.mapping().entries
    guard let entry = entries.first, entries.count == 1 else {
      throw node.mismatch("an object with one key")
    }
    return entry
  }

  private mutating func translate(
    _ entry: Mapping.Entry, verb: String, at mark: Mark
  ) throws(DocumentError) {
    let body = entry.value
    let text: String
    switch entry.key.name {
    case "metainfo": return
    case "ruleset": text = "\(verb) ruleset"
    case "table":
      let name = "\(verb) table \(try Self.word(body, "family")) \(try Self.word(body, "name"))"
      text =
        try NFTJSONText.words(body, "flags").contains("dormant")
        ? "\(name) { flags dormant; }" : name
    case "chain": text = try "\(verb) chain \(Self.place(body))\(Self.hook(body))"
    case "rule": text = try "\(verb) rule \(rule(body))"
    case "set", "map", "meter":
      text = try "\(verb) \(entry.key.name == "map" ? "map" : "set") \(set(body))"
    case "element":
      let elements = try NFTJSONText.list(try body.required("elem").sequence())
      text = try "\(verb) element \(Self.place(body)) { \(elements) }"
    case "counter", "quota", "limit", "flowtable", "synproxy", "secmark", "ct helper",
      "ct timeout", "ct expectation":
      let lines = try NFTJSONObject.lines(of: entry)
      let block = lines.isEmpty ? "" : " { \(lines.joined(separator: "; ")); }"
      text = try "\(verb) \(entry.key.name) \(Self.place(body))\(block)"
    default:
      throw DocumentError(.unknownKey(entry.key.name, nearest: nil), at: entry.key.mark)
    }
    lines.append(text)
    marks.append(mark)
  }

  private static func word(_ body: Node, _ key: String) throws(DocumentError) -> String {
    try NFTJSONText.word(try body.required(key))
  }

  /// Family, table and the object's own name.
  private static func place(_ body: Node) throws(DocumentError) -> String {
    try "\(word(body, "family")) \(word(body, "table")) \(word(body, "name"))"
  }

  private static func hook(_ body: Node) throws(DocumentError) -> String {
    guard let hook = try body.optional("hook") else { return "" }
    let priority: Int32 = try body.required("prio").integer()
    let kind = try word(body, "type")
    let policy = try body.optional("policy").map { (node) throws(DocumentError) in
      " policy \(try NFTJSONText.word(node));"
    }
    return
      " { type \(kind) hook \(try NFTJSONText.word(hook)) priority \(priority);\(policy ?? "") }"
  }

  private func rule(_ body: Node) throws(DocumentError) -> String {
    var words = [
      try Self.word(body, "family"), try Self.word(body, "table"), try Self.word(body, "chain"),
    ]
    if let index = try body.optional("index") {
      words.append("index \(try index.integer(in: 0...Int(UInt32.max)))")
    }
    for statement in try body.required("expr").sequence() {
      words.append(try NFTJSONText.statement(statement))
    }
    if let comment = try body.optional("comment") {
      words.append("comment \(try NFTJSONText.quoted(comment))")
    }
    if let handle = try body.optional("handle") {
      words.append("# handle \(try handle.integer(in: 0...UInt64.max))")
    }
    return words.joined(separator: " ")
  }

  private func set(_ body: Node) throws(DocumentError) -> String {
    var lines = ["type \(try NFTJSONText.types(try body.required("type")))"]
    if let data = try body.optional("map") { lines[0] += " : \(try NFTJSONText.types(data))" }
    for key in ["size", "policy"] {
      if let value = try NFTJSONText.field(body, ifAny: key) { lines.append("\(key) \(value)") }
    }
    let flags = try NFTJSONText.words(body, "flags")
    if !flags.isEmpty { lines.append("flags \(flags.joined(separator: ","))") }
    if let timeout = try body.optional("timeout") {
      lines.append("timeout \(try timeout.integer(in: 0...UInt64.max))s")
    }
    if let interval = try body.optional("gc-interval") {
      lines.append("gc-interval \(try interval.integer(in: 0...UInt64.max))s")
    }
    if try body.optional("auto-merge")?.boolean() == true { lines.append("auto-merge") }
    for statement in try body.optional("stmt")?.sequence() ?? [] {
      lines.append(try NFTJSONText.statement(statement))
    }
    if let comment = try body.optional("comment") {
      lines.append("comment \(try NFTJSONText.quoted(comment))")
    }
    if let elements = try body.optional("elem")?.sequence(), !elements.isEmpty {
      lines.append("elements = { \(try NFTJSONText.list(elements)) }")
    }
    return "\(try Self.place(body)) { \(lines.joined(separator: "; ")); }"
  }
}
