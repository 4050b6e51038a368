import Ruleset

/// A value that is looked up by one word of its own.
protocol Interning: Equatable {
  /// Equal for equal values, and seldom for others; need not be mixed.
  var word: UInt64 { get }
}

/// The standard hasher costs as much as all else that a short value's look-up takes, so values that
/// are looked up by the ten thousand have words of their own.
extension Interning where Self: Hashable {
  var word: UInt64 { UInt64(bitPattern: Int64(hashValue)) }
}

extension String: Interning {}
extension NAT: Interning {}
extension UnknownMatch: Interning {}
extension Endings.Pair: Interning {}
extension [Region]: Interning {}

/// Values known by number, in order of first appearance.
struct Interned<Value: Interning>: ~Copyable {
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
    UInt32(truncatingIfNeeded: Arena.mix(value.word) >> 32)
  }

  @inline(__always)
  private func place(of value: Value, under hash: UInt32, from bucket: inout Int) -> Int32? {
    while let place = places.place(under: hash, from: &bucket) {
      if values[Int(place)] == value { return place }
    }
    return nil
  }
}
