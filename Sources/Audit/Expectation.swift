public import Istio
public import Ruleset

/// What a pod's rules are measured by: what was asked for, and what Istio may have made of it.
public struct Expectation: Hashable, Sendable {
  public enum Settings: Hashable, Sendable {
    /// Annotations, mesh-wide values and the proxy's environment.
    case pod(PodTraffic)
    /// What the generator was told, in the end.
    case config(CaptureConfig)
  }

  /// A value and who said so.
  public struct Origin: Hashable, Sendable {
    /// `excludeOutboundPorts "3307,11211"`.
    public var value: String
    /// `the pod's own /etc/istio/pod/annotations (proxy pid 1301)`.
    public var place: String

    public init(_ value: String, from place: String) {
      self.value = value
      self.place = place
    }
  }

  public var settings: Settings
  /// Each of one element where it is known; else whichever fits the live rules best is taken.
  public var versions: [IstioVersion]
  public var installs: [PodTraffic.Install]
  public var backends: [Istio.Backend]
  /// In the order of Istio's own table; empty where nobody said anything and defaults hold.
  public var origins: [Origin]
  /// Whether mesh-wide lists are among what is known.
  public var knowsMesh: Bool
  /// Why nobody knows what was asked, where that is so.
  public var gap: String?

  public init(
    _ settings: Settings, versions: [IstioVersion] = IstioVersion.all,
    installs: [PodTraffic.Install] = PodTraffic.Install.allCases,
    backends: [Istio.Backend] = Istio.Backend.allCases, origins: [Origin] = [],
    knowsMesh: Bool = false, gap: String? = nil
  ) {
    self.settings = settings
    self.versions = versions
    self.installs = installs
    self.backends = backends
    self.origins = origins
    self.knowsMesh = knowsMesh
    self.gap = gap
  }

  /// What Istio writes unless told otherwise, for pods that do not say what they ask for; nothing at
  /// all where `live` captures nothing either.
  public static func unknown(_ gap: String, _ pod: PodTraffic, live: Ruleset) -> Expectation {
    var pod = pod
    if live.capturePorts.isEmpty { pod.mesh.values[.interceptionMode] = "NONE" }
    return Expectation(.pod(pod), installs: [.`init`], gap: gap)
  }
}
