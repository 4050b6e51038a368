import Addresses
import Ruleset

/// A rule in its own dialect, gathered word by word as it is decoded: what `iptables-save` prints
/// for a table of iptables, what `nft list ruleset` prints for a native one, without counts.
struct RuleText {
  enum Dialect {
    case save(Family)
    case nft(TableFamily)
  }

  let dialect: Dialect
  private var save = SaveText()
  private var nft = NFTText()

  init(_ dialect: Dialect) {
    self.dialect = dialect
  }

  /// A comparison of `load` with the numbers in `set`.
  mutating func compare(_ load: Load, _ comparison: Comparison) {
    switch dialect {
    case .save(let family): save.compare(load, comparison, family: family)
    case .nft: nft.compare(load, comparison)
    }
  }

  /// An x_tables match: its options as iptables prints them.
  mutating func match(_ words: String) {
    switch dialect {
    case .save: save.matches.append(words)
    case .nft: nft.add("xt match \(words)")
    }
  }

  /// An x_tables target or verdict with its options, without `-j`.
  mutating func target(_ words: String) {
    switch dialect {
    case .save: save.target = words
    case .nft: nft.add("xt target \(words)")
    }
  }

  /// A statement in nft's words.
  mutating func statement(_ words: String) {
    switch dialect {
    case .save: save.matches.append("[\(words)]")
    case .nft: nft.add(words)
    }
  }

  /// A lookup of several loads, or one with a result: `ip saddr . tcp dport vmap @verdicts`.
  mutating func lookup(_ loads: [Load], _ words: String) {
    let keys = loads.map(\.name).joined(separator: " . ")
    switch dialect {
    case .save: save.matches.append("[\(keys) \(words)]")
    case .nft: nft.lookup(loads, "\(keys) \(words)")
    }
  }

  mutating func counter() {
    if case .nft = dialect { nft.add("counter") }
  }

  mutating func verdict(_ verdict: Verdict) {
    switch dialect {
    case .save: save.target = verdict.inSave
    case .nft: nft.add(verdict.inNFT)
    }
  }

  mutating func mapping(_ nat: NAT, _ flags: NATFlags) {
    verdict(.opaque(nat.inNFT + flags.inNFT))
  }

  /// The addresses, interfaces and protocol of a legacy entry.
  mutating func entry(_ words: SaveText.Entry) {
    save.entry = words
  }

  /// All words on one line; the next rule starts anew.
  mutating func finish() -> String {
    switch dialect {
    case .save: save.finish()
    case .nft: nft.finish()
    }
  }
}

/// How a load is compared.
struct Comparison {
  enum Relation {
    case equal
    case less
    case lessOrEqual
    case greater
    case greaterOrEqual
    case range
    /// In an anonymous set, whose elements in nft's words these are.
    case elements(String)
    /// In a named set.
    case named(String)
  }

  var relation: Relation
  var isNegated: Bool
  /// The numbers it is about: one, the two ends, or all.
  var numbers: IntervalSet

  /// The first number: what an ordered comparison names.
  var number: UInt128 { numbers.intervals.first?.lowerBound ?? 0 }
}

extension Verdict {
  /// After `-j` or, for goto, `-g`.
  fileprivate var inSave: String {
    switch self {
    case .accept: "-j ACCEPT"
    case .drop: "-j DROP"
    case .return: "-j RETURN"
    case .jump(let chain): "-j \(chain)"
    case .goto(let chain): "-g \(chain)"
    case .continue: ""
    default: inNFT
    }
  }

  var inNFT: String {
    switch self {
    case .accept: "accept"
    case .drop: "drop"
    case .return: "return"
    case .jump(let chain): "jump \(chain)"
    case .goto(let chain): "goto \(chain)"
    case .continue: "continue"
    case .queue(let words), .opaque(let words): words
    case .reject(let name): RejectReply.inNFT(name)
    case .nat(let nat): nat.inNFT
    }
  }
}

extension NAT {
  /// `redirect to :15001`, `dnat to 10.0.0.1:80`.
  var inNFT: String {
    let verb =
      switch kind {
      case .redirect: "redirect"
      case .destination: "dnat"
      case .source: "snat"
      case .masquerade: "masquerade"
      }
    var target = ""
    if let addresses {
      let family = addresses.lowerBound.family
      let isOne = addresses.lowerBound == addresses.upperBound
      let text =
        isOne
        ? addresses.lowerBound.inTools
        : "\(addresses.lowerBound.inTools)-\(addresses.upperBound.inTools)"
      target = family == .ipv6 && ports != nil ? "[\(text)]" : text
    }
    if let ports { target += ":" + Self.text(ports) }
    return target.isEmpty ? verb : "\(verb) to \(target)"
  }

  static func text(_ ports: ClosedRange<UInt16>) -> String {
    ports.lowerBound == ports.upperBound
      ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
  }
}

extension RejectReply {
  fileprivate static func inNFT(_ name: String) -> String {
    for (family, kind) in [(Family.ipv4, "icmp"), (.ipv6, "icmpv6")] {
      if let reply = all(in: family).first(where: { $0.name == name }) {
        return "reject with \(kind) \(reply.nftName)"
      }
    }
    return "reject with \(name == "tcp-reset" ? "tcp reset" : name)"
  }
}
