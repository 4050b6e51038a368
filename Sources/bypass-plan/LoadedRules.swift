import Istio
import PacketPath
import Planning
import Ruleset

/// The rules a command speaks of, with what is known of where they come from.
struct LoadedRules {
  var ruleset: Ruleset
  /// Whose rules these are: a sentence without its full stop.
  var source: String
  /// The generator's own text, where the rules are Istio's.
  var generated: CaptureRules?
  /// What the generator was told, where the rules are Istio's.
  var config: CaptureConfig?
  /// The pod's settings, where the rules come from capture flags.
  var settings: PlanSettings?
  var network: PodNetwork

  /// What the rule is there for, where the generator says.
  func purpose(of rule: RuleReference) -> String? {
    guard let generated, case .line(let line)? = rule.origin else { return nil }
    return generated.purpose(ofLine: line)?.description
  }

  /// The sidecar these rules send traffic to; Istio's usual one where its settings are not known.
  var sidecar: Sidecar {
    guard let config = config else { return Sidecar() }
    func number(_ text: String) -> UInt32? { UInt32(text.prefix { $0 != "," }) }
    var sidecar = Sidecar()
    if let uid = number(config.proxyUID) { sidecar.owner.uid = uid }
    if let gid = number(config.proxyGID) { sidecar.owner.gid = gid }
    sidecar.outboundPort = UInt16(config.proxyPort) ?? sidecar.outboundPort
    sidecar.inboundPort = UInt16(config.inboundCapturePort) ?? sidecar.inboundPort
    return sidecar
  }
}
