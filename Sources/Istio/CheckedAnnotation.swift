/// Annotations that do not change capture and that the webhook checks all the same: a wrong value
/// denies the pod.
///
/// Source: `AnnotationValidation` of pkg/kube/inject/validate.go. `proxy.istio.io/config` is checked
/// there too, as YAML.
public enum CheckedAnnotation: String, Hashable, Sendable, CaseIterable {
  case initialDelaySeconds = "readiness.status.sidecar.istio.io/initialDelaySeconds"
  case periodSeconds = "readiness.status.sidecar.istio.io/periodSeconds"
  case failureThreshold = "readiness.status.sidecar.istio.io/failureThreshold"
  case mergeMetrics = "prometheus.istio.io/merge-metrics"
  case proxyCPU = "sidecar.istio.io/proxyCPU"
  case proxyCPULimit = "sidecar.istio.io/proxyCPULimit"
  case proxyMemory = "sidecar.istio.io/proxyMemory"
  case proxyMemoryLimit = "sidecar.istio.io/proxyMemoryLimit"

  /// What the webhook takes.
  public func grammar(_ version: IstioVersion) -> SettingGrammar {
    switch self {
    case .initialDelaySeconds, .periodSeconds, .failureThreshold: .number
    case .mergeMetrics: .flag
    case .proxyCPU, .proxyCPULimit, .proxyMemory, .proxyMemoryLimit:
      version.has(.resourceAmountsChecked) ? .quantity : .anything
    }
  }
}
