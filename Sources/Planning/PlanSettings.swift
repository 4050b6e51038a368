public import Istio
public import RulesetText

/// What a plan is asked about: the settings of a pod as its user gives them, with everything Istio
/// makes of them.
public struct PlanSettings: Hashable, Sendable {
  public var pod: PodTraffic
  public var capture: SidecarCapture
  public var backend: Istio.Backend
  /// Numbers for the names that owner lists may hold.
  public var owners = Owners()
  /// The capture config is given as it stands, and not worked out from the pod's annotations.
  public private(set) var isWholeConfig = false

  /// - Throws: the first refusal of the webhook or the CNI plugin.
  public init(
    _ pod: PodTraffic, version: IstioVersion = .newest, install: PodTraffic.Install = .`init`,
    backend: Istio.Backend = .iptables
  ) throws(Refusal) {
    self.pod = pod
    self.backend = backend
    capture = try SidecarCapture(pod, version: version, install: install)
  }

  /// Settings whose capture is known already.
  public init(_ pod: PodTraffic, capture: SidecarCapture, backend: Istio.Backend) {
    self.pod = pod
    self.capture = capture
    self.backend = backend
  }

  /// Istio's rules for a whole capture config, whatever pod it is for.
  public init(_ config: CaptureConfig, version: IstioVersion, backend: Istio.Backend) {
    self.init(PodTraffic(), capture: SidecarCapture(config, version: version), backend: backend)
    isWholeConfig = true
  }

  /// The ports that are excluded, by annotation, mesh-wide list or default, as written there.
  public var excludedPorts: [String] { items(of: .excludeOutboundPorts) }

  /// Those ports as the rules have them, in the order written, each once: `03307` is 1735 to iptables
  /// and nft. An item that is no port excludes none.
  public var excludedPortNumbers: [UInt16] {
    var seen: Set<UInt16> = []
    return excludedPorts.compactMap { CaptureScope.port(of: $0) }.filter {
      seen.insert($0).inserted
    }
  }

  /// The ranges that are excluded, by annotation, mesh-wide list or default, as written there.
  public var excludedRanges: [String] { items(of: .excludeOutboundIPRanges) }

  private func items(of setting: TrafficSetting) -> [String] {
    ListWords(capture.setting(setting)?.text ?? "").words.map(\.text).filter { !$0.isEmpty }
  }

  /// The annotations to write on the pod template: those the user asked for, by name.
  public var annotations: [(key: String, value: String)] {
    TrafficSetting.allCases.compactMap { setting in
      pod.annotations[setting.annotation].map { (setting.annotation, $0) }
    }
  }
}
