import ArgumentParser
import Documents
import Glibc
import PacketPath
import Probes
import Reports
import Ruleset

struct Simulate: Command {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "What happens to this packet, rule by rule?",
    discussion: """
      One packet by flags (--to), or many from a file of JSON lines (--probes). A probe may hold \
      'expect', a verdict or a fate: a mismatch prints its trace, and the exit code is 1.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml, jsonl, junit
  }

  @OptionGroup(title: "Packet") var packet: PacketOptions

  @Option(help: ArgumentHelp("Packets, one JSON object a line.", valueName: "file"))
  var probes: String?

  @Flag(help: "Every rule looked at, and why it did not match.")
  var trace = false

  @Flag(help: "The whole way: through Envoy and out again, or in to the app.")
  var journey = false

  @Option(
    help: ArgumentHelp(
      "With --journey: the endpoint Envoy picks for the address.", valueName: "address:port",
      visibility: .hidden))
  var upstream: MappingArgument?

  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "text, json, yaml, jsonl or junit.")
  var output: Format?

  func validate() throws {
    if packet.to == nil, probes == nil {
      throw ValidationError("Which packet? Give --to ADDRESS:PORT or --probes FILE.")
    }
    if packet.to != nil, probes != nil {
      throw ValidationError("Either --to or --probes, not both.")
    }
  }

  func answer() throws {
    let rules = try SourceLoader(source).load()
    let simulator = try Simulator(rules.ruleset, in: rules.network)
    if let probes {
      try ProbeRun(simulator, file: probes, format: output ?? .jsonl, isTraced: trace).run()
    } else {
      try one(simulator, rules)
    }
  }

  private func one(_ simulator: Simulator, _ rules: LoadedRules) throws {
    let draft = packet.draft()
    let probe = Probe(try draft.packet(in: rules.network), mapping: draft.mapping)
    let format = output ?? .text
    if journey { return try follow(probe.packet, simulator, rules, format) }
    let path = simulator.path(
      of: probe.packet, mapping: probe.mapping, tracing: trace || format == .text)
    let report = PathReport(probe, path, isWhole: trace, purpose: rules.purpose)
    switch format {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    case .jsonl: Output.write(report.json.json(.compact))
    case .junit:
      throw UnusableInput("-o junit is for --probes, whose 'expect' makes each one a test")
    }
  }

  private func follow(
    _ packet: Packet, _ simulator: Simulator, _ rules: LoadedRules, _ format: Format
  ) throws {
    let journey = simulator.journey(
      of: packet, through: rules.sidecar, to: upstream?.mapping, tracing: true)
    let report = JourneyReport(journey, isWhole: trace, purpose: rules.purpose)
    switch format {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    case .jsonl: Output.write(report.json.json(.compact))
    case .junit: throw UnusableInput("-o junit is for --probes")
    }
  }
}
