import Addresses
public import ArgumentParser
import Documents
import FlowSets
import Istio
import Manifests
public import Planning
import Reports
import Ruleset

struct Suggest: Command {
  static let configuration = CommandConfiguration(
    commandName: "suggest",
    abstract: """
      What is the smallest exclusion that lets these endpoints bypass and keeps those captured?
      """,
    discussion: """
      Endpoints come from --inventory, each with 'want: bypass', 'captured' or 'either', or from \
      --bypass and --captured. Prints the fewest ports and ranges, with the proof that fewer will \
      not do; or, with exit code 1, why there is no exclusion and what could give.
      """)

  enum Format: String, CaseIterable {
    case text, json, yaml
  }

  @Option(help: ArgumentHelp("Your servers: a file of kind Inventory.", valueName: "file"))
  var inventory: String?

  @Option(
    help: ArgumentHelp("A server that must bypass (repeatable).", valueName: "[name=]address:port"))
  var bypass: [String] = []

  @Option(
    help: ArgumentHelp(
      "A server that must stay captured (repeatable).", valueName: "[name=]address:port"))
  var captured: [String] = []

  @Option(
    help: ArgumentHelp(
      "A server better left captured (repeatable).", valueName: "[name=]address:port",
      visibility: .hidden))
  var endpoint: [String] = []

  @Flag(help: "What the capture settings exclude already stays.")
  var keep = false

  @Option(help: ArgumentHelp("Ports that may not be excluded: 80,8000-8010.", valueName: "ports"))
  var neverPorts: PortNumbers?

  @Option(help: ArgumentHelp("Which win where both are equally few.", valueName: "ports|ranges"))
  var prefer = SuggestionPreferences.Kind.ports

  @Option(
    help: ArgumentHelp(
      "Ranges may hold addresses nobody asked for, down to this length.", valueName: "length"))
  var aggregate: Int?

  @Option(
    help: ArgumentHelp("The same for IPv6.", valueName: "length", visibility: .hidden))
  var aggregateIpv6: Int?

  @Option(
    help: ArgumentHelp(
      "What to have least of: entries, or the space given away.", valueName: "entries|space",
      visibility: .hidden))
  var cost = SuggestionPreferences.Weight.entries

  @Option(
    help: ArgumentHelp(
      "Pod and service ranges of the cluster (repeatable).", valueName: "cidr", visibility: .hidden)
  )
  var clusterRange: [PrefixArgument] = []

  @Flag(help: ArgumentHelp("Every server by name.", visibility: .hidden))
  var all = false

  @OptionGroup var source: SourceOptions

  @OptionGroup(title: "Pasting") var paste: ExclusionPaste

  @Option(
    name: .shortAndLong,
    help: "A whole answer; or what is pasted, for --workload [NAMESPACE/]Kind/name.")
  var output = OutputForm<Format>.report(.text)

  func validate() throws {
    if inventory == nil, bypass.isEmpty, captured.isEmpty, endpoint.isEmpty {
      throw ValidationError("Which servers? Give --inventory FILE or --bypass ADDRESS:PORT.")
    }
  }

  func answer() throws {
    for (length, family) in [(aggregate, Family.ipv4), (aggregateIpv6, .ipv6)] {
      if let length, !(1...family.width).contains(length) {
        throw UnusableInput("'\(length)' is no prefix length; expected 1 to \(family.width)")
      }
    }
    let loader = SourceLoader(source)
    let rules = try loader.load()
    guard var settings = rules.suggestible else {
      throw UnusableInput(
        "suggest answers for Istio's own rules; give capture flags, a capture config or a "
          + "manifest's workload")
    }
    settings.owners = loader.owners
    if !keep, settings.excludesOfItsOwn {
      let whose =
        settings.isWholeConfig
        ? "the config excludes"
        : source.rules == nil ? "the capture flags exclude" : "the workload excludes already"
      Output.warn("warning: what \(whose) is set aside without --keep")
    }
    let local = LocalAddresses(source.localAddresses)
    let suggestion = try Suggestion(
      for: endpoints(), in: settings, local: local, preferences: preferences)
    guard case .exclusion(let found) = suggestion.answer else {
      let report = SuggestionReport(suggestion, check: nil, isWhole: all)
      // Nothing that could be pasted by mistake.
      if case .report(let format) = output {
        write(report, format)
      } else {
        Output.warn(report.text)
      }
      throw ExitCode.findings
    }
    let check = try SuggestionCheck(found, of: suggestion, local: local)
    let report = SuggestionReport(
      suggestion, check: check, cautions: found.cautions(clusterRanges: clusterRange.map(\.prefix)),
      isWhole: all, flags: flags, isOfManifest: source.rules != nil && !settings.isWholeConfig,
      source: settings.isWholeConfig ? "\(rules.source)." : nil)
    switch output {
    case .report(let format): write(report, format)
    case .paste where !check.holds: Output.warn(report.text)
    case .paste(let form):
      try paste.write(
        form, PodAnnotations(found.exclusionAnnotations), of: rules,
        endpoints: suggestion.endpoints.filter { $0.want == .bypass })
    }
    if !check.holds { throw ExitCode.findings }
  }

  private func write(_ report: SuggestionReport, _ format: Format) {
    switch format {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    }
  }

  /// The settings the answer holds under, as a user would type them again.
  private var flags: String {
    var source = source
    source.capture.excludePorts = nil
    source.capture.excludeIpRanges = nil
    return source.asTyped
  }

  private var preferences: SuggestionPreferences {
    var preferences = SuggestionPreferences()
    preferences.weight = cost
    preferences.preferred = prefer
    preferences.neverPorts = Set(
      neverPorts?.numbers.intervals.lazy.flatMap { $0 }.map { UInt16(truncatingIfNeeded: $0) } ?? []
    )
    preferences.keepsExclusions = keep
    preferences.aggregation[.ipv4] = aggregate
    preferences.aggregation[.ipv6] = aggregateIpv6
    return preferences
  }

  private func endpoints() throws -> [Endpoint] {
    var endpoints: [Endpoint] = []
    if let inventory { endpoints += try Inventory(file: inventory).endpoints }
    let short: [(String, [String], Endpoint.Want)] = [
      ("--bypass", bypass, .bypass), ("--captured", captured, .captured),
      ("--endpoint", endpoint, .either),
    ]
    for (option, texts, want) in short {
      for text in texts {
        do {
          var endpoint = try Endpoint(argument: text)
          endpoint.want = want
          endpoints.append(endpoint)
        } catch {
          throw UnusableInput("\(option) \(error)")
        }
      }
    }
    return endpoints
  }
}

extension LoadedRules {
  /// Settings of Istio's that exclusions can be added to.
  fileprivate var suggestible: PlanSettings? {
    if let settings { return settings }
    guard let config, let generated else { return nil }
    return PlanSettings(config, version: generated.version, backend: generated.backend)
  }
}

extension PlanSettings {
  /// The pod's own annotations, or the config, exclude something.
  fileprivate var excludesOfItsOwn: Bool {
    if isWholeConfig { return !excludedPorts.isEmpty || !excludedRanges.isEmpty }
    return [TrafficSetting.excludeOutboundPorts, .excludeOutboundIPRanges].contains { setting in
      pod.annotations[setting.annotation].map { !$0.isEmpty } ?? false
    }
  }
}

extension SuggestionPreferences.Kind: ExpressibleByArgument {}
extension SuggestionPreferences.Weight: ExpressibleByArgument {}
