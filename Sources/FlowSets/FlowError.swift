public import Ruleset

/// Why a ruleset has no diagram.
public enum FlowError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A jump leads nowhere or in circles; the kernel refuses such a ruleset too.
  case jump(JumpError)
  /// The diagram outgrew its budget while this was being put together.
  case tooLarge(whileBuilding: String, edges: Int)

  public var description: String {
    switch self {
    case .jump(let error): error.description
    case .tooLarge(let place, let edges):
      "\(place): its exact sets need more than \(edges) intervals; expected rules whose conditions"
        + " depend on each other less"
    }
  }
}
