import Addresses
public import Ruleset

extension Ruleset {
  /// The rule a reference points at.
  public func rule(_ reference: RuleReference) -> Rule? {
    for table in tables where table.family == reference.family && table.name == reference.table {
      for chain in table.chains where chain.name == reference.chain {
        guard chain.rules.indices.contains(reference.number - 1) else { continue }
        let rule = chain.rules[reference.number - 1]
        if rule.origin == reference.origin, rule.text == reference.text { return rule }
      }
    }
    return nil
  }
}

extension Rule {
  var testedFields: Set<Field> {
    var fields: Set<Field> = []
    for case .test(let test) in steps {
      for constraint in test.arms.flatMap(\.box.constraints) { fields.insert(constraint.field) }
    }
    return fields
  }

  /// The one value that the rule wants of a field, in every way it can match.
  func onlyValue(of field: Field) -> UInt128? {
    for case .test(let test) in steps {
      guard test.arms.count == 1, test.arms[0].result == .goOn else { continue }
      for constraint in test.arms[0].box.constraints where constraint.field == field {
        if let only = constraint.set.intervals.first, constraint.set.intervals.count == 1,
          only.lowerBound == only.upperBound
        {
          return only.lowerBound
        }
      }
    }
    return nil
  }
}
