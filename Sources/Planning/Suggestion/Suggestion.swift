public import Addresses
import Istio
public import Ruleset

/// The smallest exclusion that lets some endpoints bypass and keeps others captured, or why there is
/// none.
public struct Suggestion: Sendable {
  public enum Answer: Sendable {
    case exclusion(Found)
    case impossible(Refusal)
  }

  public struct Found: Sendable {
    /// The new entries; what is kept is not among them.
    public var exclusion: Exclusion
    /// The settings with everything excluded that should be: what to paste.
    public var settings: PlanSettings
    /// The proof that nothing costs less: wants with a share each, such that no entry there could be
    /// costs less than the shares of all it would serve. The shares add up to the cost. Where
    /// entries count, each share is one, so no two of these can be served by one entry.
    public var packing: [Packed]
    /// Endpoints that want to bypass and do without a new entry.
    public var served: [Int]
    /// Endpoints that want neither and bypass now, in part at least.
    public var neutralsHit: [Int]
    public var risks: [Risk]
    /// The least exclusion without the risky ports; nil where there is no risk.
    public var withoutRisks: Variant?
  }

  /// An endpoint, or a part of it, by its place in the inventory.
  public struct Packed: Hashable, Sendable {
    public var endpoint: Int
    public var port: UInt16
    /// nil for any address.
    public var prefix: Prefix?
    /// One entry; or so many destinations, where address space is weighed.
    public var share: Int128
  }

  /// A port that more than the wanted servers listen on.
  public struct Risk: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
      /// HTTP and TLS, which half the mesh speaks.
      case common
      case dns
      case istio
      /// An endpoint that did not ask for it.
      case endpoint(Int)
    }

    public var port: UInt16
    public var reason: Reason
  }

  public enum Variant: Hashable, Sendable {
    case exclusion(Exclusion)
    case none
  }

  public struct Refusal: Sendable {
    public var certificate: Impossibility
    /// All endpoints whose want cannot be fulfilled while the captured ones (and kept entries) stand.
    public var impossible: [Int]
    /// Ways out, each enough for the certificate.
    public var alternatives: [Alternative]
  }

  /// What to give up, and what is needed then.
  public struct Alternative: Hashable, Sendable {
    public enum Concession: Hashable, Sendable {
      case want(Int)
      case neverPort(UInt16)
      case keptPort(UInt16)
      case keptRange(Prefix)
    }

    public var concessions: [Concession]
    /// The least exclusion for all the rest; nil where the rest is impossible for other reasons.
    public var exclusion: Exclusion?
  }

  public let endpoints: [Endpoint]
  public let preferences: SuggestionPreferences
  /// Those of which anything is captured.
  public let families: [Family]
  /// What stays excluded beside the suggestion; empty unless asked for.
  public let kept: Exclusion
  /// Whose traffic it speaks of.
  public let scope: Scope
  public let answer: Answer

  /// - Parameters:
  ///   - settings: of the pod; what they exclude counts only where the preferences keep it.
  ///   - local: the pod's own addresses.
  /// - Throws: `WantError` for an inventory that makes no sense, `Refusal` for settings that Istio
  ///   refuses.
  public init(
    for endpoints: [Endpoint], in settings: PlanSettings,
    local: LocalAddresses = LocalAddresses(), preferences: SuggestionPreferences = .init()
  ) throws {
    let kept = preferences.keepsExclusions ? Exclusion(of: settings) : Exclusion()
    let services = endpoints.map { CaptureReach.Service(port: $0.port, transport: $0.transport) }
    let question = SuggestionQuestion(
      endpoints: endpoints, reach: try CaptureReach(settings, local: local, services: services),
      kept: kept, preferences: preferences)
    try self.init(question, in: settings)
  }

  init(_ question: SuggestionQuestion, in settings: PlanSettings) throws {
    endpoints = question.endpoints
    preferences = question.preferences
    families = question.reach.families.sorted()
    kept = question.kept
    scope = question.reach.scope
    answer = try question.answer(in: settings)
  }
}
