import Ruleset

/// Terminals: sets of endings, each stored once and known by number.
///
/// As nodes are: members of all sets in one run, and a set under construction on top of a stack.
struct Endings: ~Copyable {
  /// Two terminals.
  struct Pair: Hashable {
    var from: Int32
    var to: Int32
  }

  struct Terminal: BitwiseCopyable {
    var traits: Traits
    var start: UInt32
    var count: UInt32
    var holders = Holders.none
  }

  private var all = Pool<Ending>(capacity: 1 << 6)
  private var unique = Buckets(capacity: 1 << 7)
  /// The terminal of just this ending, or -1: nearly all have one ending, and are found without a
  /// search.
  private var singletons = Pool<Int32>(capacity: 1 << 6)

  private var terminals = Pool<Terminal>(capacity: 1 << 6)
  /// Sorted numbers of endings, set by set.
  private var members = Pool<Int32>(capacity: 1 << 7)
  private var uniqueSets = Buckets(capacity: 1 << 6)
  /// Numbers of the sets that are being built, the innermost on top.
  private(set) var pending = Pool<Int32>(capacity: 1 << 6)

  private(set) var texts = Interned<String>()
  private(set) var mappings = Interned<NAT>()
  private(set) var pairs = Interned<Pair>()

  init() { terminals.append(Terminal(traits: [], start: 0, count: 0)) }
}

// MARK: - Reading

extension Endings {
  @inline(__always)
  func traits(_ terminal: Int32) -> Traits { terminals[Int(terminal)].traits }

  @inline(__always)
  func holders(_ terminal: Int32) -> Holders { terminals[Int(terminal)].holders }

  @inline(__always)
  mutating func hold(_ terminal: Int32) {
    terminals[Int(terminal)].holders = terminals[Int(terminal)].holders.more
  }

  var terminalCount: Int { terminals.count }

  /// What all sets take, in edges of a diagram.
  var size: Int { members.count + terminals.count }

  /// Places of a terminal's endings.
  @inline(__always)
  func members(of terminal: Int32) -> Range<Int> {
    let set = terminals[Int(terminal)]
    return Int(set.start)..<Int(set.start + set.count)
  }

  @inline(__always)
  func number(at place: Int) -> Int32 { members[place] }

  @inline(__always)
  subscript(place: Int) -> Ending { all[Int(members[place])] }

  func ending(_ number: Int32) -> Ending { all[Int(number)] }

  func endings(in terminal: Int32) -> [Ending] { members(of: terminal).map { self[$0] } }

  /// The ending of a terminal that has exactly one.
  func only(in terminal: Int32) -> Ending? {
    let set = terminals[Int(terminal)]
    return set.count == 1 ? self[Int(set.start)] : nil
  }
}

// MARK: - Making

extension Endings {
  mutating func number(_ ending: Ending) -> Int32 {
    let hash = ending.hash
    var bucket = unique.first(for: hash)
    while let number = unique.place(under: hash, from: &bucket) {
      if all[Int(number)] == ending { return number }
    }
    let number = Int32(all.count)
    all.append(ending)
    singletons.append(-1)
    unique.insert(number, under: hash, in: bucket)
    return number
  }

  mutating func terminal(_ ending: Ending) -> Diagram {
    let mark = pending.count
    push(ending)
    return finish(since: mark)
  }

  /// Adds an ending to the set under construction, in any order and as often as one likes.
  mutating func push(_ ending: Ending) { pending.append(number(ending)) }

  mutating func push(number: Int32) { pending.append(number) }

  mutating func push(allOf terminal: Int32) {
    for place in members(of: terminal) { pending.append(members[place]) }
  }

  /// The terminal whose endings are those pending since `mark`.
  mutating func finish(since mark: Int) -> Diagram {
    defer { pending.cut(to: mark) }
    if pending.count > mark + 1 { pending.sortAndUnite(from: mark) }
    switch pending.count - mark {
    case 0: return .nothing
    case 1:
      let number = Int(pending[mark])
      if singletons[number] < 0 { singletons[number] = store(since: mark) }
      return .terminal(singletons[number])
    default: return set(since: mark)
    }
  }

  private mutating func set(since mark: Int) -> Diagram {
    var sum: UInt64 = 0
    for place in mark..<pending.count {
      sum &+= Arena.mix(Arena.mix(UInt64(UInt32(bitPattern: pending[place]))))
    }
    let hash = UInt32(truncatingIfNeeded: Arena.mix(sum) >> 32)
    var bucket = uniqueSets.first(for: hash)
    while let terminal = uniqueSets.place(under: hash, from: &bucket) {
      if isSame(terminal, since: mark) { return .terminal(terminal) }
    }
    let terminal = store(since: mark)
    uniqueSets.insert(terminal, under: hash, in: bucket)
    return .terminal(terminal)
  }

  private func isSame(_ terminal: Int32, since mark: Int) -> Bool {
    let places = members(of: terminal)
    guard places.count == pending.count - mark else { return false }
    for (offset, place) in places.enumerated() where members[place] != pending[mark + offset] {
      return false
    }
    return true
  }

  private mutating func store(since mark: Int) -> Int32 {
    var traits: Traits = []
    let start = members.count
    for place in mark..<pending.count {
      let ending = all[Int(pending[place])]
      members.append(pending[place])
      traits.formUnion(ending.kind.trait)
      if ending.kind == .falls { traits.insert(ending.rewrite == 0 ? .isUnchanged : .rewrites) }
    }
    terminals.append(
      Terminal(traits: traits, start: UInt32(start), count: UInt32(members.count - start)))
    return Int32(terminals.count - 1)
  }

  mutating func text(_ text: String) -> Int32 { texts.number(text) }
  mutating func mapping(_ mapping: NAT) -> Int32 { mappings.number(mapping) }
  mutating func pair(_ from: Int32, _ to: Int32) -> Int32 {
    pairs.number(Pair(from: from, to: to))
  }
}

extension Pool<Int32> {
  /// Everything from `mark` on in ascending order, each value once.
  fileprivate mutating func sortAndUnite(from mark: Int) {
    sort(from: mark)
    var kept = mark + 1
    for place in (mark + 1)..<count where self[place] != self[kept - 1] {
      self[kept] = self[place]
      kept += 1
    }
    cut(to: kept)
  }
}
