/// Where values that are stored once are found: open addressing over their places, each beside its
/// hash, so that a search looks at no value of another hash.
struct Buckets: ~Copyable {
  struct Slot: BitwiseCopyable {
    /// Negative where free.
    var place: Int32
    var hash: UInt32
  }

  private var slots: Pool<Slot>
  private var count = 0
  /// Those not in their slots yet.
  private var waiting = Pool<Slot>(capacity: 1 << 6)

  /// `capacity` is a power of two.
  init(capacity: Int) { slots = Self.free(capacity) }

  @inline(__always)
  func first(for hash: UInt32) -> Int { Int(hash) & (slots.count - 1) }

  /// The next place under this hash, `bucket` being one past its own then; at nil `bucket` is where
  /// a new one belongs.
  @inline(__always)
  func place(under hash: UInt32, from bucket: inout Int) -> Int32? {
    while slots[bucket].place >= 0 {
      let slot = slots[bucket]
      bucket = (bucket + 1) & (slots.count - 1)
      if slot.hash == hash { return slot.place }
    }
    return nil
  }

  /// Adds what is known to be new, to be found after the next `settle`.
  @inline(__always)
  mutating func add(_ place: Int32, under hash: UInt32) {
    waiting.append(Slot(place: place, hash: hash))
  }

  /// All that wait at once: their slots are anywhere in memory, and the processor fetches one while
  /// it waits for another.
  mutating func settle() {
    for new in 0..<waiting.count {
      let slot = waiting[new]
      var bucket = first(for: slot.hash)
      while slots[bucket].place >= 0 { bucket = (bucket + 1) & (slots.count - 1) }
      insert(slot.place, under: slot.hash, in: bucket)
    }
    waiting.cut(to: 0)
  }

  mutating func insert(_ place: Int32, under hash: UInt32, in bucket: Int) {
    slots[bucket] = Slot(place: place, hash: hash)
    count += 1
    if count * 4 > slots.count * 3 { grow() }
  }

  private mutating func grow() {
    var bigger = Self.free(slots.count * 2)
    for old in 0..<slots.count where slots[old].place >= 0 {
      var bucket = Int(slots[old].hash) & (bigger.count - 1)
      while bigger[bucket].place >= 0 { bucket = (bucket + 1) & (bigger.count - 1) }
      bigger[bucket] = slots[old]
    }
    slots = bigger
  }

  private static func free(_ capacity: Int) -> Pool<Slot> {
    var slots = Pool<Slot>(capacity: capacity)
    for _ in 0..<capacity { slots.append(Slot(place: -1, hash: 0)) }
    return slots
  }
}
