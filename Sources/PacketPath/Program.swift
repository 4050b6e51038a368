import Addresses
import Ruleset

/// The chains of one family as one row of instructions, and what their actions refer to.
struct Program: Sendable {
  struct TPROXY: Sendable {
    var address: IPAddress?
    var port: UInt16?
  }

  struct Assignment: Sendable {
    var mark: MarkAssignment
    /// Whether a rule that reads a mark of no connection ends there (native nf_tables).
    var breaksWithoutConnection: Bool
    var next: UInt32
  }

  var instructions: [Instruction] = []
  var mappings: [NAT] = []
  var rejections: [String] = []
  var tproxies: [TPROXY] = []
  var assignments: [Assignment] = []
  /// Of each base chain, its first instruction.
  var entries: [ChainIndex: UInt32] = [:]
}

extension Program {
  /// Goes on from `start` to the next action.
  @inline(__always)
  static func nextAction(
    from start: UInt32, in instructions: Span<Instruction>, of words: Span<UInt64>
  ) -> UInt32 {
    var place = start
    while true {
      let instruction = instructions[Int(place)]
      let mask = UInt64(instruction.mask) | 0xFFFF_FFFF_0000_0000
      let value = words[Int(instruction.word)] & mask
      if value &- instruction.low <= instruction.width {
        if instruction.isAction { return place }
        place = instruction.yes
      } else {
        place &+= 1
      }
    }
  }
}
