import Addresses
public import ArgumentParser
import Audit
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

      With --rules pid:N (or netns:NAME, pod:NAMESPACE/NAME) the servers are those that the pod is \
      connected to now, and what its sockets and conntrack show of each is told beside the model.
      """)

  enum Format: String, CaseIterable {
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

  @OptionGroup(title: "Pasting") var paste: PasteOptions

  @Option(
    help: ArgumentHelp(
      "Pasted is this kind of remedy: envoyKeepalive, idleTimeout, idleTimeoutBelowDevice, "
        + "excludePort or excludeRange; without it the best that has such a form.",
      valueName: "kind", visibility: .hidden))
  var remedy: String?

  @Option(
    name: .shortAndLong,
    help: "A whole answer; or what is pasted, for --workload [NAMESPACE/]Kind/name.")
  var output = OutputForm<Format>.report(.text)

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
    let (rules, live) = try load()
    let simulator = try Simulator(rules.ruleset, in: rules.network)
    let asked = live.isEmpty || servers.areGiven ? try servers.endpoints() : live.map(\.endpoint)
    let endpoints = try asked.map(idle.applied).filter { $0.transport == .tcp }
    let judge = EndpointJudge(simulator, proxies: rules.settings?.proxies ?? .istioDefault)
    let ways = try endpoints.compactMap { endpoint in
      try judge.captures(endpoint, families: rules.families).map { (endpoint, $0) }
    }
    let timeouts = try Timeouts(
      ways, sidecar: idle.sidecar(),
      library: idle.library(), live: live)
    switch output {
    case .report(let format): write(timeouts, format, rules)
    case .paste(let form): return try write(timeouts, form, rules)
    }
    if timeouts.fails(at: failOn) { throw ExitCode.findings }
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

  private func write(_ timeouts: Timeouts, _ format: Format, _ rules: LoadedRules) {
    let report = IdleReport(
      timeouts, target: paste.target(of: rules),
      version: rules.settings?.capture.version ?? .newest)
    switch format {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    case .yaml: Document.yaml(report.json)
    }
  }

  /// What is taken goes to stderr: stdout is for whatever it is pasted into.
  private func write(_ timeouts: Timeouts, _ form: PasteForm, _ rules: LoadedRules) throws {
    let target = paste.target(of: rules)
    let cure: Timeouts.Cure
    do {
      cure = try timeouts.cure(
        as: form, for: target, kind: remedy, version: rules.settings?.capture.version ?? .newest)
    } catch {
      throw UnusableInput("-o \(form.rawValue): \(error); give one --endpoint, or a --remedy")
    }
    for (endpoint, remedy) in cure.taken {
      Output.warn("\(endpoint): \(remedy.change.kind): \(remedy.because)")
    }
    for endpoint in cure.left {
      Output.warn("\(endpoint): nothing that holds can be written as \(form.rawValue)")
    }
    if let paste = cure.paste {
      try form.write(paste, for: target)
    } else if cure.left.isEmpty {
      Output.warn(
        "nothing fails, so there is nothing to paste; --remedy KIND gives one all the same")
    }
    if !cure.left.isEmpty { throw ExitCode.findings }
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
