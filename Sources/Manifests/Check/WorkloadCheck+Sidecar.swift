import Findings
import Istio

extension WorkloadCheck {
  /// Whether there will be rules at all. Where not, every setting is without effect, and says so.
  mutating func checkSidecar() -> Bool {
    if workload.isInjected { return true }
    let namespace = run.cluster.namespace(workload.namespace)
    let labels = namespace?.metadata.labelTexts
    let injection = workload.injection(namespaceLabels: labels, mesh: run.meshValues)
    if isAmbient(labels, injection) {
      let mode = AmbientCapture.dataplaneMode.rawValue
      let cause = workload.podMetadata.label(mode) ?? namespace?.metadata.label(mode)
      reportAll(
        PlanCodes.ambient,
        "has no effect on a pod of the ambient mesh, whose rules test neither "
          + "ports nor ranges", related: [cause?.location],
        besides: .rerouteVirtualInterfaces)
      return false
    }
    if let templates = workload.podMetadata.annotation("inject.istio.io/templates"),
      let text = templates.text, !text.split(separator: ",").contains("sidecar")
    {
      reportAll(
        ManifestCodes.noSidecar,
        "has no effect: the pod is injected with the template '\(text)' "
          + "instead of a sidecar", related: [templates.location])
      return false
    }
    guard !injection.isInjected else { return true }
    reportAll(
      ManifestCodes.noSidecar,
      "has no effect: the pod gets no sidecar, because \(injection.reason)",
      related: [cause(of: injection.reason, namespace)])
    return false
  }

  /// A pod with a sidecar is never ambient; the manifests show a sidecar where a label asks for one.
  private func isAmbient(_ labels: [String: String]?, _ injection: Injection) -> Bool {
    let asksForSidecar = labels != nil || workload.podMetadata.labelTexts[Injection.key] == "true"
    if injection.isInjected, asksForSidecar { return false }
    return AmbientCapture.holds(
      podLabels: workload.podMetadata.labelTexts,
      podAnnotations: workload.podMetadata.annotationTexts, namespaceLabels: labels ?? [:])
  }

  private func cause(of reason: Injection.Reason, _ namespace: Cluster.Bystander?) -> Location? {
    switch reason {
    case .hostNetwork: workload.hostNetwork
    case .podLabelSaysNo, .podLabel, .podRevision:
      workload.podMetadata.label(Injection.key)?.location
    case .podAnnotationSaysNo: workload.podMetadata.annotation(Injection.key)?.location
    case .namespaceBlocks, .namespaceEnabled:
      namespace?.metadata.label("istio-injection")?.location
    case .namespaceRevision: namespace?.metadata.label("istio.io/rev")?.location
    case .nothingSelects, .everyNamespace, .systemNamespace, .policyDisabled: namespace?.location
    }
  }

  mutating func reportAll(
    _ code: Code, _ message: String, related: [Location?], besides: TrafficSetting? = nil
  ) {
    for (setting, entry) in settings where setting != besides && setting != .statusPort {
      report(
        code, .warning, at: entry.location, "\(setting.rawValue) \(message)",
        related: related.compactMap(\.self))
    }
  }
}
