import Addresses
import Documents
import Istio
import LiveKernel
import Ruleset
import RulesetText
import TestSupport
import Testing

@testable import FlowSets
@testable import Testbed

/// What is read from the kernel is, packet for packet, what the text that was loaded says: both as
/// exact sets of one space, compared by identity.
@Suite(.serialized) struct LiveModelTests {
  @Test func everyRecordedRulesetUnderEveryLoader() throws {
    guard let root = SharedCases.root else {
      print("live model: no recorded rulesets here, none loaded")
      return
    }
    var tally = Tally()
    for name in try TestFiles.names(in: "\(root)/kernel") {
      let folder = "\(root)/kernel/\(name)"
      let (ipv4, ipv6) = (
        try? TestFiles.bytes("\(folder)/rules.v4"), try? TestFiles.bytes("\(folder)/rules.v6")
      )
      try tally.compare(LoadableText(ipv4: ipv4, ipv6: ipv6), name)
      try tally.compare(LoadableText(nft: TestFiles.bytes("\(folder)/rules.nft")), name)
    }
    print("live model: \(tally)")
    #expect(tally.compared > 0)
    #expect(tally.differences.isEmpty, "\(tally.differences.joined(separator: "\n"))")
    #expect(tally.refusals.isEmpty, "\(tally.refusals.joined(separator: "\n"))")
  }

  /// Of each version's own test cases and of random configs. What two versions write alike is loaded
  /// once; what the kernel's tools refuse must be what `loadProblems` tells of.
  @Test func everyCaseOfIstioUnderEveryLoader() throws {
    guard let root = SharedCases.root else {
      print("live model: no cases of Istio here, none loaded")
      return
    }
    var tally = Tally()
    for version in IstioVersion.all {
      for (name, config) in try configs(of: "\(root)/istio/\(version)") {
        for backend in Istio.Backend.allCases {
          // The text is Istio's own, byte for byte: IstioTests hold it against the goldens.
          guard let rules = try? CaptureRules(for: config, version: version, backend: backend)
          else { continue }
          try tally.compare(
            LoadableText(rules), "\(version) \(backend) \(name)",
            refusable: !rules.loadProblems.isEmpty)
        }
      }
    }
    for folder in ["ambient-iptables", "ambient-nftables", "cni-plugin-iptables"] {
      for file in try TestFiles.names(in: "\(root)/istio/\(folder)") {
        let text = try TestFiles.text("\(root)/istio/\(folder)/\(file)")
        try tally.compare(
          folder.hasSuffix("nftables")
            ? LoadableText(nft: Array(text.utf8)) : LoadableText(golden: text),
          // Their sets of the node's addresses are made by another program.
          "\(folder) \(file)", refusable: file.hasPrefix("hostprobe"))
      }
    }
    print("live model, Istio: \(tally)")
    #expect(tally.compared > 0)
    #expect(tally.differences.isEmpty, "\(tally.differences.joined(separator: "\n"))")
    #expect(tally.refusals.isEmpty, "\(tally.refusals.joined(separator: "\n"))")
  }

  /// The comparison sees a rule that only one side has, and in which family.
  @Test func aRuleMoreIsADifference() throws {
    var tally = Tally()
    let rules = "*filter\n-A OUTPUT -p tcp --dport 3306 -j ACCEPT\nCOMMIT\n"
    let text = LoadableText(ipv4: Array(rules.utf8), ipv6: Array(rules.utf8))
    let more = rules.replacing("-j ACCEPT", with: "-j DROP")
    let other = LoadableText(ipv4: text.ipv4, ipv6: Array(more.utf8))
    try tally.compare(text, "text and live", meaning: other)
    let change = "outbound: ipv6 drop became bypass, ipv6 drop became local"
    #expect(
      tally.differences == [
        "text and live iptables-nft: \(change)", "text and live iptables-legacy: \(change)",
      ])
  }

  private func configs(of folder: String) throws -> [(String, CaptureConfig)] {
    var configs: [(String, CaptureConfig)] = []
    for backend in Istio.Backend.allCases {
      let files = (try? TestFiles.names(in: "\(folder)/\(backend.rawValue)")) ?? []
      for file in files where file.hasSuffix(".json") {
        let bytes = try TestFiles.bytes("\(folder)/\(backend.rawValue)/\(file)")
        configs.append((file, try CaptureConfig(Node(readingJSON: bytes))))
      }
    }
    let random = (try? TestFiles.text("\(folder)/random.jsonl")) ?? ""
    for line in random.split(separator: "\n") {
      let record = try Node(readingJSON: Array(line.utf8))
      configs.append(
        (
          try record.required("name").string(), try CaptureConfig(record.required("config"))
        ))
    }
    return configs
  }
}

/// What was compared, and what came of it.
private struct Tally: CustomStringConvertible {
  var seen: Set<LoadableText> = []
  var repeated = 0
  var refused = 0
  /// By loader.
  var loaded: [Loader: Int] = [:]
  var differences: [String] = []
  /// Refused though nothing told so.
  var refusals: [String] = []

  var compared: Int { loaded.values.reduce(0, +) }

  var description: String {
    let loads = Loader.allCases.map { "\($0.rawValue) \(loaded[$0] ?? 0)" }
    return "\(seen.count) distinct rulesets (\(repeated) repeated), loaded and compared under "
      + "\(loads.joined(separator: ", ")); \(refused) refused by the tools, "
      + "\(differences.count) differences"
  }

  /// - Parameter meaning: what the live model should equal; the text itself if not said.
  mutating func compare(
    _ text: LoadableText, _ name: String, refusable: Bool = false, meaning: LoadableText? = nil
  ) throws {
    guard seen.insert(text).inserted else {
      repeated += 1
      return
    }
    for loader in text.nft == nil ? [.iptablesNFT, .iptablesLegacy] : [Loader.nft] {
      let namespace = try NetworkNamespace.throwaway()
      do throws(TestbedError) {
        try namespace.load(text, by: loader)
      } catch {
        refused += 1
        if !refusable { refusals.append("\(name) \(loader.rawValue): \(error)") }
        continue
      }
      let live = try namespace.readRuleset()
      #expect(live.isStable)
      loaded[loader, default: 0] += 1
      if let difference = try difference(
        between: (meaning ?? text).ruleset(loader), and: live.ruleset)
      {
        differences.append("\(name) \(loader.rawValue): \(difference)")
      }
    }
  }

  /// Nil where both are the same function of every packet there can be, in whatever state.
  private func difference(between text: Ruleset, and live: Ruleset) throws -> String? {
    let network = PodNetwork.testPod(for: text)
    let space = FlowSpace(for: [text, live], in: network)
    for direction in Direction.allCases {
      let asked = try space.flows(of: text, direction)
      let found = try space.flows(of: live, direction)
      if asked.diagram == found.diagram { continue }
      let changes = Family.allCases.flatMap { family in
        let universe = Universe(direction, families: [family], sender: .anyone)
        return asked.changes(to: found, in: space.packets(in: universe))
          .map { "\(family) \($0.from) became \($0.to)" }
      }
      return "\(direction): \(changes.joined(separator: ", "))"
    }
    return nil
  }
}

extension LoadableText {
  /// Names of groups become numbers: this machine may not know them.
  fileprivate init(_ rules: CaptureRules) {
    func numbered(_ bytes: [UInt8]) -> [UInt8] {
      var text = String(decoding: bytes, as: UTF8.self)
      for (name, number) in [("java", 4242), ("ftp", 4321), ("root", 0)] {
        text = text.replacing("-owner \(name) ", with: "-owner \(number) ")
          .replacing("skgid \(name) ", with: "skgid \(number) ")
      }
      return Array(text.utf8)
    }
    if rules.backend == .nftables {
      self.init(nft: numbered(Array(rules.text.utf8)))
      return
    }
    func text(_ family: Family) -> [UInt8]? {
      if let input = rules.restoreInput(for: family) { return numbered(input) }
      let lines = rules.lines.filter { $0.family == family }.map(\.text)
      return numbered(Array(Self.restored(lines).utf8))
    }
    self.init(ipv4: text(.ipv4), ipv6: text(.ipv6))
  }

  /// Up to 1.23 Istio runs one command a rule; as iptables-restore would take them.
  private static func restored(_ lines: [String]) -> String {
    let words = lines.map { $0.split(separator: " ", maxSplits: 3).map(String.init) }
    return ["raw", "mangle", "nat", "filter"].map { table in
      let own = words.filter { $0.count == 4 && $0[2] == table }.map { $0[3] + "\n" }
      return own.isEmpty ? "" : "*\(table)\n\(own.joined())COMMIT\n"
    }.joined()
  }

  /// A golden of the generator's own tests: IPv4's tables, then IPv6's, which begin where one comes
  /// again.
  fileprivate init(golden text: String) {
    var (ipv4, ipv6) = ("", "")
    var tables: Set<Substring> = []
    var isSecond = false
    for line in text.split(separator: "\n") where !line.hasSuffix("tables-save") {
      if line.hasPrefix("*"), !tables.insert(line).inserted { isSecond = true }
      if isSecond { ipv6 += line + "\n" } else { ipv4 += line + "\n" }
    }
    self.init(ipv4: Array(ipv4.utf8), ipv6: isSecond ? Array(ipv6.utf8) : nil)
  }

  /// What the text means.
  fileprivate func ruleset(_ loader: Loader) throws -> Ruleset {
    if let nft { return try NFTables.read(nft) }
    var tables =
      try IPTables.readSave(ipv4 ?? [], family: .ip) + IPTables.readSave(ipv6 ?? [], family: .ip6)
    for index in tables.indices {
      tables[index].backend = loader == .iptablesLegacy ? .iptablesLegacy : .iptablesNFT
    }
    return Ruleset(tables)
  }
}
