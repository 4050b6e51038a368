/// Values known by number, in order of first appearance.
struct Interned<Value: Hashable>: ~Copyable {
  private(set) var values: [Value] = []
  private var places = Buckets(capacity: 1 << 6)

  var count: Int { values.count }

  subscript(number: Int32) -> Value { values[Int(number)] }

  mutating func number(_ value: Value) -> Int32 {
    let hash = UInt32(truncatingIfNeeded: value.hashValue)
    var bucket = places.first(for: hash)
    while let place = places.place(under: hash, from: &bucket) {
      if values[Int(place)] == value { return place }
    }
    let number = Int32(values.count)
    values.append(value)
    places.insert(number, under: hash, in: bucket)
    return number
  }
}
