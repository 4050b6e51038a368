/// One step of a compiled chain: a test with two ways on, or an action.
///
/// Thirty-two bytes: two to a cache line.
struct Instruction: Sendable {
  /// What `word` holds in place of a packet's word: the instruction is an action.
  static let action: UInt32 = 64

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
    /// A mark is assigned; `low` is the place in `Program.assignments`. Goes on with `yes`, or with
    /// `no` where the kernel breaks off the rule.
    case assign
    case untrack
    /// `low` is the place in `Program.tproxies`.
    case tproxy
    /// The rule returned or accepted before rules that could have captured (`low` 1) or stopped
    /// (`low` 2) the packet.
    case exempt
    /// Only the readable evaluator can tell.
    case escape
  }

  /// A test holds where `(packet word & mask) - low <= width`, with the bits above 32 unmasked.
  var low: UInt64
  var width: UInt64 = 0
  /// A `FlatPacket.Word`, or `action`.
  var word: UInt32
  /// The mask, or an action's number.
  var mask: UInt32
  /// Where to go on; the actions that end have none.
  var yes: UInt32 = 0
  /// Where to go on if the test fails; of an action, its rule's place in `Program.rules`.
  var no: UInt32 = 0
}
