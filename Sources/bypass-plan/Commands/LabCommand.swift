public import ArgumentParser
import Glibc
import Reports
public import Testbed

struct LabCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Show me the idle-timeout fault and its cure with a real Envoy, here.",
    discussion: """
      Three throwaway namespaces (pod, middlebox, outside), a real Envoy, real redis, memcached and \
      MariaDB; connections idle, and what becomes of them stands beside what the model says. Needs \
      root, and what tools/lab-setup installs. Nothing leaves the namespaces, and nothing is left \
      behind. Exit code 1 where the two disagree.

      'lab all' runs every scenario; 'lab clean' removes what a lab that was killed, or kept, has \
      left.

      Without capture settings the rules exclude port \
      \(LabScenario.excludedPorts.map(String.init).joined(separator: ",")) and \
      \(LabScenario.excludedRange); with them, the model is asked what they capture.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, markdown
  }

  @Argument(
    help: "\(LabScenario.all.map(\.name).joined(separator: ", ")); all, or clean.")
  var scenario: String

  @Option(
    help: ArgumentHelp("An Envoy binary other than tools/lab-setup's.", valueName: "path"))
  var envoy: String?

  @Option(
    help: ArgumentHelp(
      "Let a real client library ask: go-mysql, gomemcache, redis-py or pymysql.",
      valueName: "name"))
  var client: LabClient?

  @Flag(help: "Leave the namespaces, the servers and Envoy running.")
  var keep = false

  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "text, json or markdown.")
  var output = Format.text

  func answer() throws {
    guard scenario == "all" || scenario == "clean" || LabScenario.named(scenario) != nil else {
      throw UnusableInput(
        "'\(scenario)' is no scenario; expected "
          + (LabScenario.all.map(\.name) + ["all", "clean"]).joined(separator: ", "))
    }
    if let client, scenario != "all", scenarios.isEmpty {
      let fitting = LabScenario.all.filter { $0.driven(by: client) != nil }
      throw UnusableInput(
        "\(client.rawValue) has no part in \(scenario); it has in "
          + (fitting.map(\.name) + ["all"]).joined(separator: ", "))
    }
    if scenario == "clean" { return try clean() }
    let lab = Lab(
      try rules(), envoy: envoy ?? Lab.installedEnvoy, isKept: keep, progress: Progress.show)
    Lab.noteInterruptions()
    var results: [LabResult] = []
    var isSomethingMissing = false
    for scenario in scenarios {
      guard let result = try run(scenario, in: lab) else {
        isSomethingMissing = true
        continue
      }
      results.append(result)
      if output == .text { Output.write(LabReport.page(result) + "\n") }
    }
    let report = LabReport(results)
    switch output {
    case .text: Output.write(report.lastLine)
    case .json: Document.json(report.json)
    case .markdown: Output.write(report.markdown)
    }
    if !results.allSatisfy(\.agrees) { throw ExitCode.findings }
    if isSomethingMissing { throw ExitCode.missing }
  }

  /// Those asked for, with the client asked for.
  private var scenarios: [LabScenario] {
    let named = LabScenario.named(scenario).map { [$0] } ?? LabScenario.all
    return client.map { client in named.compactMap { $0.driven(by: client) } } ?? named
  }

  /// nil where one of several scenarios lacks a program: the others are run.
  private func run(_ scenario: LabScenario, in lab: Lab) throws -> LabResult? {
    defer { Progress.end() }
    do {
      return try lab.run(scenario)
    } catch {
      guard case .missing = error, self.scenario == "all" else { throw error }
      Output.warn("\(scenario.name): \(error)")
      return nil
    }
  }

  private func clean() throws {
    let names = try Lab.clean()
    Output.write(
      names.isEmpty ? "nothing was left\n" : "removed \(names.joined(separator: ", "))\n")
  }

  private func rules() throws -> LabRules {
    var source = source
    if source.rules == nil, source.capture.config == nil, source.capture.annotations.isEmpty {
      source.capture.excludePorts = LabScenario.excludedPorts.map(String.init)
        .joined(separator: ",")
      source.capture.excludeIpRanges = LabScenario.excludedRange
    }
    let loaded = try SourceLoader(source).load()
    if !loaded.ruleset.tproxyPorts.isEmpty {
      throw UnusableInput(
        "the lab's Envoy takes redirected connections; these rules hand them over by TPROXY")
    }
    return LabRules(
      loaded.ruleset, text: loaded.loadableText, proxy: loaded.proxy,
      outboundPort: loaded.sidecar.outboundPort)
  }
}

extension LabClient: ExpressibleByArgument {}
