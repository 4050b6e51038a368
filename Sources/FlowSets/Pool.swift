/// A growing run of plain values without an owner per value.
///
/// An `Array` inside a class or behind `inout` pays for uniqueness and exclusivity checks at every
/// store; the diagram's inner loops do nothing but such stores.
struct Pool<Element: BitwiseCopyable>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 16)
    base = .allocate(capacity: self.capacity)
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

  private mutating func grow() {
    let bigger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    bigger.update(from: base, count: count)
    base.deallocate()
    base = bigger
    capacity *= 2
  }
}

extension Pool where Element: Comparable {
  mutating func sort(from start: Int) {
    assert(start <= count)
    var values = UnsafeMutableBufferPointer(start: base + start, count: count - start)
    values.sort()
  }
}
