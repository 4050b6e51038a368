import Ruleset

extension Outcome {
  /// Why it is unknown; nil where it is known.
  var reason: String? {
    if case .unknown(let reason) = self { reason } else { nil }
  }
}
