/// A partition of the bits of a masked field.
///
/// Masks that overlap would make levels that know of each other. So the bits are split into the
/// coarsest groups of which every mask is a union, and each group is a level of its own: masks
/// stay consistent and no bit is asked twice.
struct BitGroups {
  /// Each group's bits, the group with the highest bit first; bits in no mask are in no group.
  let groups: [UInt32]

  /// Bits of `singly` get a group each, for a formula mixes them with each other.
  init(masks: some Sequence<UInt32>, singly: UInt32 = 0) {
    let masks = Set(masks).sorted()
    var groups: [[Bool]: UInt32] = [:]
    var single: [UInt32] = []
    for bit in (0..<32).map({ UInt32(1) << $0 }) {
      let signature = masks.map { $0 & bit != 0 }
      if !signature.contains(true) { continue }
      if singly & bit != 0 { single.append(bit) } else { groups[signature, default: 0] |= bit }
    }
    self.groups = (Array(groups.values) + single).sorted(by: >)
  }
}

extension UInt32 {
  /// The bits of `mask` in this number, moved together at the low end. It keeps the order of numbers
  /// that are within the mask.
  func gathered(_ mask: UInt32) -> UInt128 {
    var value: UInt128 = 0
    var rest = mask
    var place: UInt128 = 0
    while rest != 0 {
      let bit = rest & (~rest &+ 1)
      if self & bit != 0 { value |= 1 << place }
      place += 1
      rest &= rest - 1
    }
    return value
  }
}
