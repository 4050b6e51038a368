import Findings
import Istio

extension WorkloadCheck {
  /// Reports every value that some stage refuses. The config that reaches the kernel, or nil where
  /// none does: something is refused, or nothing is intercepted.
  mutating func checkValues(_ pod: PodTraffic) -> CaptureConfig? {
    let verdict = run.verdict(on: pod)
    for refusal in verdict.refusals {
      guard let entry = workload.podMetadata.annotation(refusal.setting) else { continue }
      report(Fault(refusal), on: entry, near: refusal.offset)
    }
    checkSpacing(verdict.refusals)
    guard let capture = verdict.capture else { return nil }
    guard let config = capture.config else {
      checkNoInterception()
      return nil
    }
    var isRefused = false
    for configFault in run.faults(of: config) {
      let fault = Fault(configFault)
      isRefused = isRefused || fault.severity == .error
      report(fault, key: configFault.key, in: capture)
    }
    return isRefused ? nil : config
  }

  /// On the annotation the item came from; what came from the mesh is told of the mesh's values.
  private mutating func report(_ fault: Fault, key: String?, in capture: SidecarCapture) {
    let origins = capture.settings.filter {
      $0.origin == .annotation && $0.setting.key.rawValue == key
    }
    for origin in origins {
      guard let entry = entry(origin.setting), let offset = origin.text.offset(of: fault.item)
      else { continue }
      report(fault, on: entry, near: offset)
      return
    }
    let isFromProxyConfig = TrafficSetting.allCases.allSatisfy { $0.key.rawValue != key }
    if isFromProxyConfig,
      let entry = workload.podMetadata.annotation(Workload.proxyConfigAnnotation)
    {
      report(fault, on: entry, near: 0)
    }
  }

  private mutating func report(_ fault: Fault, on entry: Metadata.Entry, near offset: Int) {
    let fix = entry.text.flatMap { text in
      TrafficSetting(annotation: entry.name)?.repaired(text)
    }
    report(
      fault.code, fault.severity, at: entry.location(ofCharacter: offset),
      "'\(fault.item)' \(fault.message)", fix: fix.map { line(entry.name, $0) })
  }

  /// White space and empty items that no stage minds here.
  private mutating func checkSpacing(_ refusals: [Refusal]) {
    for (setting, entry) in settings where setting.isList {
      guard let text = entry.text, let fixed = setting.repaired(text),
        !refusals.contains(where: { $0.setting == entry.name })
      else { continue }
      let words = ListWords(text).words
      if words.count > 1, let empty = words.first(where: { $0.text.isEmpty }) {
        report(
          ManifestCodes.emptyItem, .info, at: entry.location(ofCharacter: empty.offset),
          "an empty item, which istio-init drops", fix: line(entry.name, fixed))
      } else if let blank = text.firstIndex(where: \.isWhitespace), setting.takesPorts {
        report(
          ManifestCodes.spaces, .info,
          at: entry.location(ofCharacter: text.distance(from: text.startIndex, to: blank)),
          "white space, which every stage passes on as it is", fix: line(entry.name, fixed))
      }
    }
  }

  private mutating func checkNoInterception() {
    let mode =
      entry(.interceptionMode)
      ?? workload.podMetadata.annotation(Workload.proxyConfigAnnotation)
    let others = settings.filter { $0.setting != .interceptionMode && $0.setting != .statusPort }
    for (setting, entry) in others {
      report(
        PlanCodes.noInterception, .warning, at: entry.location,
        "\(setting.rawValue) has no effect: with interception mode NONE no rule is written",
        related: [mode?.valueLocation].compactMap(\.self))
    }
  }

  /// The annotation and the pod's own proxy config, which loses.
  mutating func checkModes(_ pod: PodTraffic) {
    guard let entry = entry(.interceptionMode), let text = entry.text,
      let config = workload.podMetadata.annotation(Workload.proxyConfigAnnotation),
      let other = try? workload.proxyConfig()?["interceptionMode"]?.scalar?.text, other != text
    else { return }
    report(
      ManifestCodes.twoModes, at: entry.valueLocation,
      "\(text) beats \(other) of \(Workload.proxyConfigAnnotation)", related: [config.location])
  }
}

// MARK: - What the annotation is compared with

extension WorkloadCheck {
  /// An annotation takes the place of the mesh-wide value; nothing is ever merged.
  mutating func checkReplacements(_ pod: PodTraffic) {
    guard !workload.isInjected else { return }
    for (setting, entry) in settings where setting.isList {
      let held = run.install == .cni ? pod.cniSetting(setting) : pod.setting(setting)
      guard held.origin == .annotation, let replaced = held.replaced else { continue }
      let lost = ListWords(replaced.text).words.map(\.text).filter { word in
        !ListWords(held.text).words.contains { $0.text == word }
      }
      guard !lost.isEmpty else { continue }
      let list = lost.joined(separator: ",")
      let fix = held.merged.flatMap { setting.isTaken($0) ? line(entry.name, $0) : nil }
      switch replaced.origin {
      case .mesh:
        report(
          PlanCodes.replacesMeshList, held.merged == nil ? .info : .warning, at: entry.location,
          "it replaces \(setting.helmPath ?? setting.rawValue) '\(replaced.text)': "
            + "\(list) no longer \(lost.count == 1 ? "holds" : "hold") for this pod",
          fix: fix, related: [run.mesh.locations[setting]].compactMap(\.self))
      case .cniPlugin:
        report(
          PlanCodes.replacesCNIDefault, .info, at: entry.location,
          "it replaces the CNI plugin's default of \(list)",
          fix: fix)
      case .annotation, .istio: break
      }
    }
  }

  /// What a running pod was started with, against what its annotations say now.
  mutating func checkDrift() {
    guard let container = workload.captureContainer else { return }
    let arguments: InitArguments
    do throws(InitArguments.UsageError) {
      guard let read = try workload.initArguments() else { return }
      arguments = read
    } catch {
      report(
        ManifestCodes.badValue, .error, at: container.location,
        "the arguments of \(container.name): \(error)")
      return
    }
    for (setting, entry) in settings {
      guard let started = arguments.config.text(of: setting), let text = entry.text,
        started != text
      else { continue }
      report(
        ManifestCodes.drift, at: entry.valueLocation,
        "\(setting.rawValue) is '\(text)' now, and was '\(started)' when the pod started",
        related: [container.location])
    }
  }
}

extension CaptureConfig {
  /// What reached the rules of a setting that is passed on as it is.
  fileprivate func text(of setting: TrafficSetting) -> String? {
    switch setting {
    case .includeOutboundIPRanges: outboundIPRangesInclude
    case .excludeOutboundIPRanges: outboundIPRangesExclude
    case .includeOutboundPorts: outboundPortsInclude
    case .excludeOutboundPorts: outboundPortsExclude
    case .includeInboundPorts: inboundPortsInclude
    case .excludeInterfaces: excludeInterfaces
    case .interceptionMode: inboundInterceptionMode
    case .excludeInboundPorts, .rerouteVirtualInterfaces, .kubevirtInterfaces, .statusPort: nil
    }
  }
}

extension TrafficSetting {
  var takesPorts: Bool {
    switch self {
    case .includeOutboundPorts, .excludeOutboundPorts, .includeInboundPorts, .excludeInboundPorts:
      true
    default: false
    }
  }
}

extension String {
  /// Where a list's item starts, in characters from 0.
  fileprivate func offset(of item: String) -> Int? {
    var offset = 0
    for candidate in split(separator: ",", omittingEmptySubsequences: false) {
      if candidate == item { return offset }
      offset += candidate.count + 1
    }
    return self == item ? 0 : nil
  }
}
