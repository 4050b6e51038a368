#if canImport(Glibc)
  import Glibc
#endif

/// A growing run of plain values without an owner per value.
///
/// An `Array` inside a class or behind `inout` pays for uniqueness and exclusivity checks at every
/// store; the diagram's inner loops do nothing but such stores.
///
/// Long runs ask for large pages: a diagram is walked in no order of place, and by pages of 4 KiB a
/// sixth of the time of a large one went into finding them.
struct Pool<Element: BitwiseCopyable>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 16)
    base = Self.room(for: self.capacity)
  }

  deinit { base.deallocate() }

  subscript(index: Int) -> Element {
    get {
      assert(index < count)
      return base[index]
    }
    set {
      assert(index < count)
      base[index] = newValue
    }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    base[count] = element
    count += 1
  }

  /// Forgets everything from `count` on.
  mutating func cut(to count: Int) {
    assert(count <= self.count)
    self.count = count
  }

  /// Makes room for `more` elements, which the caller then sets one by one: for runs whose length is
  /// known, since a store that may have to grow costs several plain ones.
  @inline(__always)
  mutating func extend(by more: Int) {
    while capacity - count < more { grow() }
    count += more
  }

  /// Kept out of the loops that append, which would spill their registers around it.
  @inline(never)
  private mutating func grow() {
    let bigger = Self.room(for: capacity * 2)
    bigger.update(from: base, count: count)
    base.deallocate()
    base = bigger
    capacity *= 2
  }
}

// MARK: - Memory

extension Pool {
  private static var largePage: Int { 1 << 21 }

  private static func room(for count: Int) -> UnsafeMutablePointer<Element> {
    let bytes = count * MemoryLayout<Element>.stride
    guard bytes >= largePage else { return .allocate(capacity: count) }
    let room = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: largePage)
    #if canImport(Glibc)
      // A wish: a kernel without large pages gives small ones.
      _ = madvise(room, bytes, MADV_HUGEPAGE)
    #endif
    return room.bindMemory(to: Element.self, capacity: count)
  }
}

extension Pool where Element: Comparable {
  mutating func sort(from start: Int) {
    assert(start <= count)
    var values = UnsafeMutableBufferPointer(start: base + start, count: count - start)
    values.sort()
  }
}
