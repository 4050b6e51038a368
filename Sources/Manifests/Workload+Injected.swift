public import Istio

extension Workload {
  /// Whether the injector has been here: the object is a pod as the API server keeps it, or the
  /// output of `istioctl kube-inject`.
  public var isInjected: Bool {
    captureContainer != nil || podMetadata.annotation("sidecar.istio.io/status") != nil
  }

  /// The container whose command line is what Istio was told about this pod.
  public var captureContainer: Container? {
    containers.first { $0.name == "istio-init" }
      ?? containers.first { $0.name == "istio-validation" }
  }

  /// What the command line of an injected pod says; nil where there is none.
  public func initArguments() throws(InitArguments.UsageError) -> InitArguments? {
    guard let invocation = captureContainer?.invocation else { return nil }
    // `command` may hold the agent's path before the subcommand.
    let start = invocation.arguments.firstIndex(of: "istio-iptables") ?? 0
    return try InitArguments(
      Array(invocation.arguments[start...]), environment: invocation.environment,
      families: families, nameServers: nameServers)
  }

  /// The version an injected pod's image names, such as `istio/proxyv2:1.24.3-distroless`.
  public var imageVersion: IstioVersion? {
    guard let tag = captureContainer?.invocation?.image?.split(separator: ":").last else {
      return nil
    }
    return IstioVersion(tag.prefix { $0 != "-" })
  }
}
