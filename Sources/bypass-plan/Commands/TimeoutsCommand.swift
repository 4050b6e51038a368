public import ArgumentParser
public import Findings
import IdleTimeouts
import Manifests
import PacketPath
import Planning
import Reports
import Ruleset

struct TimeoutsCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "timeouts",
    abstract: "Who closes this idle connection first, and which remedy holds?",
    discussion: """
      Whether an endpoint goes through Envoy is taken from the rules. Values not given come from \
      tables of servers, client libraries and cloud devices, and are listed as assumptions.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml
  }

  @OptionGroup(title: "Servers") var servers: ServerOptions
  @OptionGroup(title: "The connection") var idle: IdleOptions
  @OptionGroup var source: SourceOptions

  @Option(
    help: ArgumentHelp(
      "Print an EnvoyFilter that sets this idle timeout, and nothing else.",
      valueName: "time|0|unset", visibility: .hidden))
  var envoyfilter: String?

  @Option(
    help: ArgumentHelp(
      "The lowest severity that makes the exit code 1: info, warning or error.",
      visibility: .hidden))
  var failOn = Finding.Severity.error

  @Option(name: .shortAndLong, help: "text, json or yaml.")
  var output = Format.text

  func answer() throws {
    if let envoyfilter {
      let timeout = try IdleTimeouts.Sidecar.IdleTimeout(argument: envoyfilter)
      let span: Span? =
        switch timeout {
        case .unset: nil
        case .off: Span(milliseconds: 0)
        case .after(let span): span
        }
      Document.yaml(IstioResource.idleTimeout(span, for: .placeholder))
      return
    }
    let rules = try SourceLoader(source).load()
    let simulator = try Simulator(rules.ruleset, in: rules.network)
    let endpoints = try servers.endpoints().map(idle.applied).filter { $0.transport == .tcp }
    let plan = Plan(
      for: endpoints, under: simulator, families: rules.families, settings: rules.settings)
    let timeouts = try Timeouts(
      plan.answers.map { ($0.endpoint, $0.goesThroughProxy) }, sidecar: idle.sidecar(),
      library: idle.library())
    switch output {
    case .text: Output.write(IdleReport.text(timeouts))
    case .json: Document.json(IdleReport.json(timeouts))
    case .yaml: Document.yaml(IdleReport.json(timeouts))
    }
    if timeouts.findings.contains(where: { $0.severity >= failOn }) { throw ExitCode.findings }
  }
}

extension Finding.Severity: ExpressibleByArgument {}
