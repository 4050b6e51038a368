public import Addresses
public import Ruleset

/// One base chain of a ruleset by itself, for flat packets in volume: which rule ends it.
public struct CompiledChain: Sendable {
  private let instructions: [Instruction]
  private let entry: UInt32
  /// Numbers of the chain's own rules begin after this one.
  private let rulesBefore: Int

  /// The chain as packets of `family` meet it; nil where none do, or where its rules change packets
  /// as they pass, which only a whole walk can follow.
  public init?(_ chain: ChainIndex, of simulator: Simulator, for family: Family) {
    let program = ChainCompiler.compile(simulator, for: family)
    guard let entry = program.entries[chain],
      program.assignments.isEmpty, program.tproxies.isEmpty
    else { return nil }
    instructions = program.instructions
    self.entry = entry
    rulesBefore = simulator.number(of: RulePlace(chain: chain, number: 0))
  }

  /// For each packet, the first rule with a verdict: its number in the chain from 1, or 0 where
  /// none had one.
  public func decide(_ packets: Span<FlatPacket>, into rules: inout MutableSpan<Int32>) {
    let instructions = instructions.span
    for index in packets.indices {
      let place = Program.nextAction(
        from: entry, in: instructions, of: packets[index].words.span)
      rules[index] = Int32(truncatingIfNeeded: Int(instructions[Int(place)].no) - rulesBefore)
    }
  }
}
