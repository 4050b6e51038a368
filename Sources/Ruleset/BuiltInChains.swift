/// The base chains of iptables' tables: which hooks each has and at which priority
/// (`nf_ip_hook_priorities`, `xt_table.valid_hooks`).
public enum BuiltInChains {
  public static let tables = ["raw", "mangle", "nat", "filter", "security"]

  /// The base chain `chain` of `table`; nil where iptables has none of that name.
  public static func base(_ chain: String, in table: String) -> BaseChain? {
    guard let hook = names.first(where: { $0.name == chain })?.hook,
      hooks(of: table).contains(hook)
    else { return nil }
    return switch table {
    case "raw": BaseChain(.filter, hook: hook, priority: -300)
    case "mangle": BaseChain(hook == .output ? .route : .filter, hook: hook, priority: -150)
    case "nat":
      BaseChain(
        .nat, hook: hook, priority: hook.natPriority)
    case "security": BaseChain(.filter, hook: hook, priority: 50)
    default: BaseChain(.filter, hook: hook, priority: 0)
    }
  }

  public static let names: [(name: String, hook: Hook)] = [
    ("PREROUTING", .prerouting), ("INPUT", .input), ("FORWARD", .forward), ("OUTPUT", .output),
    ("POSTROUTING", .postrouting),
  ]

  public static func hooks(of table: String) -> [Hook] {
    switch table {
    case "raw": [.prerouting, .output]
    case "mangle": [.prerouting, .input, .forward, .output, .postrouting]
    case "nat": [.prerouting, .input, .output, .postrouting]
    case "filter", "security": [.input, .forward, .output]
    default: []
    }
  }
}
