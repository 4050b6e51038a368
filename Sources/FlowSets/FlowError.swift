public import Ruleset

/// Why a ruleset has no diagram.
public enum FlowError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A jump leads nowhere or in circles; the kernel refuses such a ruleset too.
  case jump(JumpError)
  /// The diagram outgrew its budget while this was being put together.
  case tooLarge(whileBuilding: String, edges: Int)
  /// It asks more questions of a packet, one after another, than are followed.
  case tooDeep(whileBuilding: String, questions: Int)

  public var description: String {
    switch self {
    case .jump(let error): error.description
    case .tooLarge(let place, let edges):
      "\(place): its exact sets need more than \(edges) intervals; expected rules whose conditions"
        + " depend on each other less (simulate answers for one packet)"
    case .tooDeep(let place, let questions):
      "\(place): its exact sets ask more than \(questions) questions of one packet; expected fewer"
        + " matches that are not understood (simulate answers for one packet)"
    }
  }
}
