import Addresses
import PacketPath
import Ruleset
import TestSupport
import Testing

@testable import FlowSets

/// The two engines share no code behind the model: one walks rules for a packet, the other computes
/// with sets of packets. Where they agree on everything that can be drawn, both are likely right.
///
/// A million packets, many to a ruleset: putting a packet through costs a tenth of a millisecond even
/// in a debug build, and rulesets are small enough for so many to meet every rule.
@Suite struct AgreementTests {
  @Test(arguments: 0..<100)
  func exactSetsAndSinglePacketsAgree(seed: Int) throws {
    var draw = RandomRulesets(seed: seed)
    for _ in 0..<4 {
      let ruleset = draw.ruleset()
      let network = PodNetwork(
        draw.chance(70) ? RandomRulesets.local : LocalAddresses(), localMark: draw.localMark)
      let both = try Engines(ruleset, in: network)
      for direction in Direction.allCases {
        for _ in 0..<1_250 {
          let packet = draw.packet(direction == .inbound)
          // Of the pod's addresses, `lo` alone would tell: no universe has such a packet.
          if packet.outputInterface == .loopback, !network.addresses.contains(packet.destination) {
            continue
          }
          if let difference = both.difference(on: packet) {
            let smaller = smallest(both.ruleset, network, packet)
            Issue.record("\(difference) for \(packet) under \(smaller.written)")
            return
          }
        }
      }
    }
  }

  /// TPROXY that names no port keeps the one that an earlier mapping gave.
  @Test func bothDivertToTheMappedPort() throws {
    func chain(_ kind: BaseChain.Kind, _ hook: Hook, _ priority: Int32, _ step: Rule.Step) -> Chain
    {
      Chain(
        "\(hook)", base: BaseChain(kind, hook: hook, priority: priority),
        rules: [Rule([step], text: "rule")])
    }
    let redirect = NAT(.redirect, ports: 15053...15053)
    let ruleset = Ruleset([
      Table(
        .ip, "t", backend: .nftables,
        chains: [
          chain(.nat, .output, -100, .verdict(.nat(redirect))),
          chain(.filter, .prerouting, -150, .effect(.tproxy(address: nil, port: nil))),
        ])
    ])
    let both = try Engines(ruleset, in: PodNetwork(RandomRulesets.local))
    let packet = Packet(
      .tcp, from: IPAddress("127.0.0.1"), port: 40000, to: try #require(IPAddress("127.0.0.1")),
      port: 53,
      owner: Owner(uid: 1000, gid: 1000), out: .loopback)
    #expect(both.difference(on: packet) == nil)
    #expect(both.simulator.path(of: packet).outcome.port == 15053)
  }

  /// Where REDIRECT leads what comes in depends on the scope of its destination.
  @Test func bothRedirectWithinTheScope() throws {
    let redirect = Verdict.nat(NAT(.redirect, ports: 15006...15006))
    let chain = Chain(
      "prerouting", base: BaseChain(.nat, hook: .prerouting, priority: -100),
      rules: [Rule([.verdict(redirect)], text: "redirect")])
    let both = try Engines(
      Ruleset([Table(.inet, "t", backend: .nftables, chains: [chain])]),
      in: PodNetwork(RandomRulesets.local))
    for (text, word) in [
      ("2001:db8::1", "redirect"), ("fe80::9", "redirect"), ("ff02::1", "redirect"),
      ("fec0::1", "drop"), ("ff05::1", "drop"), ("::1", "drop"), ("ff01::1", "drop"),
      ("ff10::1", "drop"), ("127.0.0.1", "redirect"),
    ] {
      let destination = try #require(IPAddress(text))
      let source = IPAddress(destination.family == .ipv4 ? "10.9.9.9" : "2001:db8::9")
      let packet = Packet(
        .tcp, from: source, port: 40000, to: destination, port: 80, in: .firstEthernet)
      #expect(both.difference(on: packet) == nil)
      #expect(both.simulator.path(of: packet).outcome.word == word, "\(text)")
    }
  }

  /// A ruleset with as few rules as still show a difference.
  private func smallest(_ ruleset: Ruleset, _ network: PodNetwork, _ packet: Packet) -> Ruleset {
    var ruleset = ruleset
    for table in ruleset.tables.indices {
      for chain in ruleset.tables[table].chains.indices {
        for rule in ruleset.tables[table].chains[chain].rules.indices.reversed() {
          var smaller = ruleset
          smaller.tables[table].chains[chain].rules.remove(at: rule)
          if let both = try? Engines(smaller, in: network),
            both.difference(on: packet) != nil
          {
            ruleset = smaller
          }
        }
      }
    }
    return ruleset
  }
}

/// Both engines' answers for one ruleset.
private struct Engines {
  let ruleset: Ruleset
  let flows: [Direction: FlowMap]
  let simulator: Simulator

  init(_ ruleset: Ruleset, in network: PodNetwork) throws {
    self.ruleset = ruleset
    let space = FlowSpace(for: [ruleset], in: network)
    flows = try Dictionary(
      uniqueKeysWithValues: Direction.allCases.map { ($0, try space.flows(of: ruleset, $0)) })
    simulator = try Simulator(
      ruleset, in: network)
  }

  func difference(on packet: Packet) -> String? {
    let sets =
      flows[packet.inputInterface == nil ? .outbound : .inbound]?.outcomes(of: packet) ?? []
    // The one thing that sets leave open and a walk does not.
    if sets.contains(.unknown(Path.zonedOnItsWayBack)) { return nil }
    let single = simulator.path(of: packet).outcome
    if case .unknown = single {
      let isOpen =
        sets.count > 1 || sets.contains { if case .unknown = $0 { true } else { false } }
      return isOpen ? nil : "\(sets) or \(single)"
    }
    return sets == [single] ? nil : "\(sets) or \(single)"
  }
}

extension Ruleset {
  /// What is left of it, a line a chain.
  fileprivate var written: String {
    var text = ""
    for table in tables {
      for chain in table.chains where !chain.rules.isEmpty || chain.base?.policy == .drop {
        text += "\n\(table.family) \(table.name) \(chain.name) \(chain.base?.policy.rawValue ?? "")"
        for rule in chain.rules { text += "\n   \(rule.steps)" }
      }
    }
    return text
  }
}
