/// The workload that something is pasted for. The names are placeholders unless the user gave theirs.
public struct PasteTarget: Hashable, Sendable {
  public var object: ObjectName
  /// Labels that its pods have, and nobody else's.
  public var labels: [Label]
  /// Annotations its pods have already. A list that is written replaces one of these.
  public var annotations: [String: String] = [:]

  public struct Label: Hashable, Sendable {
    public var name: String
    public var value: String
  }

  /// - Parameter object: With a namespace, which an EnvoyFilter needs.
  public init(_ object: ObjectName) {
    self.object = object
    labels = [Label(name: "app", value: object.name)]
  }

  /// A workload as its manifest has it.
  public init(_ workload: Workload) {
    self.init(workload.object)
    object.namespace = workload.namespace
    annotations = workload.podMetadata.annotationTexts
    let own = workload.podMetadata.labelTexts.filter { !Self.isGiven($0.key) }
    if !own.isEmpty {
      labels = own.sorted { $0.key < $1.key }.map { Label(name: $0.key, value: $0.value) }
    }
  }

  public static let placeholder = PasteTarget(
    ObjectName(kind: "Deployment", name: "my-app", namespace: "my-namespace"))

  public var namespace: String { object.namespace ?? "default" }

  /// `[NAMESPACE/]Kind/name`; nil where the text is none.
  public init?(argument text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count), !parts.contains("") else { return nil }
    let kind = parts[parts.count - 2]
    let known = Self.groups.keys.first { $0.lowercased() == kind.lowercased() }
    self.init(
      ObjectName(
        kind: known ?? kind, name: parts[parts.count - 1],
        namespace: parts.count == 3 ? parts[0] : "default"))
  }

  /// Labels that a controller or an operator gives pods besides those they are selected by.
  private static func isGiven(_ label: String) -> Bool {
    label.hasPrefix("sidecar.istio.io/") || label.hasPrefix("istio.io/")
      || ["pod-template-hash", "controller-revision-hash"].contains(label)
  }

  /// The kinds with a pod template that Kubernetes has itself.
  private static let groups = [
    "Pod": "v1", "PodTemplate": "v1", "ReplicationController": "v1", "Deployment": "apps/v1",
    "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "ReplicaSet": "apps/v1", "Job": "batch/v1",
    "CronJob": "batch/v1",
  ]

  /// Nil for a kind that some other project defines.
  var apiVersion: String? { Self.groups[object.kind] }

  /// Why new annotations in the template reach no pod by a patch; nil where they do.
  var unpatchable: String? {
    switch object.kind {
    case "Pod": "rules are written once, when a pod starts: make the Pod anew"
    case "Job": "a Job's template is immutable: make the Job anew"
    case "PodTemplate": "nobody rolls the pods made of a PodTemplate"
    default: nil
    }
  }
}
