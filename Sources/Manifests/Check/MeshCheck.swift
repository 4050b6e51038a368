import Findings
import Istio

/// The mesh-wide values, which nobody checks before the generator and the kernel do.
struct MeshCheck {
  private let mesh: Mesh
  private let run: CheckRun

  init(_ mesh: Mesh, _ run: CheckRun) {
    self.mesh = mesh
    self.run = run
  }

  func findings() -> [Finding] {
    var pod = PodTraffic()
    pod.mesh = mesh.values.settings
    pod.proxyMetadata = mesh.values.proxyMetadata
    pod.ipv6 = .known(run.enablesIPv6)
    var found: [Finding] = []
    for refusal in SidecarCapture.refusals(of: pod, version: run.version, install: run.install) {
      found += finding(Fault(refusal)) { $0.helmPath == refusal.setting }
    }
    guard found.isEmpty,
      let capture = try? SidecarCapture(pod, version: run.version, install: run.install),
      let config = capture.config
    else { return found }
    for fault in run.faults(of: config) {
      found += finding(Fault(fault)) { setting in
        setting.key.rawValue == fault.key
          && mesh.values.settings.values[setting]?.contains(fault.item) == true
      }
    }
    return found
  }

  private func finding(_ fault: Fault, of isMeant: (TrafficSetting) -> Bool) -> [Finding] {
    guard let setting = TrafficSetting.allCases.first(where: isMeant),
      let location = mesh.locations[setting], let path = setting.helmPath
    else { return [] }
    let fixed = mesh.values.settings.values[setting].flatMap(setting.repaired)
    return [
      Finding(
        fault.code, fault.severity, at: location, "\(path): '\(fault.item)' \(fault.message)",
        fix: fixed.map { line(path, $0) }, object: mesh.object.map { "\($0)" })
    ]
  }
}
