import Addresses
import ArgumentParser
import Documents
import FlowSets
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
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml, markdown, mermaid, dot, annotations, patch
  }

  @OptionGroup var source: SourceOptions

  @Option(
    help: ArgumentHelp("A server of your own (repeatable).", valueName: "[name=]address:port"))
  var endpoint: [String] = []

  @Option(help: ArgumentHelp("Your servers: a file of kind Inventory.", valueName: "file"))
  var inventory: String?

  @Option(
    help: ArgumentHelp(
      "Pod and service ranges of the cluster (repeatable).", valueName: "cidr", visibility: .hidden)
  )
  var clusterRange: [PrefixArgument] = []

  @Flag(help: ArgumentHelp("Every server by name.", visibility: .hidden))
  var all = false

  @Option(
    name: .shortAndLong,
    help: "text, json, yaml, markdown, mermaid, dot, annotations or patch.")
  var output = Format.text

  func answer() throws {
    let rules = try SourceLoader(source).load()
    let settings = rules.settings
    let families = try families(of: rules)
    let simulator = try Simulator(rules.ruleset, in: rules.network)
    let servers = try endpoints()
    var plan = Plan(
      for: servers, under: simulator, families: families, settings: settings,
      clusterRanges: clusterRange.map(\.prefix))
    if let settings {
      plan.collateral = try Plan.collateral(of: settings, under: simulator, families: families)
    }
    let report = PlanReport(
      plan, question: question(families), source: settings == nil ? rules.headline : nil,
      isWhole: all, flags: source.capture.asTyped)
    switch output {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    case .markdown: Output.write(report.markdown)
    case .mermaid: Output.write(ChainGraph(rules.ruleset, plan).mermaid)
    case .dot: Output.write(ChainGraph(rules.ruleset, plan).dot)
    case .annotations: Output.write(report.annotations)
    case .patch: Document.yaml(report.patch)
    }
  }

  /// Those the pod has: IPv4, and IPv6 where it has rules for it.
  private func families(of rules: LoadedRules) throws -> [Family] {
    if let config = rules.settings?.capture.config {
      return config.enableIPv6 ? [.ipv4, .ipv6] : [.ipv4]
    }
    let held = Family.allCases.filter { family in
      rules.ruleset.tables.contains { table in
        table.family.sees(family) && table.chains.contains { !$0.rules.isEmpty }
      }
    }
    return held.isEmpty ? [.ipv4] : held
  }

  private func endpoints() throws -> [Endpoint] {
    var endpoints: [Endpoint] = []
    if let inventory {
      do {
        endpoints += try Inventory(Node(reading: Files.read(inventory))).endpoints
      } catch let error as DocumentError {
        throw error.located(in: inventory)
      }
    }
    for text in endpoint {
      do {
        endpoints.append(try Endpoint(argument: text))
      } catch {
        throw UnusableInput("--endpoint \(error)")
      }
    }
    if inventory != nil || !endpoint.isEmpty { return endpoints }
    return Middleware.catalogue.map(Endpoint.init)
  }

  private func question(_ families: [Family]) -> String {
    if inventory != nil || !endpoint.isEmpty { return "these servers" }
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
