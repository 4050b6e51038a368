import Addresses
import Ruleset

/// Why a rule did not match, for people: the first condition that failed and the two values.
enum Failure: Hashable, Sendable, CustomStringConvertible {
  case condition(Field, value: UInt128, wanted: IntervalSet, Family)
  /// The value is not known, and none it can have is wanted.
  case outside(Field, domain: IntervalSet, wanted: IntervalSet, Family)
  /// The packet has no such field.
  case absent(Field)
  /// The value is not known.
  case open(Unknown, field: Field, wanted: IntervalSet, Family)
  case noConnection

  var isOpen: Bool {
    if case .open = self { true } else { false }
  }

  var description: String {
    switch self {
    case .condition(let field, let value, let wanted, let family):
      "\(field.name) \(field.text(of: value, in: family)), "
        + "wants \(field.text(of: wanted, in: family))"
    case .outside(let field, let domain, let wanted, let family):
      "\(field.name) \(field.text(of: domain, in: family)), "
        + "wants \(field.text(of: wanted, in: family))"
    case .absent(let field): "no \(field.name)"
    case .open(.match(let match), _, _, _): "\(Unknown.match(match)) is not understood"
    case .open(let unknown, let field, let wanted, let family):
      "\(unknown) is not known, wants \(field.text(of: wanted, in: family))"
    case .noConnection: "no connection to read the mark of"
    }
  }
}

extension Walk {
  func failure(of constraint: Constraint) -> Failure {
    let (field, set) = (constraint.field, constraint.set)
    return switch sight(of: field) {
    case .value(let value): .condition(field, value: value, wanted: set, family)
    case .open(_, let domain) where set.isDisjoint(from: domain):
      .outside(field, domain: domain, wanted: set, family)
    case .open(let unknown, _): .open(unknown, field: field, wanted: set, family)
    case .absent: .absent(field)
    }
  }

  /// The failure of a constraint that holds and must not.
  func exclusion(_ constraint: Constraint) -> Failure {
    let wanted = constraint.set.complement(in: constraint.field.domain(in: family))
    return failure(of: Constraint(constraint.field, in: wanted))
  }
}
