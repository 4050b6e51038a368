public import Documents
public import Findings
public import Istio
public import Planning

/// How the pods of one workload are captured in the end: the config that reaches the rule generator,
/// and who gave each of its values.
public struct WorkloadCapture: Hashable, Sendable {
  /// What the answer was read from.
  public enum Basis: Hashable, Sendable {
    /// The arguments an injected pod was started with.
    case arguments(InitArguments)
    /// What the injector will pass for the annotations and the mesh's values.
    case settings(PlanSettings)
    /// No rule is written, and why.
    case nothing(String)
  }

  /// A value and where it stands; nil for Istio's own defaults.
  public struct Origin: Hashable, Sendable {
    public var setting: Setting
    public var location: Location?
  }

  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case refused(Refusal, Location?)
    case proxyConfig(DocumentError, Location)
    case arguments(InitArguments.UsageError, Location)

    public var description: String {
      switch self {
      case .refused(let refusal, let location): location.map { "\($0): \(refusal)" } ?? "\(refusal)"
      case .proxyConfig(let error, let location): "\(location): \(error.message)"
      case .arguments(let error, let location): "\(location): \(error)"
      }
    }
  }

  public let workload: Workload
  public let basis: Basis
  public let version: IstioVersion
  public let backend: Backend
  /// One for each setting; empty where the arguments say it all.
  public let origins: [Origin]

  /// Nil where no rule is written.
  public var config: CaptureConfig? {
    switch basis {
    case .arguments(let arguments): arguments.config
    case .settings(let settings): settings.capture.config
    case .nothing: nil
    }
  }
}

// MARK: - Finding out

extension WorkloadCapture {
  /// - Parameters:
  ///   - version: Nil for the one an injected pod's image names, or else the newest.
  ///   - backend: Nil for what an injected pod's arguments or the mesh's values say.
  public init(
    of workload: Workload, in cluster: Cluster, mesh given: Mesh? = nil,
    version: IstioVersion? = nil, install: PodTraffic.Install? = nil, backend: Backend? = nil,
    enablesIPv6: Bool = false
  ) throws(Failure) {
    var mesh = cluster.mesh
    if let given { mesh.merge(given) }
    self.workload = workload
    self.version = version ?? workload.imageVersion ?? .newest
    let arguments: InitArguments?
    do throws(InitArguments.UsageError) {
      arguments = try workload.initArguments()
    } catch {
      throw .arguments(error, workload.captureContainer?.location ?? workload.location)
    }
    if let arguments {
      basis = .arguments(arguments)
      self.backend = backend ?? arguments.backend
      origins = []
      return
    }
    self.backend =
      backend
      ?? (mesh.values.nativeNftables == true && self.version.has(.nativeNftables)
        ? .nftables : .iptables)
    let labels = cluster.namespace(workload.namespace)?.metadata.labelTexts
    let injection = workload.injection(namespaceLabels: labels, mesh: mesh.values)
    guard workload.isInjected || injection.isInjected else {
      basis = .nothing("\(workload.object) gets no sidecar, because \(injection.reason)")
      origins = []
      return
    }
    let pod = try Self.traffic(of: workload, in: mesh.values, enablesIPv6: enablesIPv6)
    let capture: SidecarCapture
    do throws(Refusal) {
      capture = try SidecarCapture(
        pod, version: self.version,
        install: install ?? (mesh.values.usesCNI == true ? .cni : .`init`))
    } catch {
      let entry = workload.podMetadata.annotation(error.setting)
      throw .refused(error, entry?.location(ofCharacter: error.offset))
    }
    basis =
      capture.config == nil
      ? .nothing("\(workload.object) is in interception mode NONE")
      : .settings(PlanSettings(pod, capture: capture, backend: self.backend))
    origins = capture.settings.map { setting in
      let entry =
        setting.origin == .annotation
        ? workload.podMetadata.annotation(setting.setting.annotation)?.valueLocation : nil
      return Origin(
        setting: setting,
        location: entry ?? (setting.origin == .mesh ? mesh.locations[setting.setting] : nil))
    }
  }

  private static func traffic(of workload: Workload, in mesh: MeshValues, enablesIPv6: Bool)
    throws(Failure) -> PodTraffic
  {
    do throws(DocumentError) {
      return try workload.traffic(in: mesh, enablesIPv6: enablesIPv6)
    } catch {
      let entry = workload.podMetadata.annotation(Workload.proxyConfigAnnotation)
      throw .proxyConfig(error, entry?.valueLocation ?? workload.location)
    }
  }

  /// The rules of the pods; nil where none is written.
  public func rules() throws(Failure) -> CaptureRules? {
    guard let config else { return nil }
    do throws(Refusal) {
      if case .settings(let settings) = basis { return try settings.capture.rules(backend) }
      return try CaptureRules(for: config, version: version, backend: backend)
    } catch {
      let entry = workload.podMetadata.annotation(error.setting)
      throw .refused(error, entry?.location(ofCharacter: error.offset))
    }
  }
}
