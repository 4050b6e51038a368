public import Addresses
public import Ruleset

/// One base chain of the compiled form, without the hooks, conntrack and NAT around it: what is
/// measured beside the same chain in C.
@_spi(Benchmarks)
public struct CompiledChain: Sendable {
  private let instructions: [Instruction]
  private let entry: UInt32

  /// The chain that comes first at `hook`; nil where there is none.
  public init?(_ compiled: CompiledRuleset, at hook: Hook, for family: Family) {
    let hooks = compiled.hooks(for: family)
    let stages = hooks.ranges[Int(hook.rawValue)]
    guard !stages.isEmpty else { return nil }
    instructions = hooks.program.instructions
    entry = hooks.stages[stages.lowerBound].entry
  }

  /// Of each packet the rule, counted from 1, that ends its walk; 0 where the policy does.
  public func decidingRules(of packets: [FlatPacket], into rules: inout [UInt32]) {
    let instructions = instructions.span
    let packets = packets.span
    for index in packets.indices {
      let place = Program.nextAction(from: entry, in: instructions, of: packets[index].words.span)
      rules[index] = instructions[Int(place)].no
    }
  }
}
