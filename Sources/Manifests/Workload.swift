public import Addresses
import Documents
public import Findings
import Istio

/// A pod, or an object with a template for pods: all that decides how its traffic is captured.
public struct Workload: Hashable, Sendable {
  public var object: ObjectName
  /// Where the object's `kind` stands.
  public var location: Location
  /// Of the object itself. A pod's counts; that of anything else says nothing about its pods.
  public var metadata: Metadata
  /// Of the pods: the template's, or the pod's own.
  public var podMetadata: Metadata
  /// What looks like an annotation of theirs and is none.
  public var strays: [Stray]
  /// Whether the pods come from a template.
  public var hasTemplate: Bool
  /// Where a key under the template's `metadata.annotations` goes, as a path.
  public var templatePath: String
  public var containers: [Container]
  /// Present where the pods share their node's network.
  public var hostNetwork: Location?
  /// The pods' `securityContext`.
  public var runAsUser: Container.Identity?
  public var runAsGroup: Container.Identity?
  /// Families of a running pod's addresses, in their order.
  public var families: [Family]
  /// Of the pod's own `dnsConfig`.
  public var nameServers: [IPAddress]

  public var namespace: String { object.namespace ?? "default" }
}

// MARK: - Reading

extension Workload {
  /// Nil for an object that makes no pods. Any kind with a pod template is one, known or not.
  init?(_ node: Node, object: ObjectName, location: Location) {
    guard let template = PodTemplate(node, kind: object.kind) else { return nil }
    let file = location.file
    self.object = object
    self.location = location
    metadata = Metadata(node["metadata"], in: file)
    podMetadata = Metadata(template.metadata, in: file)
    strays = Self.strays(node, kind: object.kind, in: file)
    hasTemplate = object.kind != "Pod"
    templatePath = template.path
    containers = Self.containers(template.spec, in: file)
    let host = template.spec?["hostNetwork"]
    hostNetwork = host?.scalar?.boolean == true ? host.map { Location($0.mark, in: file) } : nil
    runAsUser = Container.Identity(template.spec?["securityContext", "runAsUser"], in: file)
    runAsGroup = Container.Identity(template.spec?["securityContext", "runAsGroup"], in: file)
    families = []
    if case .sequence(let addresses)? = node["status", "podIPs"]?.value {
      families = addresses.compactMap { $0["ip"]?.scalar.flatMap { IPAddress($0.text)?.family } }
    }
    nameServers = []
    if case .sequence(let servers)? = template.spec?["dnsConfig", "nameservers"]?.value {
      nameServers = servers.compactMap { $0.scalar.flatMap { IPAddress($0.text) } }
    }
  }

  private static func containers(_ spec: Node?, in file: String) -> [Container] {
    [("initContainers", Container.Role.initial), ("containers", .app)].flatMap { key, role in
      guard case .sequence(let items)? = spec?[key]?.value else { return [Container]() }
      return items.compactMap { Container($0, role: role, in: file) }
    }
  }
}

/// Where an object keeps what its pods are made of.
struct PodTemplate {
  var metadata: Node?
  /// Nil in a patch that does not touch it.
  var spec: Node?
  /// Of its annotations.
  var path: String

  init?(_ node: Node, kind: String) {
    let path = Self.path(ofKind: kind)
    var template: Node? = node
    for key in path { template = template?[key] }
    guard let template, case .mapping = template.value else { return nil }
    // A patch of kustomize's may say nothing about the pods but their annotations.
    let isPatch = Self.kinds.contains(kind) && template["metadata"] != nil
    guard isPatch || (kind == "Pod" ? template["spec"] : template["spec", "containers"]) != nil
    else { return nil }
    metadata = template["metadata"]
    spec = template["spec"]
    self.path = (path + ["metadata", "annotations"]).joined(separator: ".")
  }

  /// Kubernetes' own that have a template.
  private static let kinds: Set<String> = [
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job",
    "CronJob", "PodTemplate",
  ]

  /// A Pod is its own template.
  static func path(ofKind kind: String) -> [String] {
    switch kind {
    case "Pod": []
    case "PodTemplate": ["template"]
    case "CronJob": ["spec", "jobTemplate", "spec", "template"]
    default: ["spec", "template"]
    }
  }
}
