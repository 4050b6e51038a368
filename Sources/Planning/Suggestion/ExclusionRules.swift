import Istio
import Ruleset

/// The rules of some settings with every port and every range excluded that one can exclude; and the
/// same without the rules of either list, or of both.
struct ExclusionRules {
  let all: Ruleset
  /// Of each line of the generator's text, the list it comes from.
  private let lists: [List?]

  enum List {
    case ports, ranges
  }

  init(_ settings: PlanSettings) throws {
    guard var config = settings.capture.config else {
      all = Ruleset()
      lists = []
      return
    }
    config.outboundPortsExclude = settings.backend == .iptables ? "0:65535" : "0-65535"
    config.outboundIPRangesExclude = "0.0.0.0/0,::/0"
    let generated = try CaptureRules(
      for: config, version: settings.capture.version, backend: settings.backend)
    all = try generated.ruleset(owners: settings.owners)
    lists = generated.lines.map { $0.rule.flatMap { List($0.purpose) } }
  }

  /// The rules where nothing is excluded but by this list.
  func excluding(by list: List?) -> Ruleset {
    var rules = all
    for table in rules.tables.indices {
      for chain in rules.tables[table].chains.indices {
        rules.tables[table].chains[chain].rules.removeAll { rule in
          guard case .line(let line)? = rule.origin, let its = lists[line - 1] else { return false }
          return its != list
        }
      }
    }
    return rules
  }
}

extension ExclusionRules.List {
  fileprivate init?(_ purpose: RulePurpose) {
    switch purpose {
    case .excludedOutboundPort: self = .ports
    case .excludedRange: self = .ranges
    case .traced(let traced, _): self.init(traced)
    default: return nil
    }
  }
}
