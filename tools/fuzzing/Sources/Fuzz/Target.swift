import Documents
import Istio
import LiveKernel
import PacketPath
import Planning
import Probes
import Ruleset
import RulesetText

/// A reader, and what must hold of it whatever it is given. A trap is a finding, and so is
/// `expect`'s.
enum Target: String, CaseIterable {
  case documents, save, commands, nft
  case nftJSON = "nft-json"
  case config, inventory, probes, packets, kernel

  func take(_ foreign: UnsafeRawBufferPointer) {
    let bytes = Array(foreign)
    switch self {
    case .documents: expect(readsWhatItWrites(foreign), "a document printed and read again differs")
    case .save: read(bytes) { try IPTables.readSave($0) }
    case .commands: read(bytes) { try IPTables.readCommands($0) }
    case .nft: read(bytes) { try NFTables.read($0) }
    case .nftJSON: read(bytes) { try NFTables.readJSON($0) }
    case .config: config(bytes)
    case .inventory: _ = try? Inventory(Node(reading: bytes))
    case .probes: probes(bytes)
    case .packets: packets(bytes)
    case .kernel: decodesForeignBytes(foreign)
    }
  }

  /// What was read can be simulated, and printed.
  private func read(_ bytes: [UInt8], _ reader: ([UInt8]) throws -> Ruleset) {
    guard let ruleset = try? reader(bytes) else { return }
    _ = try? Simulator(ruleset)
    _ = self == .save || self == .commands ? IPTables.write(ruleset) : NFTables.write(ruleset)
  }

  /// Whatever a version's generator makes of a config, its text has a meaning or the tool refuses it.
  private func config(_ bytes: [UInt8]) {
    guard let config = try? CaptureConfig(Node(reading: bytes)) else { return }
    for version in IstioVersion.all where version.minor % 3 == 1 {
      for backend in Backend.allCases {
        guard let rules = try? CaptureRules(for: config, version: version, backend: backend) else {
          continue
        }
        _ = rules.text
        _ = try? rules.ruleset()
      }
    }
  }

  private func probes(_ bytes: [UInt8]) {
    var lines = ProbeLines(bytes, in: PodNetwork())
    while true {
      do {
        guard try lines.next() != nil else { return }
      } catch {
        continue
      }
    }
  }

  /// A ruleset, and behind a line `--` probes: every walk ends, and the two evaluators agree.
  private func packets(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: "\n--\n", maxSplits: 1)
    guard let first = parts.first else { return }
    let rules = Array(first.utf8)
    guard let ruleset = (try? IPTables.readSave(rules)) ?? (try? NFTables.read(rules)),
      let simulator = try? Simulator(ruleset)
    else { return }
    let compiled = CompiledRuleset(simulator)
    var lines = ProbeLines(Array((parts.dropFirst().first ?? Self.probe).utf8), in: PodNetwork())
    for _ in 0..<8 {
      guard let probe = try? lines.next() else { return }
      let path = simulator.path(of: probe.packet, mapping: probe.mapping, tracing: true)
      let verdict = compiled.verdict(for: probe.packet, mapping: probe.mapping)
      expect(verdict.outcome == path.outcome, "two evaluators, two outcomes")
      expect(
        verdict.rule.map { compiled.rules[$0] } == path.decidedBy, "two evaluators, two rules")
    }
  }

  private static let probe: Substring =
    #"{"destination":"10.0.0.9","destinationPort":3306,"uid":1000,"gid":1000}"#
}

private func expect(_ holds: Bool, _ what: String) {
  if !holds { fatalError(what) }
}
