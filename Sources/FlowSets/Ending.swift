import Ruleset

/// One way in which a rule, a chain, a hook or the whole path can end for a packet.
///
/// The same alphabet serves all of them, for a chain's end is its caller's beginning: what *falls*
/// goes on with whatever follows, and each floor turns the words below it into its own (a chain's
/// `return` is its caller's `falls`, a base chain's `accept` goes on with the next base chain).
struct Ending: Hashable, BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// On to what follows.
    case falls
    /// As `falls`, put aside while several rewrites are followed one by one.
    case waits
    case returns
    case accepts
    /// A mapping; `detail` counts `Endings.mappings`.
    case maps
    case drops
    /// `detail` counts `Endings.texts`, as for `unknown`.
    case rejects
    case unknown
    /// Leaves by an interface that is not loopback.
    case leaves
    /// Reaches a socket of this namespace.
    case isDelivered
    /// Arrived from outside and goes on to another host.
    case isForwarded
    /// Not an end but a mark on the way: rule number `detail` was reached and held.
    case hit
    /// What two diagrams say, where they differ; `detail` counts `Endings.pairs`.
    case differs
    /// A member of a set of packets.
    case member

    /// What tells that some ending may be of this kind; empty for kinds that leave no trait.
    var trait: Traits {
      switch self {
      case .falls, .waits: .falls
      case .returns: .returns
      default: []
      }
    }
  }

  var kind: Kind
  var detail: Int32 = 0
  /// What has been done to the packet by then, for kinds that keep it; counts `Arena.rewrites`.
  var rewrite: Int32 = 0

  func hash(into hasher: inout Hasher) {
    let both = UInt64(UInt32(bitPattern: detail)) << 32 | UInt64(UInt32(bitPattern: rewrite))
    hasher.combine(both ^ UInt64(kind.rawValue) << 56)
  }

  static let falls = Ending(kind: .falls)
  static let member = Ending(kind: .member)
}

/// Terminals: sets of endings, each stored once and known by number.
struct Endings: ~Copyable {
  /// Two terminals.
  struct Pair: Hashable {
    var from: Int32
    var to: Int32
  }

  private var all: [Ending] = []
  private var numbers: [Ending: Int32] = [:]

  /// The sets, as sorted numbers of endings.
  private var sets: [[Int32]] = [[]]
  private var places: [[Int32]: Int32] = [:]
  private var setTraits: [Traits] = [[]]
  /// The one ending of each set that has just one, else -1: nearly all have, so they are found
  /// without hashing.
  private var onlyNumbers: [Int32] = [-1]
  /// The place of the set of just this ending, or -1.
  private var singletons: [Int32] = []

  private(set) var texts = Interned<String>()
  private(set) var mappings = Interned<NAT>()
  private(set) var pairs = Interned<Pair>()

  @inline(__always)
  func traits(_ terminal: Int32) -> Traits { setTraits[Int(terminal)] }

  func numbers(in terminal: Int32) -> [Int32] { sets[Int(terminal)] }

  func ending(_ number: Int32) -> Ending { all[Int(number)] }

  func endings(in terminal: Int32) -> [Ending] { sets[Int(terminal)].map { all[Int($0)] } }

  /// The number of the ending of a terminal that has exactly one.
  @inline(__always)
  func onlyNumber(in terminal: Int32) -> Int32? {
    let number = onlyNumbers[Int(terminal)]
    return number < 0 ? nil : number
  }

  func only(in terminal: Int32) -> Ending? { onlyNumber(in: terminal).map { all[Int($0)] } }

  mutating func number(_ ending: Ending) -> Int32 {
    if let known = numbers[ending] { return known }
    let number = Int32(all.count)
    all.append(ending)
    singletons.append(-1)
    numbers[ending] = number
    return number
  }

  mutating func terminal(_ ending: Ending) -> Diagram { terminal(number: number(ending)) }

  mutating func terminal(number: Int32) -> Diagram {
    let known = singletons[Int(number)]
    if known >= 0 { return .terminal(known) }
    let place = add([number])
    singletons[Int(number)] = place
    return .terminal(place)
  }

  /// `numbers` may hold duplicates and be in any order.
  mutating func terminal(numbers unordered: [Int32]) -> Diagram {
    var set = unordered
    if set.count > 1 {
      set.sort()
      var kept = 1
      for place in 1..<set.count where set[place] != set[kept - 1] {
        set[kept] = set[place]
        kept += 1
      }
      set.removeLast(set.count - kept)
    }
    guard set.count > 1 else { return set.first.map { terminal(number: $0) } ?? .nothing }
    if let known = places[set] { return .terminal(known) }
    let place = add(set)
    places[set] = place
    return .terminal(place)
  }

  private mutating func add(_ set: [Int32]) -> Int32 {
    sets.append(set)
    onlyNumbers.append(set.count == 1 ? set[0] : -1)
    var traits: Traits = []
    for number in set {
      let ending = all[Int(number)]
      traits.formUnion(ending.kind.trait)
      guard ending.kind.trait == .falls else { continue }
      if ending.rewrite != 0 || ending.kind == .waits { traits.insert(.rewrites) }
    }
    setTraits.append(traits)
    return Int32(sets.count - 1)
  }

  mutating func text(_ text: String) -> Int32 { texts.number(text) }
  mutating func mapping(_ mapping: NAT) -> Int32 { mappings.number(mapping) }
  mutating func pair(_ from: Int32, _ to: Int32) -> Int32 {
    pairs.number(Pair(from: from, to: to))
  }
}

/// Values known by number, in order of first appearance.
struct Interned<Value: Hashable> {
  private(set) var values: [Value] = []
  private var numbers: [Value: Int32] = [:]

  subscript(number: Int32) -> Value { values[Int(number)] }

  mutating func number(_ value: Value) -> Int32 {
    if let known = numbers[value] { return known }
    let number = Int32(values.count)
    values.append(value)
    numbers[value] = number
    return number
  }
}
