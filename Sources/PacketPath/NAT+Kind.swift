import Addresses
import Ruleset

extension NAT {
  var isOfDestination: Bool { kind == .redirect || kind == .destination }

  /// Whether it maps to addresses of `family`, or to none in particular.
  func fits(_ family: Family) -> Bool { addresses.map { $0.lowerBound.family == family } ?? true }
}
