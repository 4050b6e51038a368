import Addresses

/// The ports by classes that no rule tells apart.
struct PortClasses: Sendable {
  let count: Int
  /// The last port of each interval, in order, and the class it belongs to.
  private let lasts: [UInt16]
  private let numbers: [Int]

  /// - Parameter sets: what rules test ports against.
  init(of sets: [IntervalSet]) {
    let classes = Atoms.classes(of: sets, in: IntervalSet([0...65535]))
    let intervals = classes.enumerated().flatMap { number, ports in
      ports.intervals.map { (last: UInt16(truncatingIfNeeded: $0.upperBound), number: number) }
    }.sorted { $0.last < $1.last }
    count = classes.count
    lasts = intervals.map(\.last)
    numbers = intervals.map(\.number)
  }

  /// The number of the port's class.
  subscript(port: UInt16) -> Int {
    var low = 0
    var high = lasts.count - 1
    while low < high {
      let middle = (low + high) / 2
      if lasts[middle] < port { low = middle + 1 } else { high = middle }
    }
    return numbers[low]
  }
}
