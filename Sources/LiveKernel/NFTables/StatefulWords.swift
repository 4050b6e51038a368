import CNftnl

/// Limits and quotas in nft's words.
enum StatefulWords {
  static func text(_ name: String, _ data: Bytes) -> (name: String, detail: String)? {
    switch name {
    case "limit":
      guard let rate = data.attribute(NFTA_LIMIT_RATE)?.network(0, as: UInt64.self),
        let unit = data.attribute(NFTA_LIMIT_UNIT)?.network(0, as: UInt64.self),
        let time = units[unit]
      else { return nil }
      let isOver = (data.number(NFTA_LIMIT_FLAGS) ?? 0) & 1 != 0
      let isBytes = data.number(NFTA_LIMIT_TYPE) == 1
      let burst = data.number(NFTA_LIMIT_BURST) ?? 0
      let detail =
        "rate \(isOver ? "over " : "")\(rate)\(isBytes ? " bytes" : "")/\(time)"
        + (burst > 0 && (burst != 5 || isBytes)
          ? " burst \(burst) \(isBytes ? "bytes" : "packets")" : "")
      return ("limit", detail)
    case "quota":
      guard let bytes = data.attribute(NFTA_QUOTA_BYTES)?.network(0, as: UInt64.self) else {
        return nil
      }
      let isOver = (data.number(NFTA_QUOTA_FLAGS) ?? 0) & 1 != 0
      let (number, unit) =
        bytes % (1 << 20) == 0 && bytes > 0
        ? (bytes >> 20, "mbytes")
        : bytes % (1 << 10) == 0 && bytes > 0 ? (bytes >> 10, "kbytes") : (bytes, "bytes")
      return ("quota", "\(isOver ? "over " : "")\(number) \(unit)")
    case "connlimit":
      guard let count = data.number(NFTA_CONNLIMIT_COUNT) else { return nil }
      let isOver = (data.number(NFTA_CONNLIMIT_FLAGS) ?? 0) & 1 != 0
      return ("ct count", "\(isOver ? "over " : "")\(count)")
    default: return nil
    }
  }

  /// The match iptables-nft writes so, with its options as iptables prints them.
  static func saved(_ name: String, _ data: Bytes) -> (name: String, detail: String)? {
    guard name == "limit", data.number(NFTA_LIMIT_TYPE) ?? 0 == 0,
      data.number(NFTA_LIMIT_FLAGS) ?? 0 == 0,
      let rate = data.attribute(NFTA_LIMIT_RATE)?.network(0, as: UInt64.self),
      let unit = data.attribute(NFTA_LIMIT_UNIT)?.network(0, as: UInt64.self),
      let time = savedUnits[unit]
    else { return nil }
    let burst = data.number(NFTA_LIMIT_BURST) ?? 0
    return ("limit", "--limit \(rate)/\(time)\(burst == 5 ? "" : " --limit-burst \(burst)")")
  }

  private static let savedUnits: [UInt64: String] = [
    1: "sec", 60: "min", 3600: "hour", 86400: "day",
  ]

  private static let units: [UInt64: String] = [
    1: "second", 60: "minute", 3600: "hour", 86400: "day", 604_800: "week",
  ]
}
