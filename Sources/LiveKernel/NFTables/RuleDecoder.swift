import Addresses
import CNftnl
import Ruleset

/// Reads the rules of one table from the kernel's messages into the model.
///
/// libnftnl is not asked for rules: it refuses one that holds an expression newer than itself, and
/// it leaves out attributes it does not know, which would widen a match without a word. So the
/// expressions are walked here, and what is not understood stays, by its name and bytes.
///
/// A rule is run symbolically: loads put fields into registers, comparisons make sets of them.
struct RuleDecoder {
  let family: TableFamily
  let isIptables: Bool
  let sets: [String: SetObject]
  /// Interfaces by index, for `meta iif`.
  let interfaces: [Load.Code]

  var registers = RegisterFile()
  var numbers = RecentNumbers()
  var steps = StepList()
  var text: RuleText
  var counter: Counter?
  var comment: String?
  /// What the rule has made sure of so far.
  var knownFamily: Family?
  var knownProtocol: TransportProtocol?

  init(
    family: TableFamily, isIptables: Bool, sets: [String: SetObject] = [:],
    interfaces: [Load.Code] = []
  ) {
    self.family = family
    self.isIptables = isIptables
    self.sets = sets
    self.interfaces = interfaces
    text = RuleText(isIptables ? .save(family == .ip6 ? .ipv6 : .ipv4) : .nft(family))
  }

  /// The rule of one `NFT_MSG_NEWRULE`, whose attributes these are; nil where the message is no rule.
  mutating func decode(_ attributes: Bytes) -> Rule? {
    guard attributes.isWhole, let expressions = attributes.attribute(NFTA_RULE_EXPRESSIONS),
      let handle = attributes.attribute(NFTA_RULE_HANDLE)?.network(0, as: UInt64.self)
    else { return nil }
    begin()
    var walk = expressions.attributes
    while let (_, element) = walk.next() { decode(expression: element) }
    if !walk.isWhole { opaque("expressions", expressions) }
    if let data = attributes.attribute(NFTA_RULE_USERDATA), let note = Self.comment(in: data) {
      comment = note
      if !isIptables { text.statement("comment \"\(note)\"") }
    }
    return Rule(
      steps.finish(), text: text.finish(), comment: comment, counter: counter,
      origin: .handle(handle))
  }

  /// Forgets the rule before.
  mutating func begin() {
    registers.reset()
    counter = nil
    comment = nil
    knownFamily = family == .ip ? .ipv4 : family == .ip6 ? .ipv6 : nil
    knownProtocol = nil
  }

  /// libnftnl keeps user data as type, length, value; type 0 is the comment.
  private static func comment(in data: Bytes) -> String? {
    var offset = 0
    while let type = data.byte(offset), let length = data.byte(offset + 1),
      let value = data.slice(offset + 2, Int(length))
    {
      if type == 0 { return value.text }
      offset += 2 + Int(length)
    }
    return nil
  }

  private mutating func decode(expression: Bytes) {
    guard let name = expression.attribute(NFTA_EXPR_NAME) else {
      return opaque("expression", expression)
    }
    let data = expression.attribute(NFTA_EXPR_DATA) ?? .empty
    // An attribute cut off would be one left out: a match without it is a wider one.
    guard data.isWhole, expression.isWhole else { return opaque(name.text, data) }
    let isUnderstood =
      switch name {
      case "meta": meta(data)
      case "cmp": compare(data)
      case "payload": payload(data)
      case "bitwise": bitwise(data)
      case "byteorder": byteOrder(data)
      case "immediate": immediate(data)
      case "range": range(data)
      case "lookup": lookup(data)
      case "ct": connection(data)
      case "fib": fib(data)
      case "socket": socket(data)
      case "counter": count(data)
      case "match": xtMatch(data)
      case "target": xtTarget(data)
      case "redir", "masq", "nat": translate(name.text, data)
      case "tproxy": tproxy(data)
      case "reject": reject(data)
      case "queue": queue(data)
      case "notrack": notrack()
      case "limit", "quota", "connlimit": stateful(name.text, data)
      case "objref": object(data)
      case "log", "dynset", "dup", "last", "flow_offload": aside(name.text, data)
      case "numgen", "hash", "rt", "exthdr", "osf", "tunnel", "xfrm": foreignLoad(name.text, data)
      default: false
      }
    if !isUnderstood { opaque(name.text, data) }
  }

  /// Something that may match, may decide and may write registers: all the model can say of what
  /// follows is that it is unknown.
  mutating func opaque(_ name: String, _ data: Bytes) {
    let words = "[\(name) \(data.hex)]"
    steps.verdict(.opaque(words))
    text.statement(words)
  }
}

// MARK: - Tests

extension RuleDecoder {
  /// Adds the test that `load` compares so; remembers what it makes sure of.
  mutating func require(_ load: Load, _ comparison: Comparison) {
    text.compare(load, comparison)
    guard
      let constraint = load.constraint(in: comparison.accepted(load), negated: comparison.isNegated)
    else {
      return steps.require(unknown(load, comparison))
    }
    steps.require(constraint)
    note(constraint)
  }

  private mutating func note(_ constraint: Constraint) {
    guard constraint.field == .transportProtocol || constraint.field == .family,
      let only = constraint.set.intervals.first, constraint.set.intervals.count == 1,
      only.lowerBound == only.upperBound
    else { return }
    let value = UInt8(truncatingIfNeeded: only.lowerBound)
    if constraint.field == .family {
      knownFamily = Family(rawValue: value)
    } else {
      knownProtocol = TransportProtocol(rawValue: value)
    }
  }

  /// A comparison without a field: a Boolean of its own, named by what nft would print.
  func unknown(_ load: Load, _ comparison: Comparison) -> Constraint {
    guard load.isUnknown else {
      let match = UnknownMatch(name: load.name, detail: NFTText.text(load, comparison))
      return Constraint(.unknown(match), is: 1)
    }
    var positive = comparison
    positive.isNegated = false
    var detail = NFTText.text(load, positive)
    if detail.hasPrefix(load.name + " ") { detail.removeFirst(load.name.utf8.count + 1) }
    // The number, whatever symbol nft has for it.
    if case .equal = comparison.relation, !load.isMasked, load.width <= 4 {
      detail = "\(comparison.number)"
    }
    let isStateful = if case .unknown(true) = load.subject { true } else { false }
    let match = UnknownMatch(
      name: load.name, detail: detail, isStateful: isStateful)
    return Constraint(.unknown(match), is: comparison.isNegated ? 0 : 1)
  }
}

extension Comparison {
  /// The numbers of `load`'s width for which it holds, before `isNegated`.
  fileprivate func accepted(_ load: Load) -> IntervalSet {
    let last = UInt128.ones(8 * load.width)
    switch relation {
    case .equal, .range, .elements, .named: return numbers
    case .less: return number == 0 ? .empty : IntervalSet(0...(number - 1))
    case .lessOrEqual: return IntervalSet(0...number)
    case .greater: return number >= last ? .empty : IntervalSet((number + 1)...last)
    case .greaterOrEqual: return number > last ? .empty : IntervalSet(number...last)
    }
  }
}
