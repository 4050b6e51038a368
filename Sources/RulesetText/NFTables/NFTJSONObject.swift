import Documents

/// The bodies of objects that rules name, such as limits, as nft spells them.
enum NFTJSONObject {
  /// The lines between the braces; none where the object is only named.
  static func lines(of entry: Mapping.Entry) throws(DocumentError) -> [String] {
    let body = entry.value
    switch entry.key.name {
    case "counter" where body["packets"] != nil: return [try NFTJSONText.counts(body)]
    case "limit" where body["rate"] != nil: return [try NFTJSONText.limit(body)]
    case "quota" where body["bytes"] != nil:
      let used = try NFTJSONText.field(body, ifAny: "used") ?? "0"
      let limit = try "\(NFTJSONText.over(body))\(NFTJSONText.field(body, "bytes")) bytes"
      return [used == "0" ? limit : "\(limit) used \(used) bytes"]
    case "ct helper" where body["type"] != nil:
      let kind = try NFTJSONText.quoted(try body.required("type"))
      return try ["type \(kind) protocol \(NFTJSONText.field(body, "protocol"))"]
        + fields(of: body, ["l3proto"])
    case "ct timeout":
      return try fields(of: body, ["protocol", "l3proto"]) + timeouts(body)
    case "ct expectation":
      var lines = try fields(of: body, ["protocol", "dport"])
      if let timeout = try NFTJSONText.field(body, ifAny: "timeout") {
        lines.append("timeout \(timeout)ms")
      }
      return try lines + fields(of: body, ["size", "l3proto"])
    case "synproxy": return try synproxy(body)
    case "secmark" where body["context"] != nil:
      return [try NFTJSONText.quoted(try body.required("context"))]
    case "flowtable" where body["hook"] != nil: return try flowtable(body)
    default: return []
    }
  }

  /// `mss 1460`, `wscale 7`, `timestamp`, `sack-perm`.
  static func synproxy(_ body: Node) throws(DocumentError) -> [String] {
    try fields(of: body, ["mss", "wscale"]) + NFTJSONText.words(body, "flags")
  }

  private static func fields(
    of body: Node, _ keys: [String]
  ) throws(DocumentError) -> [String] {
    var lines: [String] = []
    for key in keys {
      if let value = try NFTJSONText.field(body, ifAny: key) { lines.append("\(key) \(value)") }
    }
    return lines
  }

  private static func timeouts(_ body: Node) throws(DocumentError) -> [String] {
    guard let policy = try body.optional("policy") else { return [] }
    var states: [String] = []
    for entry in try policy.mapping().entries {
      states.append("\(entry.key.name) : \(try NFTJSONText.word(entry.value))")
    }
    return ["policy = { \(states.joined(separator: ", ")) }"]
  }

  private static func flowtable(_ body: Node) throws(DocumentError) -> [String] {
    let devices = try NFTJSONText.words(body, "dev").map { "\"\($0)\"" }
    let hook = try NFTJSONText.field(body, "hook")
    let priority: Int32 = try body.required("prio").integer()
    return ["hook \(hook) priority \(priority)"]
      + (devices.isEmpty ? [] : ["devices = { \(devices.joined(separator: ", ")) }"])
  }
}
