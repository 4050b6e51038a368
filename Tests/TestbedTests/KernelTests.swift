import Addresses
import Glibc
import PacketPath
import Probes
import Ruleset
import RulesetText
import TestSupport
import Testbed
import Testing

/// The model against the kernel of this machine, with real sockets.
@Suite(.serialized) struct KernelTests {
  @Test func everyRecordedRulesetUnderEveryLoader() throws {
    guard let root = SharedCases.root else {
      print("verify: no recorded rulesets here, none loaded")
      return
    }
    let seed = UInt64.random(in: 0...UInt64(UInt32.max))
    var total = 0
    var disagreements: [String] = []
    for name in try TestFiles.names(in: "\(root)/kernel") {
      for loader in Loader.allCases {
        let folder = "\(root)/kernel/\(name)"
        let verification = try verify(folder, loader, seed: seed)
        total += verification.compared
        disagreements += verification.disagreements.map {
          "\(name) \(loader.rawValue): \($0.words)"
        }
      }
    }
    print("verify: \(total) probes (seed \(seed)), \(disagreements.count) disagreements")
    #expect(total > 0)
    #expect(disagreements.isEmpty, "\(disagreements.prefix(20).joined(separator: "\n"))")
  }

  private func verify(_ folder: String, _ loader: Loader, seed: UInt64) throws -> Verification {
    let text: LoadableText
    let ruleset: Ruleset
    if loader == .nft {
      let script = try TestFiles.bytes("\(folder)/rules.nft")
      text = LoadableText(nft: script)
      ruleset = try NFTables.read(script)
    } else {
      let ipv4 = try? TestFiles.bytes("\(folder)/rules.v4")
      let ipv6 = try? TestFiles.bytes("\(folder)/rules.v6")
      text = LoadableText(ipv4: ipv4, ipv6: ipv6)
      ruleset = Ruleset(
        try IPTables.readSave(ipv4 ?? [], family: .ip)
          + IPTables.readSave(ipv6 ?? [], family: .ip6))
    }
    let network = PodNetwork.testPod(for: ruleset)
    let pod = try TestPod(network)
    try pod.load(text, by: loader)
    let prober = try Prober(in: pod, tproxyPorts: ruleset.tproxyPorts)
    var probes = BoundaryProbes(of: ruleset, in: network, seed: seed)
    let simulator = try Simulator(ruleset, in: network)
    return try Verification(
      of: (0..<200).map { _ in Probe(probes.next()) }, simulator, against: prober)
  }
}

extension Verification.Disagreement {
  var words: String {
    let packet = probe.packet
    return "\(packet.transport) \(packet.source.map { "\($0)" } ?? "-"):\(packet.sourcePort) -> "
      + "\(packet.destination):\(packet.destinationPort) owner \(packet.owner.map { "\($0)" } ?? "-") "
      + "in \(packet.inputInterface.map { "\($0)" } ?? "-") out \(packet.outputInterface.map { "\($0)" } ?? "-"): "
      + "kernel \(sighting), model \(path.outcome) by \(path.decidedBy?.text ?? "-")"
  }
}
