import Addresses
public import ArgumentParser
import Audit
public import Findings
import IdleTimeouts
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

      With --rules pid:N (or netns:NAME, pod:NAMESPACE/NAME) the servers are those that the pod is \
      connected to now, and what its sockets and conntrack show of each is told beside the model.
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
      Output.write(
        IstioResource.idleTimeout(timeout, for: Workload(namespace: "NAMESPACE", app: "APP")))
      return
    }
    let (rules, live) = try load()
    let simulator = try Simulator(rules.ruleset, in: rules.network)
    let asked = live.isEmpty || servers.areGiven ? try servers.endpoints() : live.map(\.endpoint)
    let endpoints = try asked.map(idle.applied).filter { $0.transport == .tcp }
    let plan = Plan(
      for: endpoints, under: simulator, families: rules.families, settings: rules.settings)
    let timeouts = try Timeouts(
      plan.answers.map { ($0.endpoint, $0.goesThroughProxy) }, sidecar: idle.sidecar(),
      library: idle.library(), live: live)
    switch output {
    case .text: Output.write(IdleReport.text(timeouts))
    case .json: Document.json(IdleReport.json(timeouts))
    case .yaml: Document.yaml(IdleReport.json(timeouts))
    }
    if timeouts.findings.contains(where: { $0.severity >= failOn }) { throw ExitCode.findings }
  }

  /// The rules, and the connections there are where they are a live namespace's.
  private func load() throws -> (LoadedRules, [ConnectionGroup]) {
    let loader = SourceLoader(source)
    guard let rules = source.rules, rules.isLive else { return (try loader.load(), []) }
    let subject = try SubjectReader().read(rules.openNetworkNamespace(), as: "\(rules)")
    let groups = ConnectionGroup.groups(
      of: subject.sockets, conntrack: subject.conntrack ?? [], addresses: subject.addresses,
      capturedTo: subject.live.ruleset.capturePorts,
      proxyUID: subject.proxy?.owner.uid ?? PacketPath.Sidecar().owner.uid)
    if groups.isEmpty, !servers.areGiven {
      Output.warn("\(rules): no connection to a server is open; these are the catalogue's")
    }
    return (loader.loaded(subject.live, of: subject.name, subject.addresses), groups)
  }
}

extension Finding.Severity: ExpressibleByArgument {}

extension ConnectionGroup {
  /// The server as an endpoint to judge.
  fileprivate var endpoint: Endpoint {
    Endpoint(
      name: "\(destination)", place: .prefixes([Prefix(destination.address)]),
      port: destination.port)
  }
}
