/// Values known by number, in order of first appearance.
struct Interned<Value: Hashable>: ~Copyable {
  private(set) var values: [Value] = []
  private var places = Buckets(capacity: 1 << 6)

  var count: Int { values.count }

  subscript(number: Int32) -> Value { values[Int(number)] }

  /// Of a value that was given one.
  func known(_ value: Value) -> Int32? {
    let hash = Self.hash(value)
    var bucket = places.first(for: hash)
    return place(of: value, under: hash, from: &bucket)
  }

  mutating func number(_ value: Value) -> Int32 {
    let hash = Self.hash(value)
    var bucket = places.first(for: hash)
    if let known = place(of: value, under: hash, from: &bucket) { return known }
    let number = Int32(values.count)
    values.append(value)
    places.insert(number, under: hash, in: bucket)
    return number
  }

  @inline(__always)
  private static func hash(_ value: Value) -> UInt32 {
    UInt32(truncatingIfNeeded: value.hashValue)
  }

  @inline(__always)
  private func place(of value: Value, under hash: UInt32, from bucket: inout Int) -> Int32? {
    while let place = places.place(under: hash, from: &bucket) {
      if values[Int(place)] == value { return place }
    }
    return nil
  }
}
