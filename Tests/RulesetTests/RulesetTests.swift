import Addresses
import Testing

@testable import Ruleset

@Suite struct RulesetTests {
  private func table(_ name: String, _ chains: [Chain]) -> Table {
    Table(.ip, name, backend: .nftables, chains: chains)
  }

  private func jumps(_ names: String...) -> [Rule] {
    names.map { Rule([.verdict(.jump(to: $0))], text: "jump \($0)") }
  }

  @Test func equalPriorityRunsTheLastRegisteredFirst() {
    func base(_ name: String, _ priority: Int32) -> Chain {
      Chain(name, base: BaseChain(.filter, hook: .output, priority: priority))
    }
    let ruleset = Ruleset([
      table("one", [base("a", 0), base("b", -150)]), table("two", [base("c", 0)]),
    ])
    let order = ruleset.baseChains(at: .output, for: .ipv4).map { ruleset[$0].name }
    #expect(order == ["b", "c", "a"])
    #expect(ruleset.baseChains(at: .output, for: .ipv6).isEmpty)
  }

  @Test func namesTheLoop() {
    let ruleset = Ruleset([
      table(
        "t",
        [
          Chain("a", rules: jumps("b")), Chain("b", rules: jumps("c")),
          Chain("c", rules: jumps("b")),
        ])
    ])
    #expect { try ruleset.validateJumps() } throws: {
      ($0 as? JumpError)?.reason == .loop(["b", "c", "b"])
    }
  }

  @Test func namesTheMissingChain() {
    let ruleset = Ruleset([table("t", [Chain("a", rules: jumps("x"))])])
    #expect { try ruleset.validateJumps() } throws: {
      ($0 as? JumpError)?.reason == .noSuchChain("x")
    }
  }

  /// iptables has no bound on nesting; nf_tables takes fifteen jumps below a base chain (measured).
  @Test(arguments: [(Backend.iptables, 10_000), (.nftables, 15)])
  func takesNestedJumps(backend: Backend, jumps: Int) {
    #expect(throws: Never.self) { try nested(jumps, backend).validateJumps() }
  }

  @Test(arguments: [(Backend.iptablesNFT, 16), (.nftables, 16), (.nftables, 10_000)])
  func refusesDeeperJumps(backend: Backend, jumps: Int) {
    #expect { try nested(jumps, backend).validateJumps() } throws: {
      ($0 as? JumpError)?.reason == .tooDeep
    }
  }

  private func nested(_ depth: Int, _ backend: Backend) -> Ruleset {
    var chains = (0...depth).map { Chain("c\($0)", rules: $0 == depth ? [] : jumps("c\($0 + 1)")) }
    chains[0].base = BaseChain(.filter, hook: .output, priority: 0)
    return Ruleset([Table(.ip, "t", backend: backend, chains: chains)])
  }

  @Test func markFormulaIsWhatTheTargetsDo() {
    let set = MarkAssignment.set(.packet, to: 0x539, mask: 0xFFF)
    #expect(set.result(packet: 0xABCD_E000, connection: 7) == 0xABCD_E539)
    let save = MarkAssignment.save(packetMask: .max, connectionMask: .max)
    #expect(save.result(packet: 5, connection: 9) == 5)
    let restore = MarkAssignment.restore(packetMask: 0xFF, connectionMask: 0xFF)
    #expect(restore.result(packet: 0x1234, connection: 0x99AB) == 0x12AB)
  }

  @Test func fateOfWhatGoesToTheProxy() {
    #expect(Outcome.redirect(nil, port: 15001).fate == .captured)
    #expect(Outcome.tproxy(nil, port: 15006).fate == .captured)
    #expect(Outcome.redirect(nil, port: 15053).fate == .dns)
    #expect(Outcome.bypass.fate == .bypass)
  }
}
