/// A function from packets to sets of endings, as a handle into its `Arena`.
///
/// It is a decision diagram with one level per field. A node looks at one field: its edges cut the
/// field's domain into intervals, each with the diagram of what remains to be asked. A terminal is
/// the set of endings itself. Levels only ever increase from node to child, neighbouring edges lead
/// to different children, a node has at least two edges, and equal nodes are stored once. So the
/// form is canonical, and **two functions are equal exactly if their handles are**.
struct Diagram: Hashable, BitwiseCopyable {
  /// A node's place in the arena, or the complement of a terminal's.
  let index: Int32

  static func terminal(_ place: Int32) -> Diagram { Diagram(index: ~place) }

  /// No ending at all: the empty set of packets, where diagrams are used as sets.
  static let nothing = terminal(0)

  var isTerminal: Bool { index < 0 }
  var terminal: Int32 { ~index }
}

/// What is known of a diagram without walking it.
struct Traits: OptionSet, BitwiseCopyable {
  var rawValue: UInt64

  /// Some ending goes on with what follows.
  static let falls = Traits(rawValue: 1 << 63)
  /// Some ending that goes on has changed the packet.
  static let rewrites = Traits(rawValue: 1 << 62)

  /// Some ending that goes on has not.
  static let isUnchanged = Traits(rawValue: 1 << 61)
  /// Some ending is put aside.
  static let waits = Traits(rawValue: 1 << 60)
  /// Some ending returns.
  static let returns = Traits(rawValue: 1 << 59)

  /// The level is tested somewhere. Levels from 58 on share a bit: a hint, never a proof of use.
  static func tests(_ level: Level) -> Traits {
    Traits(rawValue: 1 << UInt64(min(level.index, 58)))
  }
}

/// How many edges lead to a diagram.
enum Holders: UInt8, BitwiseCopyable {
  case none, one, many

  var more: Holders { self == .none ? .one : .many }
}
