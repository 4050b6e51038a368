import Findings
import Istio

/// The checks of objects that make no pods.
struct ResourceCheck {
  private let run: CheckRun

  init(_ run: CheckRun) { self.run = run }

  func findings() -> [Finding] {
    run.cluster.others.flatMap(misplaced) + run.cluster.envoyFilters.flatMap(filterFindings)
      + run.cluster.idleRules.flatMap(idleFindings)
      + run.cluster.uncapturedListeners.flatMap(listenerFindings)
  }

  private func misplaced(_ bystander: Cluster.Bystander) -> [Finding] {
    let entries = bystander.metadata.annotations + bystander.metadata.labels
    return entries.filter { $0.name.contains("istio") }.flatMap { entry in
      [notAString(entry, of: bystander), misplaced(entry, of: bystander)].compactMap(\.self)
    }
  }

  private func notAString(_ entry: Metadata.Entry, of bystander: Cluster.Bystander) -> Finding? {
    guard entry.text == nil else { return nil }
    return Finding(
      ManifestCodes.notAString, at: entry.valueLocation,
      "\(entry.name) is \(entry.kind), and the API server takes strings only",
      fix: entry.value.map { line(entry.name, $0.text) }, object: "\(bystander.object)")
  }

  private func misplaced(_ entry: Metadata.Entry, of bystander: Cluster.Bystander) -> Finding? {
    let object = bystander.object
    switch run.meaning(of: entry.name) {
    case .setting:
      return Finding(
        ManifestCodes.wrongObject, at: entry.location,
        "Istio does not read it from a \(object.kind); it is read from pods only",
        fix: "move it to the pod template's metadata.annotations", object: "\(object)")
    case .misspelt(let nearest):
      return Finding(
        ManifestCodes.misspelt, at: entry.location,
        "Istio knows no annotation \(entry.name)\(nearest.map { "; did you mean \($0)?" } ?? ""), "
          + "and reads none such from a \(object.kind)", fix: nearest, object: "\(object)")
    case .ofPods where object.kind == "Namespace":
      let isOff = entry.name == Injection.key && entry.text == "false"
      let fix =
        entry.name == Injection.key
        ? "the label istio-injection: \(isOff ? "disabled" : "enabled")"
        : "move it to the pod template's metadata.annotations"
      return Finding(
        ManifestCodes.wrongObject, at: entry.location,
        "Istio does not read it from a Namespace; it is read from pods only", fix: fix,
        object: "\(object)")
    case .ofPods, .unrelated: return nil
    }
  }

  private func filterFindings(_ filter: EnvoyFilter) -> [Finding] {
    var found = filter.durations.compactMap { finding(about: $0, of: filter) }
    if filter.object.namespace == run.rootNamespace, !filter.selectsWorkloads {
      found.append(
        Finding(
          ManifestCodes.meshWideFilter, at: filter.location,
          "without a workloadSelector in \(run.rootNamespace) it patches every proxy of the mesh",
          object: "\(filter.object)"))
    }
    return found
  }

  private func finding(about duration: EnvoyFilter.Duration, of filter: EnvoyFilter) -> Finding? {
    let object = "\(filter.object)"
    guard let text = duration.text, text.isString, let value = GoDuration(text.text) else {
      let written = duration.text.map { "'\($0.text)' is" } ?? "\(duration.kind) is"
      let seconds = duration.text.flatMap { Int64($0.text) } ?? duration.seconds
      return Finding(
        ManifestCodes.lenientDuration, .error, at: duration.location,
        "\(duration.field): \(written) no duration to istiod; expected seconds, such as 86400s",
        fix: seconds.map { "\(duration.field): \($0)s" }, object: object)
    }
    if GoDuration.isInSeconds(text.text) { return nil }
    return Finding(
      ManifestCodes.lenientDuration, at: duration.location,
      "\(duration.field): '\(text.text)' works through istiod only; Envoy and strict readers take "
        + "seconds", fix: "\(duration.field): \(value.inSeconds)", object: object)
  }

  private func idleFindings(_ rule: IdleRule) -> [Finding] {
    if run.version.has(.idleTimeoutForTCP) { return [] }
    return rule.timeouts.map { location in
      Finding(
        ManifestCodes.ignoredIdleTimeout, at: location,
        "before Istio 1.21 the idleTimeout does not reach TCP connections: Envoy's hour holds",
        fix: "ISTIO_META_IDLE_TIMEOUT in proxy.istio.io/config, or an EnvoyFilter",
        object: "\(rule.object)")
    }
  }

  private func listenerFindings(_ listener: UncapturedListener) -> [Finding] {
    listener.modes.map { location in
      Finding(
        ManifestCodes.captureModeNone, at: location,
        "the rules in the pod still send this traffic to Envoy; only annotations keep it away",
        object: "\(listener.object)")
    }
  }
}
