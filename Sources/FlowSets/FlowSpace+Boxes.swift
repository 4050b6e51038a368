import Addresses
import Ruleset

/// From the model's tests to diagrams.
extension FlowSpace {
  /// One question of one level, which is above all that `inside` and `outside` ask.
  func node(
    _ level: Level, in set: IntervalSet, inside: Diagram, outside: Diagram = .nothing
  ) -> Diagram {
    arena.node(level, last: vocabulary.levels[level], set, inside: inside, outside: outside)
  }

  /// The packets whose `level` lies in `set`.
  func packets(_ level: Level, in set: IntervalSet) -> Diagram {
    node(level, in: set, inside: arena.member)
  }

  func packets(_ level: Level, is value: UInt128) -> Diagram {
    packets(level, in: IntervalSet(value))
  }

  /// `yes` within the box, `no` outside.
  ///
  /// A box of plain fields, as nearly every rule has, is a straight line of questions that `yes` is
  /// walked along; else the sets are put together in full.
  func choose(_ box: Box, _ yes: Diagram, _ no: Diagram) -> Diagram {
    if no.isTerminal, let line = line(box) { return arena.choose(line, yes, no) }
    return arena.choose(packets(in: box), yes, no)
  }

  /// The packets in a box.
  func packets(in box: Box) -> Diagram {
    var result = arena.member
    for constraint in box.constraints {
      result = arena.keep(packets(where: constraint), result)
      if let (level, set) = constraint.field.implied {
        result = arena.keep(packets(level, in: set), result)
      }
    }
    return result
  }

  /// The box as one question a level, in order; nil if some constraint needs more than that.
  private func line(_ box: Box) -> [Arena.Question]? {
    var line: [Arena.Question] = []
    line.reserveCapacity(box.constraints.count + 1)
    for constraint in box.constraints {
      guard let level = vocabulary.level(of: constraint.field) else { return nil }
      add(level, values(of: constraint, at: level), to: &line)
      if let (level, set) = constraint.field.implied { add(level, set, to: &line) }
    }
    return line
  }

  private func add(_ level: Level, _ set: IntervalSet, to line: inout [Arena.Question]) {
    var place = line.count
    while place > 0, line[place - 1].level > level { place -= 1 }
    if place > 0, line[place - 1].level == level {
      if line[place - 1].set != set { line[place - 1].set = line[place - 1].set.intersection(set) }
    } else {
      let question = Arena.Question(level: level, last: vocabulary.levels[level], set: set)
      if place == line.count { line.append(question) } else { line.insert(question, at: place) }
    }
  }

  /// A constraint's set in the numbers of its level.
  private func values(of constraint: Constraint, at level: Level) -> IntervalSet {
    switch level {
    case .family:
      IntervalSet(
        Family.allCases.filter { constraint.set.contains(UInt128($0.rawValue)) }
          .map { Level.familyIndex($0)...Level.familyIndex($0) })
    case .connectionState:
      [
        (ConnectionState.invalid, Level.notLookedUp), (.new, Level.zoned),
        (.untracked, Level.exempt),
      ].reduce(constraint.set) { set, early in
        constraint.set.contains(UInt128(early.0.rawValue)) ? set.union(IntervalSet(early.1)) : set
      }
    default: constraint.set
    }
  }

  private func packets(where constraint: Constraint) -> Diagram {
    if let level = vocabulary.level(of: constraint.field) {
      return packets(level, in: values(of: constraint, at: level))
    }
    return switch constraint.field {
    case .mark(let mask): packets(vocabulary.packetMark, mask, in: constraint.set)
    case .connectionMark(let mask): packets(vocabulary.connectionMark, mask, in: constraint.set)
    case .tcpFlags(let mask): packets(vocabulary.tcpFlags, UInt32(mask), in: constraint.set)
    case .sourceType: sources(ofTypes: constraint.set)
    case .destinationType: destinations(ofTypes: constraint.set)
    default: .nothing
    }
  }

  /// The packets that routing takes for the pod itself by their mark.
  var packetsWithLocalMark: Diagram {
    guard let mark = network.localMark else { return .nothing }
    return packets(vocabulary.packetMark, .max, in: IntervalSet(UInt128(mark)))
  }

  /// A masked value in a set: block by aligned block, each of which fixes some high bits and leaves
  /// the low ones free, in every group alike.
  private func packets(
    _ groups: [Vocabulary.Group], _ mask: UInt32, in set: IntervalSet
  ) -> Diagram {
    let mine = groups.filter { mask & $0.bits != 0 }.sorted { $0.level < $1.level }
    let blocks = AlignedBlocks.of(set, last: UInt128(UInt32.max)).filter {
      $0.first & ~$0.free & UInt128(~mask) == 0
    }
    return balanced(blocks.indices, empty: .nothing) { place in
      let fixed = UInt32(truncatingIfNeeded: blocks[place].first & ~blocks[place].free)
      let free = UInt32(truncatingIfNeeded: blocks[place].free)
      var result = arena.member
      for group in mine.reversed() {
        let first = fixed.gathered(group.bits)
        let range = first...(first | free.gathered(group.bits))
        result = node(group.level, in: IntervalSet([range]), inside: result)
      }
      return result
    } _: {
      arena.union($0, $1)
    }
  }
}

extension Field {
  /// What a packet needs to have this field at all: without, every test of it fails, and so does
  /// the test of the opposite.
  fileprivate var implied: (Level, IntervalSet)? {
    switch self {
    case .sourcePort, .destinationPort: (.transportProtocol, TransportProtocol.numbersWithPorts)
    case .icmp: (.transportProtocol, TransportProtocol.numbersOfICMP)
    case .tcpFlags: (.transportProtocol, TransportProtocol.numberOfTCP)
    case .connectionMark: (.connectionState, ConnectionState.withEntry)
    default: nil
    }
  }
}

extension TransportProtocol {
  static let numbersWithPorts = numbers(withPorts)
  static let numbersOfICMP = numbers([.icmp, .icmpv6])
  static let numberOfTCP = numbers([.tcp])

  static func numbers(_ protocols: [TransportProtocol]) -> IntervalSet {
    IntervalSet(protocols.map { UInt128($0.rawValue)...UInt128($0.rawValue) })
  }
}

extension ConnectionState {
  static func numbers(_ states: [ConnectionState]) -> IntervalSet {
    IntervalSet(states.map { UInt128($0.rawValue)...UInt128($0.rawValue) })
  }

  /// Those in which a packet is its connection's first.
  static let opening = numbers([.new, .related])

  /// Those of packets with a conntrack entry, which has the connection's mark.
  static let withEntry = numbers([.new, .established, .related])
}

/// `combined` over all items in order, halves first: each step is of two of like size, so that n small
/// ones cost n log n and not n².
func balanced<Value>(
  _ items: Range<Int>, empty: @autoclosure () -> Value, _ item: (Int) -> Value,
  _ combined: (Value, Value) -> Value
) -> Value {
  switch items.count {
  case 0: return empty()
  case 1: return item(items.lowerBound)
  default:
    let middle = items.lowerBound + items.count / 2
    let first = balanced(items.lowerBound..<middle, empty: empty(), item, combined)
    let second = balanced(middle..<items.upperBound, empty: empty(), item, combined)
    return combined(first, second)
  }
}
