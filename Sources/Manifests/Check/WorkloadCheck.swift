import Documents
import Findings
import Istio

/// The checks of one workload under one version. One instance, one workload.
struct WorkloadCheck {
  let workload: Workload
  let run: CheckRun
  private(set) var found: [Finding] = []

  init(_ workload: Workload, _ run: CheckRun) {
    self.workload = workload
    self.run = run
  }

  /// Names first, since they hold for any pod; effects last, since they need a value that is taken.
  mutating func findings() -> [Finding] {
    checkNames()
    if !checkSidecar() { return found }
    let pod: PodTraffic
    do throws(DocumentError) {
      pod = try workload.traffic(in: run.meshValues, enablesIPv6: run.enablesIPv6)
    } catch {
      let entry = workload.podMetadata.annotation(Workload.proxyConfigAnnotation)
      report(
        ManifestCodes.badValue, at: entry?.value?.location ?? workload.location,
        "its text cannot be read (\(error.message), line \(error.mark.line) of the text); "
          + "\(Refusal.Stage.webhook)")
      return found
    }
    if workload.isInjected { checkDrift() }
    guard let config = checkValues(pod) else { return found }
    checkModes(pod)
    checkReplacements(pod)
    checkContainers(config)
    found += EffectCheck(self, pod, config).findings()
    return found
  }

  mutating func report(
    _ code: Code, _ severity: Finding.Severity? = nil, at location: Location, _ message: String,
    fix: String? = nil, related: [Location] = []
  ) {
    found.append(finding(code, severity, at: location, message, fix: fix, related: related))
  }

  func finding(
    _ code: Code, _ severity: Finding.Severity? = nil, at location: Location, _ message: String,
    fix: String? = nil, related: [Location] = []
  ) -> Finding {
    Finding(
      code, severity, at: location, message, fix: fix, object: "\(workload.object)",
      related: related)
  }

  /// The pods' annotations that are settings of capture, in the order they are written.
  var settings: [(setting: TrafficSetting, entry: Metadata.Entry)] {
    workload.podMetadata.annotations.compactMap { entry in
      TrafficSetting(annotation: entry.name).map { ($0, entry) }
    }
  }

  func entry(_ setting: TrafficSetting) -> Metadata.Entry? {
    workload.podMetadata.annotation(setting.annotation)
  }
}

extension Metadata.Entry {
  /// Where the value stands, or else the key.
  var valueLocation: Location { value?.location ?? location }
}

/// An annotation as it is pasted.
func line(_ name: String, _ value: String) -> String { "\(name): \"\(value)\"" }
