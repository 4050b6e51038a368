import Istio
import PacketPath
import Planning
import Ruleset

/// The rules a command speaks of, with what is known of where they come from.
struct LoadedRules {
  var ruleset: Ruleset
  /// One sentence: whose rules these are.
  var headline: String
  /// The generator's own text, where the rules are Istio's.
  var generated: CaptureRules?
  /// The pod's settings, where the rules come from capture flags.
  var settings: PlanSettings?
  var network: PodNetwork

  /// What the rule is there for, where the generator says.
  func purpose(of rule: RuleReference) -> String? {
    guard let generated, case .line(let line)? = rule.origin else { return nil }
    return generated.purpose(ofLine: line)?.description
  }
}
