import Istio
import PacketPath
import Ruleset

/// The rules a command speaks of, with what is known of where they come from.
struct LoadedRules {
  var ruleset: Ruleset
  /// Whose rules these are: a sentence without its full stop.
  var source: String
  /// The generator's own text, where the rules are Istio's.
  var generated: CaptureRules?
  /// The pod's settings, where the rules come from capture flags.
  var capture: SidecarCapture?
  var network: PodNetwork
  /// Who the sidecar runs as.
  var proxy: Owner

  /// What the rule is there for, where the generator says.
  func purpose(of rule: RuleReference) -> String? {
    guard let generated, case .line(let line)? = rule.origin else { return nil }
    return generated.purpose(ofLine: line)?.description
  }
}
