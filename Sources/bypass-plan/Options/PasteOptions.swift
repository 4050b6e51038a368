public import ArgumentParser
import Istio
public import Manifests
import Planning

/// For whom something is printed to be pasted, and what.
struct PasteOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Whose pods it is for; a manifest given as --rules says it itself.",
      valueName: "[namespace/]Kind/name", visibility: .hidden))
  var workload: PasteTarget?

  /// The workload the user named, or that the rules are of; else placeholders. What its pods exclude
  /// already, by annotations or by the mesh's lists, an annotation has to repeat.
  func target(of rules: LoadedRules) -> PasteTarget {
    var target = workload ?? rules.workload.map { PasteTarget($0) } ?? .placeholder
    for setting in rules.settings?.capture.settings ?? [] where setting.setting.isExclusion {
      target.annotations[setting.setting.annotation] = setting.text
    }
    return target
  }
}

extension TrafficSetting {
  /// Of the lists of what leaves the pod uncaptured.
  fileprivate var isExclusion: Bool {
    self == .excludeOutboundPorts || self == .excludeOutboundIPRanges
  }
}

extension PasteTarget: ExpressibleByArgument {}

extension PasteForm {
  /// Prints it, or says why there is no such form.
  func write(_ paste: Paste, for target: PasteTarget) throws {
    do {
      Output.write(try paste.text(as: self, for: target))
    } catch {
      throw UnusableInput("-o \(rawValue): \(error)")
    }
  }
}

/// What plan and suggest have to paste: the exclusion, or what may stand in for it.
struct ExclusionPaste: ParsableArguments {
  @OptionGroup var options: PasteOptions

  @Flag(
    help: ArgumentHelp(
      "Pasted is what keeps the connections alive in Envoy, instead of a bypass.",
      visibility: .hidden))
  var instead = false

  /// - Parameter endpoints: Those that bypass, or shall.
  func write(
    _ form: PasteForm, _ exclusion: PodAnnotations, of rules: LoadedRules, endpoints: [Endpoint]
  ) throws {
    let target = options.target(of: rules)
    try form.write(paste(form, exclusion, of: rules, endpoints, target), for: target)
  }

  private func paste(
    _ form: PasteForm, _ exclusion: PodAnnotations, of rules: LoadedRules,
    _ endpoints: [Endpoint], _ target: PasteTarget
  ) throws -> Paste {
    if form == .istio {
      let version = rules.settings?.capture.version ?? .newest
      // Objects of one name, if two servers share one, are told of before anything is applied.
      return try IstioResource.Instead.objects(for: endpoints, version: version, target: target)
        .reduce(Paste.objects([])) { try $0.merged(with: .objects([$1])) }
    }
    guard instead else { return .podAnnotations(exclusion) }
    return form == .mesh
      ? .meshValues(IstioResource.Instead.meshValues)
      : .podAnnotations(IstioResource.Instead.annotations(for: target))
  }
}
