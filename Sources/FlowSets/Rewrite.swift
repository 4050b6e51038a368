import Addresses
import Ruleset

/// What has been done to a packet between two points of its way: new values of some fields, all
/// read from the packet as it was before.
///
/// Rewrites compose, so a chain's marks, a nat chain's mapping and TPROXY's socket travel along with
/// an ending until what follows is substituted by them.
struct Rewrite: Interning {
  enum Value: Hashable {
    case constant(UInt128)
    /// The kernel picks one.
    case anyOf(IntervalSet)
    case bits(BitFormula)
  }

  struct Assignment: Hashable {
    var level: Level
    var value: Value

    fileprivate var hash: UInt64 {
      let bits: UInt128 =
        switch value {
        case .constant(let value): value
        case .anyOf(let set): UInt128(set.intervals.count) ^ (set.intervals.first?.lowerBound ?? 0)
        case .bits(let formula): UInt128(formula.reads.count) ^ formula.constant
        }
      let low = UInt64(truncatingIfNeeded: bits)
      let high = UInt64(truncatingIfNeeded: bits >> 64)
      return Arena.mix(low ^ high &* 0xFF51_AFD7_ED55_8CCD)
        &+ UInt64(UInt32(bitPattern: level.index))
    }
  }

  /// In order of level, at most one a level.
  private(set) var assignments: [Assignment]
  /// The mapping of the destination, for the report at the end; counts `Endings.mappings`.
  var mapping: Int32?
  /// The socket TPROXY found, likewise.
  var diversion: Diversion?

  init(
    _ assignments: [Assignment] = [], mapping: Int32? = nil, diversion: Diversion? = nil
  ) {
    self.assignments = assignments
    if !zip(assignments, assignments.dropFirst()).allSatisfy({ $0.level < $1.level }) {
      self.assignments.sort { $0.level < $1.level }
    }
    self.mapping = mapping
    self.diversion = diversion
  }

  /// Composing rewrites does little but look them up.
  var word: UInt64 {
    var word = UInt64(UInt32(bitPattern: mapping ?? -1)) << 32
    for assignment in assignments { word = Arena.mix(word ^ assignment.hash) }
    return word
  }

  static func set(_ level: Level, to value: UInt128) -> Assignment {
    Assignment(level: level, value: .constant(value))
  }

  subscript(level: Level) -> Value? {
    assignments.first { $0.level == level }?.value
  }

  /// Some mark's new value is read from a mark, so that levels may change their order.
  var readsMarks: Bool {
    assignments.contains { if case .bits = $0.value { true } else { false } }
  }

  /// What the report needs, without the other fields: a TPROXY still to come may keep the port.
  var forReport: Rewrite {
    Rewrite(
      assignments.filter { $0.level == .destinationPort }, mapping: mapping, diversion: diversion)
  }

  /// After conntrack has looked: what is exempt is untracked, all else has the state it finds.
  var pastConntrack: Rewrite {
    var rest = self
    rest.assignments = assignments.compactMap { assignment in
      guard assignment.level == .connectionState else { return assignment }
      guard assignment.value == .constant(Level.exempt) else { return nil }
      return Self.set(.connectionState, to: UInt128(ConnectionState.untracked.rawValue))
    }
    return rest
  }

  /// This one, then `next`.
  func followed(by next: Rewrite) -> Rewrite {
    var merged: [Assignment] = []
    merged.reserveCapacity(assignments.count + next.assignments.count)
    for mine in assignments where next[mine.level] == nil { merged.append(mine) }
    for assignment in next.assignments {
      guard case .bits(let formula) = assignment.value else {
        merged.append(assignment)
        continue
      }
      let value = formula.reading { level in
        switch self[level] {
        case .bits(let before): before
        case .constant(let value): BitFormula(constant: value)
        case .anyOf, nil: BitFormula(reads: level)
        }
      }
      guard !value.isIdentity(of: assignment.level) else { continue }
      merged.append(Assignment(level: assignment.level, value: value.asValue))
    }
    var diversion = next.diversion ?? diversion
    if next.diversion != nil, diversion?.port == nil,
      case .constant(let port) = self[.destinationPort]
    {
      diversion?.port = UInt16(truncatingIfNeeded: port)
    }
    return Rewrite(merged, mapping: next.mapping ?? mapping, diversion: diversion)
  }
}

/// Where TPROXY hands the packet.
struct Diversion: Hashable {
  var address: IPAddress?
  /// Absent where the packet's own port stays.
  var port: UInt16?
}

/// The new value of one group of mark bits: the exclusive or of some groups and a constant.
///
/// Every assignment to a mark is bitwise (`MarkAssignment`), so one group of the packet's mark and
/// the same group of the connection's are all it can read.
struct BitFormula: Hashable {
  /// In order; none twice, for it would cancel out.
  private(set) var reads: [Level]
  private(set) var constant: UInt128

  init(reads level: Level) {
    reads = [level]
    constant = 0
  }

  init(constant: UInt128) {
    reads = []
    self.constant = constant
  }

  func isIdentity(of level: Level) -> Bool { reads == [level] && constant == 0 }

  var asValue: Rewrite.Value { reads.isEmpty ? .constant(constant) : .bits(self) }

  static func ^ (a: BitFormula, b: BitFormula) -> BitFormula {
    var sum = BitFormula(constant: a.constant ^ b.constant)
    sum.reads = Set(a.reads).symmetricDifference(b.reads).sorted()
    return sum
  }

  /// The formula with each group read replaced by how it came about.
  func reading(_ before: (Level) -> BitFormula) -> BitFormula {
    reads.reduce(BitFormula(constant: constant)) { $0 ^ before($1) }
  }
}

/// All rewrites that occur, by number; 0 changes nothing.
struct Rewrites: ~Copyable {
  private struct Pair: Interning {
    var first: Int32
    var second: Int32

    var word: UInt64 {
      UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
    }
  }

  private var known = Interned<Rewrite>()
  private var traits: [Traits] = []
  /// The number of each one's `forReport`, or -1 where nobody has asked.
  private var reports: [Int32] = []
  /// Pairs put together so far, and what each makes.
  private var pairs = Interned<Pair>()
  private var compositions: [Int32] = []
  /// The levels that any rewrite changes.
  private(set) var levels: Traits = []
  /// What they take, in edges of a diagram.
  private(set) var size = 0

  init() { _ = number(Rewrite()) }

  var count: Int { known.count }

  subscript(number: Int32) -> Rewrite { known[number] }

  /// The levels that rewrite `number` changes.
  func levels(_ number: Int32) -> Traits { traits[Int(number)] }

  mutating func number(_ rewrite: Rewrite) -> Int32 {
    let number = known.number(rewrite)
    if Int(number) == traits.count {
      traits.append(
        rewrite.assignments.reduce(into: []) { $0.formUnion(.tests($1.level)) })
      levels.formUnion(traits[Int(number)])
      size += 8 + 4 * rewrite.assignments.count
      reports.append(-1)
    }
    return number
  }

  mutating func report(of rewrite: Int32) -> Int32 {
    if reports[Int(rewrite)] < 0 { reports[Int(rewrite)] = number(self[rewrite].forReport) }
    return reports[Int(rewrite)]
  }

  mutating func number(_ first: Int32, then second: Int32) -> Int32 {
    if first == 0 { return second }
    if second == 0 { return first }
    let pair = Int(pairs.number(Pair(first: first, second: second)))
    if pair < compositions.count { return compositions[pair] }
    let result = number(self[first].followed(by: self[second]))
    compositions.append(result)
    size += 2
    return result
  }
}
