internal import Addresses
internal import Ruleset

/// Every value that a ruleset's tests begin or end at, and the values beside them.
struct Boundaries {
  /// Of each test's arms, those that ask anything.
  let boxes: [Box]
  private let values: [Field: Set<UInt128>]

  init(of ruleset: Ruleset) {
    var boxes: [Box] = []
    var values: [Field: Set<UInt128>] = [:]
    for rule in ruleset.tables.flatMap(\.chains).flatMap(\.rules) {
      var whole: [Constraint] = []
      for case .test(let test) in rule.steps {
        for arm in test.arms {
          for constraint in arm.box.constraints {
            let beside = constraint.set.intervals.flatMap(Self.beside)
            values[constraint.field, default: []].formUnion(beside)
          }
        }
        whole += test.arms.first?.box.constraints ?? []
      }
      if !whole.isEmpty { boxes.append(Box(whole)) }
    }
    self.boxes = boxes
    self.values = values
  }

  private static func beside(_ interval: ClosedRange<UInt128>) -> [UInt128] {
    [
      interval.lowerBound == 0 ? 0 : interval.lowerBound - 1, interval.lowerBound,
      interval.upperBound, interval.upperBound == .max ? .max : interval.upperBound + 1,
    ]
  }

  private func sorted(_ field: Field) -> [UInt128] { (values[field] ?? []).sorted() }

  func ports(_ field: Field) -> [UInt16] { sorted(field).compactMap { UInt16(exactly: $0) } }

  /// All but the number that stands for "no change" in the kernel's calls.
  func owners(_ field: Field) -> [UInt32] {
    sorted(field).compactMap { UInt32(exactly: $0) }.filter { $0 != .max }
  }

  /// Names that a test compares with in full.
  func names(_ field: Field) -> [InterfaceName] {
    boxes.flatMap(\.constraints).filter { $0.field == field }.flatMap(\.set.intervals)
      .compactMap { interval in
        let name = InterfaceName("\(InterfaceName(bits: interval.lowerBound))")
        return interval.lowerBound == interval.upperBound && name?.bits == interval.lowerBound
          ? name : nil
      }
  }

  func addresses(_ field: Field, _ family: Family) -> [IPAddress] {
    sorted(field).filter(family.addresses.contains).map { IPAddress(family, $0) }
  }
}
