import Addresses
import Documents
import Istio
import PacketPath
import Ruleset
import RulesetText
import TestSupport
import Testing

@testable import FlowSets

/// Both engines on every packet that was really sent: what the exact sets say of it is what the walk
/// through the rules says, and the walk is compared with the kernel in its own tests.
@Suite struct CasesTests {
  private struct Tally {
    var packets = 0
    var rulesets = 0
    var differences: [String] = []
  }

  @Test func kernelProbesLieInTheSetsOfTheirOutcome() throws {
    guard let root = SharedCases.root else {
      print("exact sets: no recorded cases here, nothing compared with the kernel's probes")
      return
    }
    let pod = LocalAddresses(["100.64.0.2", "fd64::2"].compactMap { IPAddress($0) })
    var tally = Tally()
    for name in try TestFiles.names(in: "\(root)/kernel") {
      let folder = "\(root)/kernel/\(name)"
      for backend in ["iptnft", "legacy", "nft"] {
        guard let lines = try? TestFiles.text("\(folder)/\(backend).jsonl") else { continue }
        let packets = try lines.split(separator: "\n").map { line in
          let probe = try Node(readingJSON: Array(line.utf8))
          let via = try probe.required("via").string()
          return try packet(
            probe, in: via == "in" ? "eth0" : nil,
            out: via == "in" ? nil : via == "lo" ? "lo" : "eth0")
        }
        try compare(
          packets, try rules(in: folder, loadedBy: backend), pod, "\(name) \(backend)", &tally)
      }
    }
    print("exact sets: \(tally.packets) kernel probes on \(tally.rulesets) rulesets")
    #expect(tally.packets > 0)
    #expect(tally.differences.isEmpty, "\(tally.differences.prefix(10))")
  }

  @Test func istioPacketsLieInTheSetsOfTheirOutcome() throws {
    guard let root = SharedCases.root else {
      print("exact sets: no recorded cases here, nothing compared with Istio's packets")
      return
    }
    let pod = LocalAddresses(
      ["10.244.1.5", "fd00:10:244::5", "192.168.7.5", "::6"].compactMap { IPAddress($0) })
    let net1 = try #require(Prefix("192.168.0.0/16"))
    var tally = Tally()
    for version in IstioVersion.all {
      for backend in [Istio.Backend.iptables, .nftables] {
        let file = "\(root)/istio/\(version)/packets-\(backend.rawValue).jsonl"
        guard let text = try? TestFiles.text(file) else { continue }
        for line in text.split(separator: "\n") {
          let record = try Node(readingJSON: Array(line.utf8))
          if record["applyError"] != nil { continue }
          let config = try CaptureConfig(record.required("config"))
          guard let rules = try? CaptureRules(for: config, version: version, backend: backend),
            let ruleset = try? ruleset(of: rules)
          else { continue }
          let packets = try record.required("packets").sequence().map { probe in
            let destination = IPAddress(try probe.required("dst").string()) ?? pod.addresses[0]
            let out =
              pod.contains(destination) ? "lo" : net1.contains(destination) ? "net1" : "eth0"
            return try packet(probe, in: nil, out: out)
          }
          try compare(packets, ruleset, pod, "\(version) \(backend)", &tally)
        }
      }
    }
    print("exact sets: \(tally.packets) packets under \(tally.rulesets) Istio configs")
    #expect(tally.packets > 0)
    #expect(tally.differences.isEmpty, "\(tally.differences.prefix(10))")
  }

  private func compare(
    _ packets: [Packet], _ ruleset: Ruleset, _ pod: LocalAddresses, _ name: String,
    _ tally: inout Tally
  ) throws {
    let network = PodNetwork(pod, for: ruleset)
    let simulator = try Simulator(ruleset, in: network)
    let space = FlowSpace(for: [ruleset], in: network)
    let outbound = try space.flows(of: ruleset, .outbound)
    let inbound = try space.flows(of: ruleset, .inbound)
    tally.rulesets += 1
    for packet in packets {
      let sets = (packet.inputInterface == nil ? outbound : inbound).outcomes(of: packet)
      let single = simulator.path(of: packet).outcome
      tally.packets += 1
      var agrees = sets == [single]
      if case .unknown = single { agrees = sets.count > 1 || sets.first?.fate == .unknown }
      if !agrees { tally.differences.append("\(name): \(sets) or \(single) for \(packet)") }
    }
  }

  private func packet(_ probe: Node, in input: String?, out output: String?) throws -> Packet {
    struct NoAddress: Error {}
    guard let destination = IPAddress(try probe.required("dst").string()) else {
      throw NoAddress()
    }
    // Nobody wrote down the recording's peer; it is none of the pod's addresses.
    let peer = input == nil ? nil : IPAddress(destination.family, 0xCB00_7109)
    let source = try probe.optional("src").flatMap { IPAddress(try $0.string()) } ?? peer
    let owner = Owner(
      uid: try probe.required("uid").integer(),
      gid: try probe.required("gid").integer())
    return Packet(
      try probe.required("proto").string() == "udp" ? .udp : .tcp, from: source,
      port: try probe.optional("sport")?.integer() ?? 40000, to: destination,
      port: try probe.required("dport").integer(),
      owner: input == nil ? owner : nil, in: input.flatMap { InterfaceName($0) },
      out: output.flatMap { InterfaceName($0) })
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

  private func ruleset(of rules: CaptureRules) throws -> Ruleset {
    if rules.backend == .nftables { return try NFTables.read(rules.text) }
    let owners = Owners(
      users: ["root": 0], groups: ["root": 0, "java": 4242, "ftp": 4321])
    let families: [(Family, IPTables.Family)] = [(.ipv4, .ip), (.ipv6, .ip6)]
    return Ruleset(
      try families.flatMap { family, tables in
        let lines = rules.lines.filter { $0.family == nil || $0.family == family }.map(\.text)
        return try IPTables.readSave(Array(restored(lines).utf8), family: tables, owners: owners)
      })
  }

  /// Up to 1.23 Istio runs one command a rule; as iptables-restore would take them.
  private func restored(_ lines: [String]) -> String {
    guard lines.contains(where: { $0.contains("tables -t ") }) else {
      return lines.map { $0 + "\n" }.joined()
    }
    let words = lines.map { $0.split(separator: " ", maxSplits: 3).map(String.init) }
    return ["raw", "mangle", "nat", "filter"].map { table in
      let own = words.filter { $0.count == 4 && $0[2] == table }.map { $0[3] + "\n" }
      return own.isEmpty ? "" : "*\(table)\n\(own.joined())COMMIT\n"
    }.joined()
  }
}
