public import Addresses
public import Ruleset

/// One base chain of a ruleset by itself, for flat packets in volume: which rule ends it.
public struct CompiledChain: Sendable {
  private let instructions: [Instruction]
  private let entry: UInt32

  /// The chain as packets of `family` meet it; nil where none do, or where its rules change packets
  /// as they pass, which only a whole walk can follow.
  public init?(_ chain: ChainIndex, of simulator: Simulator, for family: Family) {
    let program = ChainCompiler.compile(simulator, for: family)
    guard let entry = program.entries[chain],
      program.assignments.isEmpty, program.tproxies.isEmpty
    else { return nil }
    instructions = program.instructions
    self.entry = entry
  }

  /// For each packet, the rule that decided: its place among all rules of the ruleset
  /// (`CompiledRuleset.rules`) from 1, or 0 where none did.
  public func decide(_ packets: Span<FlatPacket>, into rules: inout MutableSpan<Int32>) {
    let instructions = instructions.span
    for index in packets.indices {
      let place = Program.nextAction(
        from: entry, in: instructions, of: packets[index].words.span)
      rules[index] = Int32(truncatingIfNeeded: instructions[Int(place)].no)
    }
  }
}
