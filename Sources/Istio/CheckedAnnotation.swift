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

  /// What the webhook takes.
  public var grammar: SettingGrammar {
    switch self {
    case .initialDelaySeconds, .periodSeconds, .failureThreshold: .number
    case .mergeMetrics: .flag
    }
  }
}
