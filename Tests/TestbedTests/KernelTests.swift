import Addresses
import Glibc
import PacketPath
import Probes
import Reports
import Ruleset
import RulesetText
import TestSupport
import Testbed
import Testing

/// The model against the kernel of this machine, with real sockets.
@Suite(.serialized) struct KernelTests {
  /// Other rulesets and probes in every run; `VERIFY_SEED` repeats one that was printed.
  static let firstSeed: Int = {
    getenv("VERIFY_SEED").flatMap { Int(String(cString: $0)) } ?? Int(UInt32.random(in: 0...(.max)))
  }()

  @Test func everyRecordedRulesetUnderEveryLoader() throws {
    guard let root = SharedCases.root else {
      print("verify: no recorded rulesets here, none loaded")
      return
    }
    let seed = UInt64(Self.firstSeed)
    var total = 0
    var disagreements: [String] = []
    for name in try TestFiles.names(in: "\(root)/kernel") {
      for loader in Loader.allCases {
        let folder = "\(root)/kernel/\(name)"
        let verification = try verify(folder, loader, seed: seed)
        #expect(verification.compared > 150, "\(name) \(loader.rawValue)")
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

  /// Rulesets made up by seeds.
  @Test func randomRulesetsUnderEveryLoader() throws {
    let first = Self.firstSeed
    var total = 0
    var unsure: [String: Int] = [:]
    var disagreements: [String] = []
    for seed in first..<(first + 40) {
      for loader in Loader.allCases {
        var rules = RandomRules(seed: seed)
        let text = rules.text(for: loader)
        let verification: Verification
        do {
          verification = try verify(text, loader, seed: UInt64(seed))
        } catch {
          Issue.record(error, "seed \(seed) \(loader.rawValue)")
          continue
        }
        total += verification.compared
        for open in verification.unknown + verification.unsent {
          unsure[open.reason, default: 0] += 1
        }
        disagreements += verification.disagreements.map {
          "seed \(seed) \(loader.rawValue): \($0.words)"
        }
      }
    }
    print(
      "verify: \(total) probes on random rulesets (seeds from \(first)), "
        + "\(disagreements.count) disagreements")
    // Of the packets that are left, each is one that no socket can send or the model leaves open.
    let reasons = unsure.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10)
    #expect(total > 40 * 3 * 170, "\(reasons.map { "\($0.value) \($0.key)" })")
    #expect(disagreements.isEmpty, "\(disagreements.prefix(20).joined(separator: "\n"))")
  }

  /// A model of other rules than the kernel has: where the two part is seen from both paths.
  @Test(arguments: Loader.allCases)
  func aDisagreementShowsTheKernelsRulesToo(loader: Loader) throws {
    let way = loader == .nft ? "counter accept" : "-j ACCEPT"
    let kernels = Self.rules("-p tcp --dport 3307 -j ACCEPT", "tcp dport 3307 \(way)", for: loader)
    let models = Self.rules("-p tcp --dport 3308 -j ACCEPT", "tcp dport 3308 \(way)", for: loader)
    let model =
      try models.nft.map { try NFTables.read($0) }
      ?? Ruleset(IPTables.readSave(models.ipv4 ?? [], family: .ip))
    let pod = try TestPod(.testPod)
    try pod.load(kernels, by: loader)
    let probe = Probe(
      Packet(
        .tcp, from: IPAddress(.ipv4, 0x6440_0002), port: 40000, to: IPAddress(.ipv4, 0x0A00_0009),
        port: 3307,
        owner: Owner(uid: 1000, gid: 1000), out: .firstEthernet))
    let verification = try Verification(
      of: [probe], Simulator(model, in: .testPod), against: Prober(in: pod))
    let disagreement = try #require(verification.disagreements.first)
    #expect(disagreement.counted.map(\.number) == [1])
    #expect(disagreement.counted.first?.text.contains("dport 3307") == true)
    #expect(disagreement.path.decidedBy?.number == 2)
    let text = VerificationReport(verification, in: .testPod, loader: loader, seed: nil).text
    #expect(text.contains("counted in nat OUTPUT") || text.contains("counted in t c"), "\(text)")
  }

  /// One rule, then all to a port of the pod.
  private static func rules(_ save: String, _ nft: String, for loader: Loader) -> LoadableText {
    loader == .nft
      ? LoadableText(
        nft: Array(
          """
          table ip t { chain c { type nat hook output priority -100;
            \(nft)
            meta l4proto tcp counter redirect to :15001
          }
          }

          """.utf8))
      : LoadableText(
        ipv4: Array(
          "*nat\n-A OUTPUT \(save)\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n".utf8))
  }

  private func verify(_ folder: String, _ loader: Loader, seed: UInt64) throws -> Verification {
    let text =
      loader == .nft
      ? LoadableText(nft: try TestFiles.bytes("\(folder)/rules.nft"))
      : LoadableText(
        ipv4: try? TestFiles.bytes("\(folder)/rules.v4"),
        ipv6: try? TestFiles.bytes("\(folder)/rules.v6"))
    return try verify(text, loader, seed: seed)
  }

  private func verify(_ text: LoadableText, _ loader: Loader, seed: UInt64) throws -> Verification {
    let ruleset =
      if let script = text.nft {
        try NFTables.read(script)
      } else {
        Ruleset(
          try IPTables.readSave(text.ipv4 ?? [], family: .ip)
            + IPTables.readSave(text.ipv6 ?? [], family: .ip6))
      }
    let network = PodNetwork.testPod(for: ruleset)
    let pod = try TestPod(network)
    try pod.load(text, by: loader)
    var probes = BoundaryProbes(of: ruleset, in: network, seed: seed)
    let packets = (0..<200).map { _ in probes.next() }
    let simulator = try Simulator(ruleset, in: network)
    return try Verification(
      of: packets.map { Probe($0) }, simulator,
      against: Prober(in: pod, tproxyPorts: simulator.tproxyPorts(for: packets)))
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
