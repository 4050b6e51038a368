/// An operation on diagrams, by number; results are remembered under it.
///
/// The fixed ones are listed here. An operation with parameters of its own takes a fresh number,
/// so that its results are never taken for another's.
struct Operation: Hashable, BitwiseCopyable {
  let number: Int32

  /// `a`, and where it falls what follows: Kleisli composition.
  static let then = Operation(number: 1)
  /// Endings of either.
  static let union = Operation(number: 2)
  /// `a` where it has an ending, else `b`.
  static let orElse = Operation(number: 3)
  /// `b` where `a` has an ending.
  static let keep = Operation(number: 4)
  /// `b` where `a` has none.
  static let remove = Operation(number: 5)
  /// `a` with the fields that a rewrite (the second operand's number) changed.
  static let substitute = Operation(number: 6)

  /// A chain as seen from a jump, and from a goto.
  static let called = Operation(number: 7)
  static let gone = Operation(number: 8)
  /// Without the matches that are not understood.
  static let forget = Operation(number: 9)
  /// What goes on, put aside for a while, and taken up again.
  static let putAside = Operation(number: 10)
  static let takenUp = Operation(number: 11)

  static let firstFresh: Int32 = 16
}

/// What was computed before: one slot per hash, a newcomer evicts.
///
/// Forgetting costs time and never truth, so there are no chains and no rehash of old results.
struct Memory: ~Copyable {
  struct Slot: BitwiseCopyable {
    var a: Int32
    var b: Int32
    var operation: Operation
    var result: Diagram
  }

  private var slots: Pool<Slot>
  private var mask: UInt64
  private var nextFresh = Operation.firstFresh

  init(capacity: Int) {
    slots = Self.empty(capacity)
    mask = UInt64(capacity - 1)
  }

  private static func empty(_ capacity: Int) -> Pool<Slot> {
    var slots = Pool<Slot>(capacity: capacity)
    for _ in 0..<capacity {
      slots.append(Slot(a: 0, b: 0, operation: Operation(number: 0), result: .nothing))
    }
    return slots
  }

  mutating func freshOperation() -> Operation {
    defer { nextFresh += 1 }
    return Operation(number: nextFresh)
  }

  @inline(__always)
  private func place(_ operation: Operation, _ a: Int32, _ b: Int32) -> Int {
    let pair = UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b))
    let hash = Arena.mix(Arena.mix(pair) ^ UInt64(UInt32(bitPattern: operation.number)))
    return Int((hash >> 20) & mask)
  }

  @inline(__always)
  func result(_ operation: Operation, _ a: Int32, _ b: Int32) -> Diagram? {
    let slot = slots[place(operation, a, b)]
    return slot.a == a && slot.b == b && slot.operation == operation ? slot.result : nil
  }

  @inline(__always)
  mutating func remember(_ operation: Operation, _ a: Int32, _ b: Int32, is result: Diagram) {
    slots[place(operation, a, b)] = Slot(a: a, b: b, operation: operation, result: result)
  }

  /// A quarter as many slots as nodes: what is asked for twice is mostly asked for again soon, and a
  /// smaller table stays in the processor's cache.
  mutating func keepPace(with nodes: Int) {
    guard nodes > slots.count * 4, slots.count < 1 << 20 else { return }
    let capacity = slots.count * 4
    slots = Self.empty(capacity)
    mask = UInt64(capacity - 1)
  }
}
