import Addresses
import Ruleset

/// Something about a packet, its connection or the rules that nobody said.
enum Unknown: Hashable {
  /// A match this model does not understand.
  case match(UnknownMatch)
  /// A field of the packet as it was sent.
  case field(Field)
  /// A field as a mapping left it: the kernel picks one of several values, or the mapping of an
  /// established connection was not given.
  case mapped(Field)
  /// The interface a forwarded packet leaves by.
  case wayOut
  /// The owner of the socket that receives a packet of an established connection.
  case receiver(Field)
  /// Whether a chain at conntrack's own priority runs before it or after it.
  case stateAtConntrack
  /// Which of two tables of different back ends was registered last, and so runs first.
  case registeredLast(legacy: Int, native: Int)
}

/// One way the things not known may be, found by asking.
///
/// A walk through the rules asks about unknown values as it meets them. Each answer that is not
/// already implied is a *choice*, made "no" first. The walk is then run again with the last "no"
/// turned into "yes", and so on, until every combination was met once: a depth-first case split
/// in which the same unknown always answers the same, and sets of values stay consistent.
struct World {
  struct Choice {
    var answer: Bool
    var unknown: Unknown
    /// The rule that asked; absent where the kernel did.
    var rule: RulePlace?
  }

  private var choices: [Choice] = []
  private var asked = 0
  /// The choice that makes this world differ from the one before.
  private(set) var turned: Choice?
  /// What each unknown can still be.
  private var possible: [Unknown: IntervalSet] = [:]

  /// Whether `unknown`, one of the values of `domain`, lies in `set`.
  mutating func ask(
    _ unknown: Unknown, in set: IntervalSet, of domain: IntervalSet, by rule: RulePlace?
  ) -> Bool {
    let values = possible[unknown] ?? domain
    let inside = values.intersection(set)
    if inside.isEmpty { return false }
    if inside == values { return true }
    if asked == choices.count {
      choices.append(Choice(answer: false, unknown: unknown, rule: rule))
    }
    let answer = choices[asked].answer
    asked += 1
    possible[unknown] = answer ? inside : values.subtracting(set)
    return answer
  }

  /// The next world, or false after the last one.
  mutating func advance() -> Bool {
    while let last = choices.last, last.answer { choices.removeLast() }
    guard !choices.isEmpty else { return false }
    choices[choices.count - 1].answer = true
    turned = choices.last
    asked = 0
    possible = [:]
    return true
  }
}

/// A rule by its place in `Ruleset.tables`.
struct RulePlace: Hashable {
  var chain: ChainIndex
  /// From 1.
  var number: Int
}

extension Unknown: CustomStringConvertible {
  var description: String {
    switch self {
    case .match(let match):
      match.detail.isEmpty
        ? "the match '\(match.name)'" : "the match '\(match.name) \(match.detail)'"
    case .field(let field): "the packet's \(field.name)"
    case .mapped(let field): "the \(field.name) that the connection's mapping gives"
    case .wayOut: "the interface a forwarded packet leaves by"
    case .receiver(let field): "the \(field.name) of the receiving socket"
    case .stateAtConntrack: "the connection state at conntrack's own priority"
    case .registeredLast: "the order of legacy and nf_tables chains of equal priority"
    }
  }
}
