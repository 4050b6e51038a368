import Addresses

/// A program as one native nft script: three `inet` tables that serve both families.
///
/// Models `addIstioTableRules` of tools/istio-nftables/pkg/capture/run.go.
struct NftScript {
  private(set) var lines: [CaptureRules.Line] = []
  private let program: CaptureProgram
  private let dialect: NftDialect

  init(_ program: CaptureProgram) {
    self.program = program
    dialect = NftDialect(config: program.config, version: program.version)
    for table in [CaptureRule.Table.nat, .mangle, .raw] { print(table) }
  }

  /// Only chains with rules are made, even where another is jumped to.
  private mutating func print(_ table: CaptureRule.Table) {
    let rules = rules(of: table)
    let used = Set(rules.map(\.rule.chain))
    guard !used.isEmpty else { return }
    let name = "inet " + table.nftName
    print("add table \(name)")
    print("flush table \(name)")
    for chain in table.nftChains where used.contains(chain) {
      let hook = table.nftHook(of: chain).map { " " + $0 } ?? ""
      print("add chain \(name) \(chain.nftName)\(hook)")
    }
    var counts: [CaptureRule.Chain: Int] = [:]
    for (rule, family) in rules {
      let count = counts[rule.chain, default: 0]
      counts[rule.chain] = count + 1
      let chain = "\(name) \(rule.chain.nftName)"
      // nft knows no place beyond the last rule, so such an insert is an add.
      let command =
        switch rule.placement {
        case .insert(let position) where position <= count:
          "insert rule \(chain) index \(position - 1)"
        case .insert, .append: "add rule \(chain)"
        }
      let words = [command] + dialect.words(for: rule.purpose, family ?? .ipv4)
      lines.append(
        CaptureRules.Line(text: words.joined(separator: " "), rule: rule, family: family))
    }
  }

  /// A rule that names no address serves both families, whether IPv6 is enabled or not.
  private func rules(of table: CaptureRule.Table) -> [(rule: CaptureRule, family: Family?)] {
    program.rules.filter { $0.table == table }.flatMap { rule -> [(CaptureRule, Family?)] in
      guard rule.purpose.namesAddress else { return [(rule, nil)] }
      return rule.families.filter { $0 == .ipv4 || program.config.enableIPv6 }.map { (rule, $0) }
    }
  }

  private mutating func print(_ text: String) {
    lines.append(CaptureRules.Line(text: text, rule: nil, family: nil))
  }
}

extension CaptureRule.Table {
  /// The name in nft.
  public var nftName: String { "istio-proxy-\(rawValue)" }

  /// The chains Istio may make, in its order.
  var nftChains: [CaptureRule.Chain] {
    switch self {
    case .nat: [.prerouting, .output, .inbound, .redirect, .inRedirect, .outbound, .outboundDNS]
    case .mangle: [.prerouting, .output, .divert, .tproxy, .inbound, .drop]
    case .raw: [.prerouting, .output, .inbound, .outboundDNS]
    }
  }

  /// How a base chain is bound to its hook. Packets sent are routed again after mangle, whose marks
  /// routing looks at.
  func nftHook(of chain: CaptureRule.Chain) -> String? {
    guard chain.isBuiltIn else { return nil }
    let (type, priority) =
      switch self {
      case .nat: ("nat", -100)
      case .mangle: (chain == .output ? "route" : "filter", -150)
      case .raw: ("filter", -300)
      }
    return "{ type \(type) hook \(chain.nftName) priority \(priority) ; }"
  }
}
