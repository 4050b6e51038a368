import Addresses
import Answers
import Documents
import FlowSets
import Istio
import PacketPath
import Ruleset
import TestSupport
import Testing

@Suite struct AnalysisTests {
  @Test func partsComeWithTheRuleThatDecides() throws {
    let analysis = try Analysis(
      of: rules("1.31", ports: "3307"), in: PodNetwork(), Universe(.outbound))
    #expect(analysis.parts.map(\.fate) == [.captured, .bypass, .local])
    #expect(analysis.parts[0].path.outcome.port == 15001)
    #expect(analysis.parts[1].path.decidedBy?.text == "-p tcp --dport 3307 -j RETURN")
    #expect(analysis.undecided == [.ipv6])
  }

  @Test func twinsOfBothFamiliesAreSaidOnce() throws {
    let analysis = try Analysis(
      of: rules("1.31", ports: "3307") { $0.enableIPv6 = true }, in: PodNetwork(),
      Universe(.outbound, families: Family.allCases))
    #expect(analysis.undecided.isEmpty)
    let captured = try #require(analysis.parts.first)
    #expect(captured.traffic.cover.count == 1)
    #expect(captured.traffic.cover.first?.family == nil)
  }

  @Test func rulesThatNothingReachesAreDeadWhateverIsAsked() throws {
    let ruleset = try rules("1.31", ports: "3307,3307")
    let narrow = Universe(.outbound, ports: IntervalSet(443))
    let dead = try #require(Analysis(of: ruleset, in: PodNetwork(), narrow).deadRules)
    let twin = try #require(dead.first { $0.rule.text == "-p tcp --dport 3307 -j RETURN" })
    #expect(twin.shadowedBy.map(\.text) == ["-p tcp --dport 3307 -j RETURN"])
    #expect(!dead.contains { $0.rule.text == "-j ISTIO_REDIRECT" })
  }

  /// On Istio's own cases: the walk of a witness ends as its set says, and the cover holds exactly as
  /// many packets as the set.
  @Test func istiosCasesAgreeWithThePacketWalk() throws {
    guard let root = SharedCases.root else {
      print("exact answers: no recorded cases here, Istio's own configs not analysed")
      return
    }
    let pod = PodNetwork(LocalAddresses(["10.244.1.5", "fd00::5"].compactMap { IPAddress($0) }))
    var count = 0
    for (version, backend) in [("1.24", Istio.Backend.iptables), ("1.31", .nftables)] {
      let folder = "\(root)/istio/\(version)/\(backend.rawValue)"
      for name in try TestFiles.names(in: folder) where name.hasSuffix(".json") {
        guard let ruleset = try ruleset("\(folder)/\(name)", version, backend) else { continue }
        let network = PodNetwork(pod.addresses, for: ruleset)
        for direction in Direction.allCases {
          let universe = Universe(
            direction, families: Family.allCases, sender: .anyone,
            interfaces: [ruleset].typicalInterfaces())
          count += try check(ruleset, network, universe, name)
        }
      }
    }
    print("exact answers: \(count) sets of packets under Istio's own configs")
    #expect(count > 100)
  }

  private func ruleset(
    _ path: String, _ version: String, _ backend: Istio.Backend
  ) throws -> Ruleset? {
    let config = try CaptureConfig(Node(readingJSON: TestFiles.bytes(path)))
    let version = try #require(IstioVersion(version))
    guard let rules = try? CaptureRules(for: config, version: version, backend: backend) else {
      return nil
    }
    return try? rules.ruleset()
  }

  private func check(
    _ ruleset: Ruleset, _ network: PodNetwork, _ universe: Universe, _ name: String
  ) throws -> Int {
    let analysis = try Analysis(of: ruleset, in: network, universe)
    let space = FlowSpace(for: [ruleset], in: network)
    let all = space.packets(in: universe)
    var whole = space.emptySet
    for part in analysis.parts {
      #expect(part.path.outcome.fate == part.fate, "\(name): \(part.traffic.witness)")
      let cover = part.traffic.cover.reduce(space.emptySet) {
        $0.union(space.packets(in: $1))
      }.intersection(all)
      #expect(cover.contains(part.traffic.witness))
      #expect(cover.count() == part.traffic.count, "\(name): \(part.fate)")
      #expect(cover.isDisjoint(with: whole), "\(name): \(part.fate)")
      whole = whole.union(cover)
    }
    #expect(whole == all, "\(name)")
    return analysis.parts.count
  }
}
