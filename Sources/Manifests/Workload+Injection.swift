public import Istio

extension Workload {
  /// Whether the pods get a sidecar, and what decides it.
  ///
  /// Without the labels of its namespace, injection is taken as on: only the pod can say no.
  public func injection(namespaceLabels: [String: String]?, mesh: MeshValues) -> Injection {
    var pod = Injection.Candidate()
    pod.namespace = namespace
    pod.namespaceLabels = namespaceLabels ?? ["istio-injection": "enabled"]
    pod.podLabels = podMetadata.labelTexts
    pod.podAnnotations = podMetadata.annotationTexts
    pod.hostNetwork = hostNetwork != nil
    pod.enableNamespacesByDefault = mesh.enableNamespacesByDefault ?? false
    pod.autoInject = mesh.autoInject ?? true
    return Injection(of: pod)
  }
}
