import Addresses
import Answers
import FlowSets
import Istio
import PacketPath
import Probes
import Ruleset
import Testbed
import Testing

/// What `diff` says of two back ends for one config, asked of the kernel: its witnesses are sent under
/// either one's rules.
@Suite(.serialized) struct BackendDifferenceTests {
  /// A pod without IPv6 in Istio's eyes gets no ip6tables rules, but its nft tables are of family inet.
  @Test(arguments: [Loader.iptablesNFT, .iptablesLegacy])
  func witnessesOfTheIPv6DifferenceMeetBothFatesInTheKernel(_ loader: Loader) throws {
    let old = try rules(.iptables)
    let new = try rules(.nftables)
    let network = PodNetwork.testPod
    let changes = try Comparison(
      from: old.ruleset(), to: new.ruleset(), in: network,
      [
        Universe(.outbound, families: Family.allCases),
        Universe(
          .inbound, families: Family.allCases,
          destinations: network.addresses.addresses.map { Prefix($0) }),
      ]
    ).changes
    #expect(changes.map(\.universe.direction) == [.outbound, .inbound])
    #expect(changes.map(\.from) == [.bypass, .local])
    #expect(changes.map(\.to) == [.captured, .captured])
    #expect(changes.flatMap(\.traffic.cover).allSatisfy { $0.family == .ipv6 })

    let witnesses = changes.map(\.traffic.witness)
    let texts = LoadableText(
      ipv4: old.restoreInput(for: .ipv4), ipv6: old.restoreInput(for: .ipv6))
    let before = try seen(try witnesses + twins, under: texts, by: loader)
    let after = try seen(
      try witnesses + twins, under: LoadableText(nft: Array(new.text.utf8)), by: .nft)
    for (number, change) in changes.enumerated() {
      #expect(before[number] == change.old.outcome.word, "\(change.traffic.witness)")
      #expect(after[number] == change.new.outcome.word, "\(change.traffic.witness)")
      #expect(before[number] != after[number])
    }
    // Of IPv4 `diff` names nothing: there both capture.
    #expect(before.dropFirst(changes.count) == ["redirect", "redirect"])
    #expect(after.dropFirst(changes.count) == ["redirect", "redirect"])
  }

  /// The same traffic over IPv4.
  private var twins: [Packet] {
    get throws {
      let pod = try #require(IPAddress("100.64.0.2"))
      let other = try #require(IPAddress("10.20.30.40"))
      return [
        Packet(
          .tcp, from: pod, port: 40000, to: other, port: 3306,
          owner: Owner(uid: 1000, gid: 1000), out: .firstEthernet),
        Packet(.tcp, from: other, port: 40000, to: pod, port: 8080, in: .firstEthernet),
      ]
    }
  }

  private func rules(_ backend: Istio.Backend) throws -> CaptureRules {
    var config = CaptureConfig()
    config.inboundPortsInclude = "*"
    config.outboundIPRangesInclude = "*"
    config.outboundPortsExclude = "3307"
    return try CaptureRules(for: config, version: .newest, backend: backend)
  }

  /// What the kernel makes of each packet, in the model's words.
  private func seen(
    _ packets: [Packet], under text: LoadableText, by loader: Loader
  ) throws -> [String] {
    let pod = try TestPod(.testPod)
    try pod.load(text, by: loader)
    return try Prober(in: pod).observe(packets, patience: 400, apart: true).enumerated().map {
      switch $1 {
      case .seen(let sighting): sighting.outcome(of: packets[$0], in: .testPod).word
      case .unsent(let reason): "unsent: \(reason)"
      }
    }
  }
}
