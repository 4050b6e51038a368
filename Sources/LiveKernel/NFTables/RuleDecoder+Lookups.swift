import Addresses
import CNftnl
import Ruleset

/// Lookups in sets, maps and verdict maps.
extension RuleDecoder {
  mutating func lookup(_ data: Bytes) -> Bool {
    guard let source = data.number(NFTA_LOOKUP_SREG),
      let name = data.attribute(NFTA_LOOKUP_SET)?.text, let set = sets[name],
      let loads = loads(at: source, for: set), let ranges = set.ranges(for: loads)
    else { return false }
    let isNegated = (data.number(NFTA_LOOKUP_FLAGS) ?? 0) & NFT_LOOKUP_F_INV.rawValue != 0
    if set.isDynamic {
      guard data.number(NFTA_LOOKUP_DREG) == nil else { return false }
      dynamicMember(loads, of: set, isNegated: isNegated)
      return true
    }
    switch data.number(NFTA_LOOKUP_DREG) {
    case nil: member(loads, of: set, ranges, isNegated: isNegated)
    case 0: return verdictMap(loads, set, ranges)
    case let target?:
      let mappings = ranges.compactMap { range in
        range.element.data.map {
          RegisterFile.Mapping(box: box(loads, range), data: $0)
        }
      }
      registers.write(
        .mapped(mappings, name: "\(words(loads)) map \(self.words(set, loads, ranges))"),
        to: target,
        width: mappings.first?.data.count ?? 4)
    }
    return true
  }

  /// The loads that make the set's key. Adjacent fields of a header may be a key without padding
  /// only where each is whole words long.
  private func loads(at register: UInt32, for set: SetObject) -> [Load]? {
    if case .adjacent(let loads)? = registers.value(at: register) {
      return loads.allSatisfy { $0.width % 4 == 0 } ? loads : nil
    }
    return registers.key(at: register, length: set.keyLength)
  }

  private mutating func member(
    _ loads: [Load], of set: SetObject, _ ranges: [KeyRange], isNegated: Bool
  ) {
    if loads.count == 1, !ranges.contains(where: { $0.element.isCatchAll }) {
      let numbers = IntervalSet(ranges.compactMap(\.parts.first))
      let relation: Comparison.Relation =
        set.isAnonymous ? .elements(words(set, loads, ranges)) : .named(set.name)
      return require(
        loads[0], Comparison(relation: relation, isNegated: isNegated, numbers: numbers))
    }
    let boxes = ranges.map { box(loads, $0) }
    steps.test(isNegated ? .none(boxes) : .any(boxes))
    text.lookup(loads, "\(isNegated ? "!= " : "")\(words(set, loads, ranges))")
  }

  /// Membership in a set that changes as packets pass: a Boolean of its own.
  private mutating func dynamicMember(_ loads: [Load], of set: SetObject, isNegated: Bool) {
    let keys = loads.map(\.name).joined(separator: " . ")
    let match = UnknownMatch(name: keys, detail: "@\(set.name)")
    for load in loads {
      // A load that breaks off the rule does so whatever the set holds.
      if case .number(let field, let bits) = load.subject, field == .uid || field == .gid {
        steps.require(Constraint(field, in: IntervalSet(0...UInt128.ones(bits))))
      }
    }
    steps.require(Constraint(.unknown(match), is: isNegated ? 0 : 1))
    text.lookup(loads, "\(isNegated ? "!= " : "")@\(set.name)")
  }

  /// Each element's verdict where its key is; a key that is in no element fails the rule.
  private mutating func verdictMap(
    _ loads: [Load], _ set: SetObject, _ ranges: [KeyRange]
  ) -> Bool {
    var arms: [Test.Arm] = []
    for range in ranges {
      guard let verdict = range.element.verdict else { return false }
      arms.append(
        Test.Arm(box(loads, range), verdict == .continue ? .goOn : .verdict(verdict)))
    }
    steps.test(Test(arms))
    text.lookup(loads, "vmap \(words(set, loads, ranges))")
    return true
  }

  private func box(_ loads: [Load], _ range: KeyRange) -> Box {
    Box(
      zip(loads, range.parts).map { load, part in
        let comparison = Comparison(
          relation: .range, isNegated: false, numbers: IntervalSet([part]))
        return load.constraint(in: comparison.numbers, negated: false) ?? unknown(load, comparison)
      })
  }

  // MARK: Words

  private func words(_ loads: [Load]) -> String {
    loads.map(\.name).joined(separator: " . ")
  }

  private func words(_ set: SetObject, _ loads: [Load], _ ranges: [KeyRange]) -> String {
    guard set.isAnonymous else { return "@\(set.name)" }
    return "{ \(set.body(loads, ranges).joined(separator: ", ")) }"
  }
}

extension SetObject {
  /// The elements in nft's words.
  func body(_ loads: [Load], _ ranges: [KeyRange]) -> [String] {
    ranges.map { range in
      let key =
        range.parts.isEmpty
        ? "*"
        : zip(loads, range.parts).map { load, part in load.words(part) }.joined(separator: " . ")
      if let verdict = range.element.verdict { return "\(key) : \(verdict.inNFT)" }
      if let data = range.element.data {
        return "\(key) : \(data.withUnsafeBytes { Bytes($0).hex })"
      }
      return key
    }
  }
}
