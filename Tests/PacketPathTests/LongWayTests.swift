import Addresses
import Ruleset
import Testing

@testable import PacketPath

/// Chains that jump to the next one several times, so that a packet has more ways than can be walked.
@Suite struct LongWayTests {
  /// Fifteen chains, each with four jumps to the next; the last holds `end`.
  private func ruleset(_ end: [Rule], _ after: [Rule] = [], goto isGoto: Bool = false) -> Ruleset {
    let chains = (1...15).map { number in
      let next = "C\(number + 1)"
      let jumps = [Rule](repeating: Rule(.jump(to: next)), count: isGoto ? 3 : 4)
      return Chain("C\(number)", rules: isGoto ? jumps + [Rule(.goto(next))] : jumps)
    }
    return .one(
      .filter, .output, backend: .iptables, [Rule(.jump(to: "C1"))] + after,
      others: chains + [Chain("C16", rules: end)])
  }

  /// What both evaluators say, with and without a trace.
  private func outcome(_ ruleset: Ruleset) throws -> Outcome {
    let simulator = try Simulator(ruleset)
    let packet = Packet.app("10.0.0.9", 80)
    let traced = simulator.path(of: packet, tracing: true)
    #expect(traced.steps.count < 20_000)
    #expect(simulator.path(of: packet).outcome == traced.outcome)
    #expect(CompiledRuleset(simulator).verdict(for: packet).outcome == traced.outcome)
    return traced.outcome
  }

  @Test(arguments: [false, true])
  func whatFallsOffEveryEndIsFollowedToTheLast(isGoto: Bool) throws {
    #expect(try outcome(ruleset([], goto: isGoto)) == .bypass)
    #expect(try outcome(ruleset([Rule([.port(80)], .return)], [Rule(.drop)])) == .drop)
    #expect(try outcome(ruleset([], [Rule([.port(80)], .drop)], goto: isGoto)) == .drop)
  }

  /// Each way through the last chain sets the mark to one thing and then to another.
  @Test func marksSetOnTheWayArrive() throws {
    let marks = [1, 2].map { Rule(.mark(.set(.packet, to: $0))) }
    #expect(try outcome(ruleset(marks, [Rule([.mark(2)], .drop)])) == .drop)
  }
}
