import Findings
import Istio

extension WorkloadCheck {
  mutating func checkNames() {
    for entry in workload.podMetadata.annotations { checkName(of: entry) }
    for stray in workload.strays { checkStray(stray) }
    for entry in workload.podMetadata.labels { checkLabel(entry, of: "pod") }
    guard workload.hasTemplate else { return }
    for entry in workload.metadata.annotations { checkMisplaced(entry) }
    for entry in workload.metadata.labels { checkLabel(entry, of: workload.object.kind) }
  }

  private mutating func checkName(of entry: Metadata.Entry) {
    checkIsString(entry)
    switch run.meaning(of: entry.name) {
    case .misspelt(let nearest): reportMisspelt(entry, nearest)
    case .setting(let setting): checkAge(of: setting, entry)
    case .ofPods, .unrelated: break
    }
  }

  private mutating func checkIsString(_ entry: Metadata.Entry) {
    guard entry.text == nil else { return }
    let fix = entry.value.map { line(entry.name, $0.text) }
    report(
      ManifestCodes.notAString, at: entry.valueLocation,
      "\(entry.name) is \(entry.kind), and the API server takes strings only", fix: fix)
  }

  private mutating func reportMisspelt(_ entry: Metadata.Entry, _ nearest: String?) {
    let guess = nearest.map { "; did you mean \($0)?" } ?? ""
    report(
      ManifestCodes.misspelt, at: entry.location, "Istio knows no annotation \(entry.name)\(guess)",
      fix: nearest)
  }

  private mutating func checkAge(of setting: TrafficSetting, _ entry: Metadata.Entry) {
    if !setting.isRead(by: run.version) {
      report(
        ManifestCodes.notReadYet, at: entry.location,
        "\(entry.name) is read from Istio 1.25 on; before, "
          + "\(TrafficSetting.kubevirtInterfaces.annotation) says the same",
        fix: TrafficSetting.kubevirtInterfaces.annotation)
    }
    let newer = TrafficSetting.rerouteVirtualInterfaces
    guard setting == .kubevirtInterfaces, newer.isRead(by: run.version) else { return }
    if let winner = self.entry(newer) {
      report(
        PlanCodes.noEffect, at: entry.location, "\(newer.annotation) is given too, and wins",
        related: [winner.location])
    } else {
      report(
        ManifestCodes.deprecated, at: entry.location,
        "since Istio 1.25 its name is \(newer.annotation)", fix: newer.annotation)
    }
  }

  private mutating func checkLabel(_ entry: Metadata.Entry, of owner: String) {
    checkIsString(entry)
    guard case .setting = run.meaning(of: entry.name) else { return }
    report(
      ManifestCodes.wrongObject, at: entry.location,
      "this is a label of the \(owner); Istio reads the annotation of that name only",
      fix: "move it to \(workload.templatePath)")
  }

  /// An annotation in nobody's metadata, or in that of what is no pod.
  private mutating func checkStray(_ stray: Workload.Stray) {
    switch run.meaning(of: stray.entry.name) {
    case .unrelated: break
    case .setting, .ofPods, .misspelt:
      let place = stray.place.isEmpty ? "at the top of the object" : "in \(stray.place)"
      report(
        ManifestCodes.wrongObject, at: stray.entry.location,
        "\(place) it is no annotation of the pods, and Istio reads those only",
        fix: "move it to \(workload.templatePath)")
    }
  }

  /// An annotation of the object itself, which is not its pods'.
  private mutating func checkMisplaced(_ entry: Metadata.Entry) {
    checkIsString(entry)
    switch run.meaning(of: entry.name) {
    case .unrelated: break
    case .misspelt(let nearest): reportMisspelt(entry, nearest)
    case .setting, .ofPods:
      let twin = workload.podMetadata.annotation(entry.name)
      let state = twin == nil ? "" : "; the pod template's own value holds"
      report(
        ManifestCodes.wrongObject, at: entry.location,
        "an annotation of the \(workload.object.kind) is not one of its pods, and Istio reads "
          + "those only\(state)",
        fix: twin == nil ? "move it to \(workload.templatePath)" : "remove it",
        related: [twin?.location].compactMap(\.self))
    }
  }
}
