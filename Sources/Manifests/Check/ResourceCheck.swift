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
    return entries.compactMap { entry in
      guard case .setting = run.meaning(of: entry.name) else { return nil }
      return Finding(
        ManifestCodes.wrongObject, at: entry.location,
        "Istio does not read it from a \(bystander.object.kind); it is read from pods only",
        fix: "move it to the pod template's metadata.annotations", object: "\(bystander.object)")
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
      let written = duration.text.map { "'\($0.text)' is" } ?? "a list is"
      let seconds = duration.text.flatMap { UInt32($0.text) }
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
