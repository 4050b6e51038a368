import Addresses
import Ruleset
import RulesetText
import TestSupport
import Testing

@testable import PacketPath

/// The model against the kernel, for every probe that was recorded with real sockets.
@Suite struct KernelConformanceTests {
  private struct Count {
    var probes = 0
    var limits = 0
    var disagreements: [String] = []
  }

  @Test func everyRecordedProbeEndsAsInTheKernel() throws {
    guard let root = SharedCases.root else {
      print("conformance: no recorded cases here, nothing compared with the kernel")
      return
    }
    var total = Count()
    var rulesets = 0
    for name in try TestFiles.names(in: "\(root)/kernel") {
      for backend in ["iptnft", "legacy", "nft"] {
        let folder = "\(root)/kernel/\(name)"
        guard let probes = try? TestFiles.text("\(folder)/\(backend).jsonl") else { continue }
        let ruleset = try rules(in: folder, loadedBy: backend)
        try compare(probes, ruleset, "\(name) \(backend)", &total)
        rulesets += 1
      }
    }
    print(
      "conformance: \(total.probes) kernel probes on \(rulesets) rulesets, "
        + "\(total.disagreements.count) disagreements, \(total.limits) limits of the recording")
    #expect(total.probes > 0)
    #expect(total.disagreements.isEmpty, "\(total.disagreements.prefix(20))")
  }

  private func rules(in folder: String, loadedBy backend: String) throws -> Ruleset {
    if backend == "nft" { return try NFTables.read(try TestFiles.bytes("\(folder)/rules.nft")) }
    var tables = try IPTables.readSave(try TestFiles.bytes("\(folder)/rules.v4"), family: .ip)
    if let ipv6 = try? TestFiles.bytes("\(folder)/rules.v6") {
      tables += try IPTables.readSave(ipv6, family: .ip6)
    }
    for index in tables.indices {
      tables[index].backend = backend == "legacy" ? .iptablesLegacy : .iptablesNFT
    }
    return Ruleset(tables)
  }

  private func compare(
    _ probes: String, _ ruleset: Ruleset, _ name: String, _ count: inout Count
  ) throws {
    let network = PodNetwork(KernelProbe.pod, for: ruleset)
    let simulator = try Simulator(ruleset, in: network)
    let compiled = CompiledRuleset(simulator)
    for line in probes.split(separator: "\n") {
      let probe = try KernelProbe(line)
      let path = simulator.path(of: probe.packet)
      count.probes += 1
      let compiledVerdict = compiled.compiledVerdict(for: probe.packet)
      #expect(compiledVerdict?.outcome == path.outcome, "compiled, \(name): \(line)")
      if agrees(path, with: probe) { continue }
      if RecordingLimits.limit(of: probe, path.outcome) != nil {
        count.limits += 1
      } else {
        count.disagreements.append("\(name): \(path.outcome), recorded \(line)")
      }
    }
  }

  private func agrees(_ path: Path, with probe: KernelProbe) -> Bool {
    guard path.outcome.word == probe.result else { return false }
    switch path.outcome {
    case .redirect(let address, let port), .tproxy(let address, let port):
      let isSeen = probe.result == "tproxy" || address == probe.seen?.address
      return port == probe.port && isSeen
    case .local, .bypass:
      return probe.seen?.address == path.passages.last?.packet.destination
        && probe.seen?.port == path.passages.last?.packet.destinationPort
    default: return true
    }
  }
}
