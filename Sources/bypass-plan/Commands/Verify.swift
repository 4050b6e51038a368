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
      nothing is left behind. Exit code 1 where the two disagree.
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
    guard (1...1_000_000).contains(count) else {
      throw ValidationError("--count is from 1 to 1000000.")
    }
    if probes != nil, seed != nil {
      throw ValidationError("--seed is for packets made up, not for those of --probes.")
    }
  }

  func answer() throws {
    var source = source
    if loader == .nft, source.rules == nil { source.capture.backend = .nftables }
    let rules = try SourceLoader(source).load()
    let loader = loader ?? Loader(for: rules.ruleset)
    let network =
      rules.network.addresses.addresses.isEmpty
      ? PodNetwork.testPod(for: rules.ruleset) : rules.network
    let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
    let interfaces = rules.ruleset.interfaces
    let probes = try given(in: network) ?? generated(rules.ruleset, network, interfaces, seed)
    let pod = try TestPod(network, interfaces: interfaces)
    try pod.load(rules.loadableText, by: loader)
    let verification = try Verification(
      of: probes, Simulator(rules.ruleset, in: network),
      against: Prober(in: pod, tproxyPorts: rules.ruleset.tproxyPorts))
    let report = VerificationReport(
      verification, in: network, loader: loader, seed: self.probes == nil ? seed : nil)
    switch output {
    case .text: Output.write(report.text)
    case .json: Document.json(report.json)
    }
    if !verification.disagreements.isEmpty { throw ExitCode.findings }
  }

  private func given(in network: PodNetwork) throws -> [Probe]? {
    guard let file = probes else { return nil }
    var lines = ProbeLines(try Files.read(file), in: network)
    var probes: [Probe] = []
    do {
      while let probe = try lines.next() { probes.append(probe) }
    } catch {
      throw error.located(in: file)
    }
    return probes
  }

  private func generated(
    _ ruleset: Ruleset, _ network: PodNetwork, _ interfaces: [InterfaceName], _ seed: UInt64
  ) -> [Probe] {
    var boundary = BoundaryProbes(of: ruleset, in: network, interfaces: interfaces, seed: seed)
    return (0..<count).map { _ in Probe(boundary.next()) }
  }
}

extension Loader: ExpressibleByArgument {}
