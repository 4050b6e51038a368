public import Istio

/// Under which assumptions manifests are checked.
public struct CheckOptions: Sendable {
  /// At least one; a finding that does not hold for all of them says for which it does.
  public var versions = [IstioVersion.newest]
  /// Nil for what the mesh's values say, and istio-init where they say nothing.
  public var install: PodTraffic.Install?
  /// Nil for what the mesh's values say, and iptables where they say nothing.
  public var backend: Backend?
  /// Whether pods have IPv6 rules, where the manifests do not show their addresses.
  public var enablesIPv6 = false
  /// Mesh-wide values from elsewhere; else those among the manifests count.
  public var mesh: Mesh?
  /// `meshConfig.rootNamespace`.
  public var rootNamespace = "istio-system"

  public init() {}
}
