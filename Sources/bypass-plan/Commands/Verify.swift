import Addresses
public import ArgumentParser
import Istio
import PacketPath
import Probes
import Reports
import Ruleset
public import Testbed

struct Verify: Command {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Does the real kernel agree with the model?",
    discussion: """
      Loads the rules into a throwaway pod of two network namespaces, sends real packets from real \
      sockets, and compares where each ends with what the model says. Without --probes the packets \
      sit on the rules' own boundaries. Needs root; nothing outside the two namespaces changes, and \
      nothing is left behind. Exit code 1 where the two disagree, or a given probe expects \
      something else.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @Option(
    help: ArgumentHelp(
      "Who loads the rules: iptables-nft, iptables-legacy or nft; without it, whom they are for."))
  var loader: Loader?

  @Option(help: ArgumentHelp("Packets, one JSON object a line.", valueName: "file"))
  var probes: String?

  @Option(help: "How many packets to make up, without --probes.")
  var count = 1000

  @Option(help: "Makes up the same packets again.")
  var seed: UInt64?

  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "text or json.")
  var output = Format.text

  func validate() throws {
    if probes != nil, seed != nil {
      throw ValidationError("--seed is for packets made up, not for those of --probes.")
    }
  }

  func answer() throws {
    guard (1...1_000_000).contains(count) else {
      throw UnusableInput("--count '\(count)': expected 1 to 1000000")
    }
    var source = source
    if loader == .nft, source.rules == nil { source.capture.backend = .nftables }
    let rules = try SourceLoader(source).load()
    if rules.ruleset.tables.contains(where: { $0.dialect == .nftListing }) {
      throw UnusableInput("some of these tables are \(Table.Dialect.nftListing.words)")
    }
    let loader = loader ?? Loader(for: rules.ruleset)
    let network =
      rules.network.addresses.addresses.isEmpty
      ? PodNetwork.testPod(for: rules.ruleset) : rules.network
    let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
    let interfaces = rules.ruleset.interfaces
    let given = try given(in: network)
    let probes = given?.map(\.probe) ?? generated(rules.ruleset, network, interfaces, seed)
    let simulator = try Simulator(rules.ruleset, in: network)
    let pod = try TestPod(network, interfaces: interfaces)
    try pod.load(rules.loadableText, by: loader)
    let verification = try Verification(
      of: probes, simulator,
      against: Prober(in: pod, tproxyPorts: simulator.tproxyPorts(for: probes.map(\.packet))))
    let report = VerificationReport(
      verification, in: network, loader: loader, seed: self.probes == nil ? seed : nil)
    switch output {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    }
    let unmet = (given ?? []).compactMap { line, probe in
      Self.unmet(probe, onLine: line, simulator)
    }
    for unmet in unmet {
      Output.warn(ExpectationReport.text(unmet, file: Files.name(of: self.probes ?? "-")))
    }
    if !verification.disagreements.isEmpty || !unmet.isEmpty { throw ExitCode.findings }
  }

  private func given(in network: PodNetwork) throws -> [(line: Int, probe: Probe)]? {
    guard let file = probes else { return nil }
    var lines = ProbeLines(try Files.read(file), in: network)
    var probes: [(Int, Probe)] = []
    do {
      while let probe = try lines.next() { probes.append((lines.line, probe)) }
    } catch {
      throw error.located(in: Files.name(of: file))
    }
    if probes.isEmpty {
      throw UnusableInput("\(Files.name(of: file)): is empty; expected a probe, an object a line")
    }
    return probes
  }

  /// Where the kernel does what the model says, that may still not be what the probe expects.
  private static func unmet(_ probe: Probe, onLine line: Int, _ simulator: Simulator)
    -> ExpectationReport.Case?
  {
    guard let expected = probe.expected else { return nil }
    let path = simulator.path(of: probe.packet, tracing: true)
    return expected.holds(for: path.outcome)
      ? nil : ExpectationReport.Case(line: line, probe: probe, path: path)
  }

  private func generated(
    _ ruleset: Ruleset, _ network: PodNetwork, _ interfaces: [InterfaceName], _ seed: UInt64
  ) -> [Probe] {
    var boundary = BoundaryProbes(of: ruleset, in: network, interfaces: interfaces, seed: seed)
    return (0..<count).map { _ in Probe(boundary.next()) }
  }
}

extension Loader: ExpressibleByArgument {}
