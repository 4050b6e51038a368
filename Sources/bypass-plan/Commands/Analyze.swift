import Addresses
import Answers
import ArgumentParser
import FlowSets
import Reports

struct Analyze: Command {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Exactly which traffic bypasses, is captured, or is dropped?",
    discussion: """
      All packets at once, as sets: the first packets of connections that applications open in \
      the pod, unless --proxy, --anyone or --inbound says otherwise. With --assert 'bypass: tcp \
      3307' it says instead whether all of that traffic has that fate, and shows a packet that \
      has not: 'FATE: [PREFIX…] [tcp|udp] [PORT|PORT-PORT,…] [uid N] [gid N]'. Without a prefix \
      any address outside the pod is meant. The exit code is 1 where one is refuted or can't be \
      told.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml, markdown, junit
  }

  @OptionGroup(title: "Packets") var packets: UniverseOptions

  @OptionGroup(title: "Assertions") var assertions: AssertionOptions

  @OptionGroup var source: SourceOptions

  @Flag(help: "Every region and every dead rule, however many.")
  var all = false

  @Option(name: .shortAndLong, help: "text, json, yaml, markdown; junit with --assert.")
  var output = Format.text

  func validate() throws {
    if output == .junit, assertions.isEmpty {
      throw ValidationError("-o junit is for assertions; give --assert or --assert-file")
    }
    if output == .markdown, !assertions.isEmpty {
      throw ValidationError("-o markdown shows the sets; assertions have text, json, yaml, junit")
    }
  }

  func answer() throws {
    let asserted = try assertions.read()
    let rules = try SourceLoader(source).load()
    let families = Family.allCases.filter { $0 == .ipv4 || rules.ruleset.decides($0) }
    let universe = try packets.universe(
      packets.inbound ? .inbound : .outbound, families: families, of: [rules.ruleset],
      in: rules.network,
      proxy: rules.proxy)
    let checks = try check(asserted, rules, universe)
    let source = "\(rules.source)."
    let verdicts = AssertionReport(checks, in: universe, source: source, isWhole: all)
    func report() throws -> AnalysisReport {
      AnalysisReport(
        try Analysis(of: rules.ruleset, in: rules.network, universe), checks: checks,
        source: source, isWhole: all)
    }
    switch output {
    case .text: Output.write(checks.isEmpty ? try report().text : verdicts.text)
    case .json: Document.json(try report().json)
    case .yaml: Document.yaml(try report().json)
    case .markdown: Output.write(try report().markdown)
    case .junit: Output.write(verdicts.junit)
    }
    if checks.contains(where: { $0.result != .holds }) { throw ExitCode.findings }
  }

  private func check(
    _ assertions: [Assertion], _ rules: LoadedRules, _ universe: Universe
  ) throws -> [AssertionCheck] {
    if assertions.isEmpty { return [] }
    let checker = try AssertionChecker(of: rules.ruleset, in: rules.network, universe)
    return try assertions.map { try checker.check($0) }
  }
}
