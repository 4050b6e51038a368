import Addresses
import Documents
import Istio
import PacketPath
import Ruleset
import RulesetText
import TestSupport
import Testing

/// Istio's own rules, made by this package's generator and walked by this package's model, against
/// what the kernel did with real sockets under the real ones.
@Suite struct IstioConformanceTests {
  /// The pod of the recordings; what it sends to its own addresses leaves by lo.
  private let own = LocalAddresses(
    ["10.244.1.5", "fd00:10:244::5", "192.168.7.5", "::6"].compactMap { IPAddress($0) })
  private let owners = Owners(
    users: ["root": 0], groups: ["root": 0, "java": 4242, "ftp": 4321])

  @Test func everyRecordedPacketReachesTheSameListener() throws {
    guard let root = SharedCases.root else {
      print("conformance: no recorded cases here, nothing compared with Istio")
      return
    }
    var packets = 0
    var configs = 0
    var disagreements: [String] = []
    for version in IstioVersion.all {
      for backend in [Istio.Backend.iptables, .nftables] {
        let file = "\(root)/istio/\(version)/packets-\(backend.rawValue).jsonl"
        guard let text = try? TestFiles.text(file) else { continue }
        for line in text.split(separator: "\n") {
          let record = try Record(line)
          guard record["applyError"] as String? == nil else { continue }
          let config = try CaptureConfig(Node(readingJSON: try record.json("config")))
          guard let rules = try? CaptureRules(for: config, version: version, backend: backend)
          else { continue }
          let name: String = try record.value("name")
          let ruleset = try ruleset(of: rules)
          let simulator = try Simulator(ruleset, in: PodNetwork(own, for: ruleset))
          configs += 1
          for recorded in try record.value("packets") as [[String: Any]] {
            let recorded = Record(recorded, in: name)
            let path = simulator.path(of: try packet(recorded))
            packets += 1
            if try verdict(recorded) != listener(path.outcome) {
              disagreements.append(
                "\(version) \(backend) \(name): \(path.outcome) by "
                  + "\(path.decidedBy?.text ?? "none"), recorded \(recorded)")
            }
          }
        }
      }
    }
    print(
      "conformance: \(packets) packets under \(configs) Istio configs, "
        + "\(disagreements.count) disagreements")
    #expect(packets > 0)
    #expect(disagreements.isEmpty, "\(disagreements.prefix(20))")
  }

  /// A port, or `bypass`.
  private func verdict(_ record: Record) throws -> String {
    if let port = record["verdict"] as Int? { return "\(port)" }
    return try record.value("verdict")
  }

  private func listener(_ outcome: Outcome) -> String {
    switch outcome {
    case .bypass, .local: "bypass"
    case .redirect(_, let port), .tproxy(_, let port): "\(port)"
    default: outcome.word
    }
  }

  private func packet(_ record: Record) throws -> Packet {
    let destination = try record.address("dst")
    return Packet(
      try record.value("proto") == "udp" ? .udp : .tcp,
      from: record["src"] as String? != nil ? try record.address("src") : nil, port: 40000,
      to: destination, port: UInt16(try record.value("dport") as Int),
      owner: Owner(
        uid: UInt32(try record.value("uid") as Int), gid: UInt32(try record.value("gid") as Int)),
      out: InterfaceName(interface(to: destination)))
  }

  private func interface(to destination: IPAddress) -> String {
    if own.contains(destination) { return "lo" }
    let net1 = Prefix("192.168.0.0/16")
    return net1?.contains(destination) == true ? "net1" : "eth0"
  }

  private func ruleset(of rules: CaptureRules) throws -> Ruleset {
    if rules.backend == .nftables { return try NFTables.read(rules.text) }
    let families: [(Family, IPTables.Family)] = [(.ipv4, .ip), (.ipv6, .ip6)]
    return Ruleset(
      try families.flatMap { family, tables in
        let lines = rules.lines.filter { $0.family == nil || $0.family == family }.map(\.text)
        return try IPTables.readSave(
          Array(restored(lines).utf8), family: tables, owners: owners)
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
