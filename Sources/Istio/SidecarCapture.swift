import Addresses

/// The capture of one injected pod: which settings hold, who gave them, and the config that reaches
/// the rule generator.
public struct SidecarCapture: Hashable, Sendable {
  public let version: IstioVersion
  public let install: PodTraffic.Install
  /// In the order of `TrafficSetting`, without the annotations this version does not read.
  public let settings: [Setting]
  /// nil in interception mode NONE, which programs nothing.
  public let config: CaptureConfig?
  /// The arguments of istio-init, or with the CNI plugin those of istio-validation; none in NONE.
  public let arguments: [String]

  /// Throws the first refusal of the webhook or the CNI plugin.
  public init(
    _ pod: PodTraffic, version: IstioVersion = .newest, install: PodTraffic.Install = .`init`
  ) throws(Refusal) {
    if let refusal = Self.refusals(of: pod, version: version, install: install).first {
      throw refusal
    }
    self.version = version
    self.install = install
    settings = Self.settings(of: pod, version: version, install: install)
    guard pod.setting(.interceptionMode).text != "NONE" else {
      config = nil
      arguments = []
      return
    }
    let invocation = InitInvocation(pod, version: version)
    arguments =
      invocation.arguments + (install == .cni ? ["--run-validation", "--skip-rule-apply"] : [])
    config =
      switch install {
      case .`init`: invocation.config
      case .cni: pod.cniConfig(version)
      }
  }

  /// A capture of which nothing but the generator's config is known.
  public init(_ config: CaptureConfig, version: IstioVersion) {
    self.version = version
    install = .`init`
    self.config = config
    arguments = []
    settings = TrafficSetting.allCases.compactMap { setting in
      guard setting != .statusPort, setting.isRead(by: version),
        case .text(let path) = setting.key.slot
      else { return nil }
      return Setting(setting: setting, text: config[keyPath: path], origin: .annotation)
    }
  }

  public func setting(_ setting: TrafficSetting) -> Setting? {
    settings.first { $0.setting == setting }
  }

  /// The rules of the pod before they are spelled, and before any tool has looked at them.
  ///
  /// nil in interception mode NONE.
  public func program() throws(Refusal) -> CaptureProgram? {
    guard let config else { return nil }
    do throws(Refusal) {
      return try CaptureProgram(config, version: version)
    } catch {
      throw named(error)
    }
  }

  /// The rules of the pod, which here must load as well: what the tool surely refuses is thrown.
  ///
  /// nil in interception mode NONE.
  public func rules(_ backend: Backend = .iptables) throws(Refusal) -> CaptureRules? {
    guard let config else { return nil }
    let rules: CaptureRules
    do throws(Refusal) {
      rules = try CaptureRules(for: config, version: version, backend: backend)
    } catch {
      throw named(error)
    }
    if let problem = rules.loadProblems.first(where: \.isCertain) {
      let item = problem.item
      throw named(
        Refusal(
          stage: .tool(backend), setting: problem.key?.rawValue ?? "rules", value: item, item: item,
          offset: 0, reason: .load(problem.kind)))
    }
    return rules
  }

  /// The refusal with the name the user knows the setting by, and the place in the user's value.
  private func named(_ refusal: Refusal) -> Refusal {
    for setting in settings where setting.setting.key.rawValue == refusal.setting {
      guard let item = ListItem.all(of: setting.text).first(where: { $0.text == refusal.item })
      else { continue }
      return Refusal(
        by: refusal.stage, setting.source, value: setting.text, item: item, because: refusal.reason)
    }
    return refusal
  }
}

// MARK: - Settings and refusals

extension SidecarCapture {
  /// Everything the webhook refuses or, where it takes all, everything the CNI plugin does.
  public static func refusals(
    of pod: PodTraffic, version: IstioVersion, install: PodTraffic.Install
  ) -> [Refusal] {
    let annotated = TrafficSetting.allCases.filter {
      $0.isRead(by: version) && pod.annotations[$0.annotation] != nil
    }
    let denied = annotated.flatMap { setting in
      pod.setting(setting).refusals(by: .webhook, setting.webhookGrammar(version))
    }
    let others = CheckedAnnotation.allCases.flatMap { annotation -> [Refusal] in
      guard let text = pod.annotations[annotation.rawValue] else { return [] }
      return annotation.grammar(version).faults(in: text).map {
        Refusal(
          by: .webhook, annotation.rawValue, value: text, item: $0.item, because: $0.reason)
      }
    }
    guard denied.isEmpty, others.isEmpty, install == .cni else { return denied + others }
    return settings(of: pod, version: version, install: .cni).flatMap { setting in
      // The injector has cleaned this list on its way to the plugin.
      let seen = setting.setting == .excludeInboundPorts ? pod.inboundPortsPassedBy : setting
      return seen.refusals(by: .cniPlugin, setting.setting.cniGrammar(version))
    }
  }

  private static func settings(
    of pod: PodTraffic, version: IstioVersion, install: PodTraffic.Install
  ) -> [Setting] {
    TrafficSetting.allCases.filter { $0.isRead(by: version) }.map { setting in
      install == .cni ? pod.cniSetting(setting) : pod.setting(setting)
    }
  }
}

extension Setting {
  fileprivate func refusals(by stage: Refusal.Stage, _ grammar: SettingGrammar) -> [Refusal] {
    grammar.faults(in: text).map { fault in
      Refusal(by: stage, source, value: text, item: fault.item, because: fault.reason)
    }
  }
}
