import Istio
import Planning

extension PlanSettings {
  /// What the settings say of the mesh, or leave to its defaults, in one sentence.
  var assumptions: String {
    let dns =
      capture.config?.redirectDNS == true
      ? (capture.config?.captureAllDNS == true ? "DNS captured" : "DNS to listed servers captured")
      : "no DNS capture"
    let words = [
      "Istio \(capture.version)", backend.rawValue,
      capture.install == .cni ? "Istio CNI" : "istio-init",
      capture.setting(.interceptionMode)?.text ?? "REDIRECT", dns,
      pod.mesh.values.isEmpty ? "no mesh-wide lists" : "mesh-wide values given",
    ]
    return "Assumed: \(words.joined(separator: ", "))."
  }
}
