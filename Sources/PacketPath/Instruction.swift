/// One step of a compiled chain: a test, or an action.
///
/// Thirty-two bytes: two to a cache line.
struct Instruction: Sendable {
  enum Action: UInt32 {
    /// This base chain is done with the packet.
    case accept
    case drop
    /// The base chain's policy drops; no rule decided.
    case policyDrop
    /// Refused; `low` is the place of the way in `Program.rejections`.
    case reject
    /// A mapping; `low` is its place in `Program.mappings`.
    case map
    /// A mark is assigned; `low` is the place in `Program.assignments`, which also says where to go
    /// on if the kernel breaks off the rule.
    case assign
    case untrack
    /// The packet gets a zone; `low` is 1 where nft says so.
    case zone
    /// `low` is the place in `Program.tproxies`.
    case tproxy
    /// The rule returned or accepted before rules that could have captured (`low` 1) or stopped
    /// (`low` 2) the packet.
    case exempt
    /// Only the readable evaluator can tell.
    case escape
  }

  /// A test holds where `(packet word & mask) - low <= width`, with the bits above 32 unmasked.
  /// Of an action these always hold, so that a walk looks for actions only where it leaves a run.
  var low: UInt64
  var width: UInt64
  /// A `FlatPacket.Word`.
  var word: UInt16
  var isAction: Bool
  /// The mask, or an action's number.
  var mask: UInt32
  /// Where a test that holds, or an action that does not end, goes on.
  var yes: UInt32
  /// Where a test that fails goes on, until the layout has put that right behind it. Of an action, its
  /// rule's number.
  var no: UInt32

  /// Ends, unless something comes after it.
  var goesOn: Bool {
    switch Action(rawValue: mask) {
    case .assign, .untrack, .zone, .tproxy, .exempt: isAction
    default: false
    }
  }

  static func test(
    _ word: FlatPacket.Word, _ values: ClosedRange<UInt64>, mask: UInt32, yes: UInt32, no: UInt32
  ) -> Instruction {
    Instruction(
      low: values.lowerBound, width: values.upperBound - values.lowerBound, word: word.rawValue,
      isAction: false, mask: mask, yes: yes, no: no)
  }

  static func action(
    _ action: Action, low: Int, yes: UInt32, rule: UInt32
  ) -> Instruction {
    Instruction(
      low: UInt64(low), width: .max, word: 0, isAction: true, mask: action.rawValue, yes: yes,
      no: rule)
  }

  /// A test that always holds.
  static func jump(to place: UInt32) -> Instruction {
    Instruction(
      low: 0, width: .max, word: 0, isAction: false, mask: .max, yes: place, no: 0)
  }
}
