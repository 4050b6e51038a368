/// Whether a pod gets a sidecar, and what decides it.
///
/// Models the webhook's selectors (mutatingwebhook.yaml) and `injectRequired` of
/// pkg/kube/inject/inject.go; a revision that is named is taken to be installed.
public struct Injection: Hashable, Sendable {
  public enum Reason: Hashable, Sendable {
    case namespaceEnabled
    case namespaceRevision(String)
    case podLabel
    case podRevision(String)
    case everyNamespace
    case namespaceBlocks(String)
    case nothingSelects
    case hostNetwork
    case systemNamespace(String)
    case podLabelSaysNo
    case podAnnotationSaysNo
    case policyDisabled
  }

  public let isInjected: Bool
  public let reason: Reason

  /// What of a pod, its namespace and the mesh has a say.
  public struct Candidate: Hashable, Sendable {
    public var namespace = "default"
    public var namespaceLabels: [String: String] = [:]
    public var podLabels: [String: String] = [:]
    public var podAnnotations: [String: String] = [:]
    public var hostNetwork = false
    /// `sidecarInjectorWebhook.enableNamespacesByDefault`.
    public var enableNamespacesByDefault = false
    /// `global.proxy.autoInject`: what holds for a selected pod that says nothing itself.
    public var autoInject = true

    public init() {}
  }

  /// The annotation is the older form of the label, and loses against it.
  public static let key = "sidecar.istio.io/inject"

  public init(of pod: Candidate) {
    let selected = pod.selection
    guard selected.isInjected else {
      self = selected
      return
    }
    self = pod.refusal ?? selected
  }

  fileprivate init(_ isInjected: Bool, _ reason: Reason) {
    self.isInjected = isInjected
    self.reason = reason
  }
}

extension Injection.Candidate {
  private static let systemNamespaces: Set<String> = [
    "kube-system", "kube-public", "kube-node-lease", "local-path-storage",
  ]

  /// Whether the API server asks the injector at all. Only labels count here.
  fileprivate var selection: Injection {
    let inject = podLabels[Injection.key]
    if let label = namespaceLabels["istio-injection"] {
      if label != "enabled" { return Injection(false, .namespaceBlocks(label)) }
      return inject == "false"
        ? Injection(false, .podLabelSaysNo) : Injection(true, .namespaceEnabled)
    }
    if let revision = namespaceLabels["istio.io/rev"] {
      return inject == "false"
        ? Injection(false, .podLabelSaysNo) : Injection(true, .namespaceRevision(revision))
    }
    if inject == "false" { return Injection(false, .podLabelSaysNo) }
    if let revision = podLabels["istio.io/rev"] { return Injection(true, .podRevision(revision)) }
    if inject == "true" { return Injection(true, .podLabel) }
    if enableNamespacesByDefault, !Self.systemNamespaces.contains(namespace) {
      return Injection(true, .everyNamespace)
    }
    return Injection(false, .nothingSelects)
  }

  /// What the injector itself holds against a pod it is asked about.
  fileprivate var refusal: Injection? {
    if hostNetwork { return Injection(false, .hostNetwork) }
    if Self.systemNamespaces.contains(namespace) {
      return Injection(false, .systemNamespace(namespace))
    }
    switch podLabels[Injection.key] ?? podAnnotations[Injection.key] {
    case "true": return nil
    case "false": return Injection(false, .podAnnotationSaysNo)
    default: return autoInject ? nil : Injection(false, .policyDisabled)
    }
  }
}

extension Injection.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .namespaceEnabled: "its namespace is labelled istio-injection=enabled"
    case .namespaceRevision(let revision): "its namespace is labelled istio.io/rev=\(revision)"
    case .podLabel: "the pod is labelled sidecar.istio.io/inject=true"
    case .podRevision(let revision): "the pod is labelled istio.io/rev=\(revision)"
    case .everyNamespace: "enableNamespacesByDefault holds for every namespace without a label"
    case .namespaceBlocks(let label): "its namespace is labelled istio-injection=\(label)"
    case .nothingSelects: "neither the namespace nor the pod has a label that asks for a sidecar"
    case .hostNetwork: "the pod uses the host's network"
    case .systemNamespace(let name): "\(name) never gets sidecars"
    case .podLabelSaysNo: "the pod is labelled sidecar.istio.io/inject=false"
    case .podAnnotationSaysNo: "the pod is annotated sidecar.istio.io/inject=false"
    case .policyDisabled: "global.proxy.autoInject is disabled and the pod does not ask"
    }
  }
}
