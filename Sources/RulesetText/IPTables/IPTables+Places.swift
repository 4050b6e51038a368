import Ruleset

extension IPTables {
  /// Where the kernel lets a match or target stand; nil is anywhere.
  struct Place {
    var table: String?
    var hooks: [Hook]?
  }

  /// `table` and `hooks` of each `struct xt_target` (net/netfilter, net/ipv4/netfilter).
  static let targetPlaces: [String: Place] = [
    "REDIRECT": Place(table: "nat", hooks: [.prerouting, .output]),
    "DNAT": Place(table: "nat", hooks: [.prerouting, .output]),
    "SNAT": Place(table: "nat", hooks: [.postrouting, .input]),
    "MASQUERADE": Place(table: "nat", hooks: [.postrouting]),
    "NETMAP": Place(table: "nat", hooks: [.prerouting, .postrouting, .output, .input]),
    "TPROXY": Place(table: "mangle", hooks: [.prerouting]),
    "CT": Place(table: "raw"), "NOTRACK": Place(table: "raw"),
    "REJECT": Place(table: "filter", hooks: [.input, .forward, .output]),
    "TTL": Place(table: "mangle"), "HL": Place(table: "mangle"), "TOS": Place(table: "mangle"),
    "DSCP": Place(table: "mangle"), "ECN": Place(table: "mangle"),
    "CHECKSUM": Place(table: "mangle"),
    "CLASSIFY": Place(hooks: [.output, .forward, .postrouting]),
  ]

  /// `hooks` of each `struct xt_match`, or what its `checkentry` looks at.
  static let matchPlaces: [String: Place] = [
    "owner": Place(hooks: [.output, .postrouting]),
    "limit-iface-in": Place(hooks: [.prerouting, .input, .forward]),
    "limit-iface-out": Place(hooks: [.forward, .output, .postrouting]),
  ]

  /// Extensions that only one family's tool has.
  static let familyOfExtension: [String: Family] = [
    "icmp": .ip, "ttl": .ip, "realm": .ip, "TTL": .ip, "ECN": .ip, "CLUSTERIP": .ip, "ULOG": .ip,
    "icmp6": .ip6, "hl": .ip6, "frag": .ip6, "rt": .ip6, "hbh": .ip6, "dst": .ip6, "mh": .ip6,
    "eui64": .ip6, "ipv6header": .ip6, "srh": .ip6, "HL": .ip6, "DNPT": .ip6, "SNPT": .ip6,
  ]
}

extension IPTables.DraftRule {
  /// A part of the rule that may stand in some places only.
  struct Claim {
    var word: IPTables.Word
    var name: String
    var place: IPTables.Place
  }
}

extension IPTables.RuleSyntax {
  /// What the rule's extensions ask of the place it stands in.
  func claims() -> [IPTables.DraftRule.Claim] {
    var claims: [IPTables.DraftRule.Claim] = []
    for part in parts {
      let places = part.kind == .target ? IPTables.targetPlaces : IPTables.matchPlaces
      guard part.kind == .target || part.kind == .match else { continue }
      if let place = places[part.name] {
        claims.append(.init(word: part.word, name: "'\(part.name)'", place: place))
      }
      guard part.kind == .match else { continue }
      for given in part.options {
        if let place = places[given.name] {
          claims.append(.init(word: given.word, name: "'\(given.word.text)'", place: place))
        }
      }
    }
    return claims
  }
}

extension IPTables.DraftRule.Claim {
  /// Refuses the table, or one of the hooks from whose chains the rule is reached.
  func check(in table: String, reachedFrom hooks: [Hook]) throws(ReadError) {
    if let wanted = place.table, wanted != table {
      throw word.error("\(name) can stand in table '\(wanted)' only")
    }
    guard let allowed = place.hooks, !hooks.allSatisfy(allowed.contains) else { return }
    let names = BuiltInChains.names
    let places = names.filter { allowed.contains($0.hook) }.map(\.name)
    let found = names.first { hooks.contains($0.hook) && !allowed.contains($0.hook) }?.name ?? ""
    throw word.error(
      "\(name) can stand in \(places.joined(separator: " and ")) only, and this is reached from \(found)"
    )
  }
}
