import Addresses
import Ruleset

/// What the rulesets at hand ask about beyond the fixed fields: groups of mark bits and TCP flags, and
/// matches not understood. All sides of a question share one, so that equal means equal.
struct Vocabulary: ~Copyable {
  struct Group {
    var bits: UInt32
    var level: Level
  }

  private(set) var levels = Levels()
  /// The same groups for both marks, since what one register's bit becomes depends on that bit of
  /// either. Only groups that some rule tests: no other can decide anything.
  private(set) var packetMark: [Group] = []
  private(set) var connectionMark: [Group] = []
  private(set) var tcpFlags: [Group] = []
  /// From here on all levels are matches not understood, in order of number.
  private(set) var firstUnknown: Level
  private let unknown: Interned<UnknownMatch>

  /// Routing tests `localMark`, if there is one.
  init(of rulesets: [Ruleset], localMark: UInt32?) {
    var usage = Usage()
    if localMark != nil { usage.marks.insert(.max) }
    for ruleset in rulesets { usage.add(ruleset) }

    let marks = BitGroups(
      masks: usage.marks.union(usage.assignments), singly: usage.mixed
    ).groups
    for bits in marks where usage.marks.contains(where: { $0 & bits != 0 }) {
      let last = UInt32.max.gathered(bits)
      packetMark.append(Group(bits: bits, level: levels.add(last: last)))
      connectionMark.append(Group(bits: bits, level: levels.add(last: last)))
    }
    for bits in BitGroups(masks: usage.flags).groups {
      tcpFlags.append(Group(bits: bits, level: levels.add(last: UInt32.max.gathered(bits))))
    }
    firstUnknown = Level(Int32(levels.lasts.count))
    for ruleset in rulesets { usage.addOrders(of: ruleset) }
    unknown = usage.unknown
    for _ in 0..<unknown.count { _ = levels.add(last: 1) }
  }

  /// The level of a match that is not understood.
  func level(of match: UnknownMatch) -> Level? {
    unknown.known(match).map { Level(firstUnknown.index + $0) }
  }

  func groups(of register: MarkRegister) -> [Group] {
    register == .packet ? packetMark : connectionMark
  }

  /// The level of a field that has just one.
  func level(of field: Field) -> Level? {
    switch field {
    case .family: .family
    case .transportProtocol: .transportProtocol
    case .source: .source
    case .destination: .destination
    case .sourcePort: .sourcePort
    case .destinationPort: .destinationPort
    case .icmp: .icmp
    case .uid: .uid
    case .gid: .gid
    case .inputInterface: .inputInterface
    case .outputInterface: .outputInterface
    case .connectionState: .connectionState
    case .unknown(let match): level(of: match)
    case .sourceType, .destinationType, .mark, .connectionMark, .tcpFlags: nil
    }
  }

  /// A rule's assignment to a mark, by groups.
  func rewrite(_ assignment: MarkAssignment) -> Rewrite {
    var values: [Rewrite.Assignment] = []
    for (packet, connection) in zip(packetMark, connectionMark) {
      var formula = BitFormula(constant: assignment.constant.gathered(packet.bits))
      if assignment.fromPacket & packet.bits != 0 { formula = formula ^ .init(reads: packet.level) }
      if assignment.fromConnection & packet.bits != 0 {
        formula = formula ^ .init(reads: connection.level)
      }
      let target = assignment.target == .packet ? packet.level : connection.level
      if !formula.isIdentity(of: target) {
        values.append(Rewrite.Assignment(level: target, value: formula.asValue))
      }
    }
    return Rewrite(values)
  }
}

/// One walk over all rules.
private struct Usage: ~Copyable {
  var marks: Set<UInt32> = []
  var assignments: Set<UInt32> = []
  var mixed: UInt32 = 0
  var flags: Set<UInt32> = []
  var unknown = Interned<UnknownMatch>()

  mutating func add(_ ruleset: Ruleset) {
    for table in ruleset.tables {
      for chain in table.chains {
        let rules = chain.rules.span
        for place in rules.indices {
          let steps = rules[place].steps.span
          for step in steps.indices { add(steps[step]) }
        }
      }
    }
  }

  /// Which of two tables was registered last, where a dump does not tell.
  mutating func addOrders(of ruleset: Ruleset) {
    for old in ruleset.tables where old.backend.isLegacy {
      for new in ruleset.tables where !new.backend.isLegacy {
        _ = unknown.number(.registeredLast(new, before: old))
      }
    }
  }

  private mutating func add(_ step: Rule.Step) {
    switch step {
    case .test(let test):
      let arms = test.arms.span
      for arm in arms.indices {
        let constraints = arms[arm].box.constraints.span
        for place in constraints.indices { add(constraints[place].field) }
      }
    case .effect(.mark(let assignment)):
      assignments.insert(assignment.fromPacket)
      assignments.insert(assignment.fromConnection)
      mixed |= assignment.fromPacket & assignment.fromConnection
    case .effect, .verdict: break
    }
  }

  private mutating func add(_ field: Field) {
    switch field {
    case .mark(let mask), .connectionMark(let mask): marks.insert(mask)
    case .tcpFlags(let mask): flags.insert(UInt32(mask))
    case .unknown(let match): _ = unknown.number(match)
    default: break
    }
  }
}

extension UnknownMatch {
  /// Holds where `native`'s chains run before those of equal priority of `legacy`: the kernel runs
  /// the last registered first, and each side knows its own order only.
  static func registeredLast(_ native: Table, before legacy: Table) -> UnknownMatch {
    UnknownMatch(
      name: "registered last",
      detail: "\(native.family) \(native.name), \(legacy.family) \(legacy.name)")
  }
}

extension Backend {
  /// Kept by x_tables; text that does not say counts as that.
  var isLegacy: Bool { self == .iptables || self == .iptablesLegacy }
}
