import Addresses
import ArgumentParser
import FlowSets
import Manifests
import PacketPath
import Planning
import Reports

struct PlanCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Under these exclusions, which middleware traffic bypasses the sidecar?",
    discussion: """
      Says by which rule, what to paste where, and what it costs. Without servers of your own it \
      answers for a catalogue of middleware, wherever it is.

      More settings: --include-ports, --include-ip-ranges, --interception-mode, --dns-capture, \
      --ipv6, --install cni, --values FILE; --help-hidden lists all of them.
      """)

  enum Format: String, CaseIterable {
    case text, json, yaml, markdown, mermaid, dot
  }

  @OptionGroup var source: SourceOptions

  @OptionGroup(title: "Servers") var servers: ServerOptions

  @Option(
    help: ArgumentHelp(
      "Pod and service ranges of the cluster (repeatable).", valueName: "cidr", visibility: .hidden)
  )
  var clusterRange: [PrefixArgument] = []

  @Flag(help: ArgumentHelp("Every server by name.", visibility: .hidden))
  var all = false

  @OptionGroup(title: "Pasting") var paste: ExclusionPaste

  @Option(
    name: .shortAndLong,
    help: "A whole answer; or what is pasted, for --workload [NAMESPACE/]Kind/name.")
  var output = OutputForm<Format>.report(.text)

  func answer() throws {
    let rules = try SourceLoader(source).load()
    let settings = rules.settings
    let families = rules.families
    let simulator = try Simulator(rules.ruleset, in: rules.network)
    let endpoints = try servers.endpoints()
    var plan = Plan(
      for: endpoints, under: simulator, families: families, settings: settings,
      clusterRanges: clusterRange.map(\.prefix))
    if let settings {
      plan.collateral = try Plan.collateral(of: settings, under: simulator, families: families)
    }
    let report = PlanReport(
      plan, question: question(families),
      source: source.rules == nil && settings != nil ? nil : rules.source,
      isWhole: all, flags: source.asTyped)
    switch output {
    case .report(let format): write(report, rules, as: format)
    case .paste(let form):
      let bypassing = plan.answers.filter { $0.fate == .bypass }.map(\.endpoint)
      try paste.write(
        form, PodAnnotations(settings?.annotations ?? []), of: rules,
        endpoints: bypassing.isEmpty ? endpoints : bypassing)
    }
  }

  private func write(_ report: PlanReport, _ rules: LoadedRules, as format: Format) {
    switch format {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    case .markdown: Output.write(report.markdown)
    case .mermaid: Output.write(ChainGraph(rules.ruleset, report.plan).mermaid)
    case .dot: Output.write(ChainGraph(rules.ruleset, report.plan).dot)
    }
  }

  private func question(_ families: [Family]) -> String {
    if servers.areGiven { return "these servers" }
    return families == [.ipv4]
      ? "any IPv4 address"
      : families == [.ipv6]
        ? "any IPv6 address" : "any address"
  }
}

/// `10.0.0.0/8`, or one address.
struct PrefixArgument: ExpressibleByArgument {
  var prefix: Prefix

  init?(argument: String) {
    guard let prefix = Prefix(addressOrPrefix: argument) else { return nil }
    self.prefix = prefix
  }
}
