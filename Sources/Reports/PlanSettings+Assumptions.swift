import Istio
import Planning

extension PlanSettings {
  /// What the settings say of the mesh, or leave to its defaults, in one sentence.
  var assumptions: String {
    let words = [
      "Istio \(capture.version)", backend.rawValue,
      capture.install == .cni ? "Istio CNI" : "istio-init",
      capture.setting(.interceptionMode)?.text ?? "REDIRECT", dns,
      pod.mesh.values.isEmpty ? "no mesh-wide lists" : "mesh-wide values given",
    ]
    return "Assumed: \(words.joined(separator: ", "))."
  }

  private var dns: String {
    guard let config = capture.config, config.redirectDNS else { return "no DNS capture" }
    if config.captureAllDNS { return "DNS captured" }
    return config.capturesNoDNSServer
      ? "DNS capture without a known server" : "DNS to listed servers captured"
  }
}
