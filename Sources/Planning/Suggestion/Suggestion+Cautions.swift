public import Addresses
public import Findings
import Istio

extension Suggestion.Found {
  /// Both lists as they are to be written on the pod template, those without an entry left out.
  public var exclusionAnnotations: [(key: String, value: String)] {
    let names = [
      TrafficSetting.excludeOutboundPorts.annotation,
      TrafficSetting.excludeOutboundIPRanges.annotation,
    ]
    return names.compactMap { name in settings.pod.annotations[name].map { (name, $0) } }
  }

  /// What there is to say about the exclusion.
  public func cautions(clusterRanges: [Prefix] = []) -> [Finding] {
    settings.cautions(clusterRanges: clusterRanges) + [tooLong].compactMap(\.self)
  }

  private var tooLong: Finding? {
    let bytes = exclusionAnnotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    guard bytes > Self.annotationLimit else { return nil }
    return Finding(
      PlanCodes.annotationTooLong,
      "The two annotations hold \(bytes >> 10) KiB; Kubernetes takes 256 KiB for all of a pod's.",
      fix: "bypass-plan suggest --aggregate 24")
  }

  /// `TotalAnnotationSizeLimitB` of k8s.io/apimachinery, pkg/api/validation/objectmeta.go.
  private static let annotationLimit = 256 << 10
}
