import Addresses
import Istio
import Manifests
import PacketPath
import Planning
import Ruleset
import Testbed

/// What Istio writes, as text.
struct GeneratedRules {
  /// nil in interception mode NONE, which writes none.
  var rules: CaptureRules?
  /// What the generator was told.
  var config: CaptureConfig?
  /// The pod's settings, where the rules come from capture flags or a manifest.
  var settings: PlanSettings?
  /// Whose rules these are: a sentence without its full stop.
  var source: String
  /// Whose pods have these rules, where a manifest says so.
  var workload: Workload?
}

/// The rules a command speaks of, with what is known of where they come from.
struct LoadedRules {
  var ruleset: Ruleset
  /// Whose rules these are: a sentence without its full stop.
  var source: String
  /// The generator's own text, where the rules are Istio's.
  var generated: CaptureRules?
  /// What the generator was told, where the rules are Istio's.
  var config: CaptureConfig?
  /// The pod's settings, where the rules come from capture flags or a manifest.
  var settings: PlanSettings?
  /// Whose pods have these rules, where a manifest says so.
  var workload: Workload?
  var network: PodNetwork
  /// The source's own text, where it is one that a loader takes.
  var text: LoadableText?

  /// What the rule is there for, where the generator says.
  func purpose(of rule: RuleReference) -> String? {
    guard let generated, case .line(let line)? = rule.origin else { return nil }
    return generated.purpose(ofLine: line)?.description
  }

  /// Whom these rules take for the proxy; Istio's usual owner where its settings are not known.
  var proxy: Owner {
    var owner = Sidecar().owner
    guard let config else { return owner }
    func number(_ text: String) -> UInt32? { UInt32(text.prefix { $0 != "," }) }
    if let uid = number(config.proxyUID) { owner.uid = uid }
    if let gid = number(config.proxyGID) { owner.gid = gid }
    return owner
  }

  /// The sidecar these rules send traffic to, as it runs: in TPROXY mode Istio's injection template
  /// makes its user root, who needs NET_ADMIN, unless the pod says otherwise; the group remains.
  var sidecar: Sidecar {
    var sidecar = Sidecar(owner: proxy)
    let isTProxy = config?.isTProxy ?? (ruleset.tproxyMark != nil)
    if isTProxy, proxy.uid == Sidecar().owner.uid { sidecar.owner.uid = 0 }
    guard let config else { return sidecar }
    sidecar.outboundPort = UInt16(config.proxyPort) ?? sidecar.outboundPort
    sidecar.inboundPort = UInt16(config.inboundCapturePort) ?? sidecar.inboundPort
    return sidecar
  }

  /// The families the pod has, as far as its rules tell: those Istio writes rules for, or else those
  /// that have any.
  var families: [Family] {
    if let config = settings?.capture.config {
      return config.enableIPv6 ? [.ipv4, .ipv6] : [.ipv4]
    }
    let held = Family.allCases.filter { family in
      ruleset.tables.contains { table in
        table.family.sees(family) && table.chains.contains { !$0.rules.isEmpty }
      }
    }
    return held.isEmpty ? [.ipv4] : held
  }

  /// The rules as a loader takes them: word by word where there is such a text, else written anew.
  var loadableText: LoadableText {
    if let text { return text }
    guard let generated else { return LoadableText(writing: ruleset) }
    if generated.backend == .nftables { return LoadableText(nft: Array(generated.text.utf8)) }
    let texts = [Family.ipv4, .ipv6].map { generated.restoreInput(for: $0) }
    return texts.contains(nil)
      ? LoadableText(writing: ruleset) : LoadableText(ipv4: texts[0], ipv6: texts[1])
  }
}
