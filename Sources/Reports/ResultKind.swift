public import Documents

/// The kinds of JSON documents the commands print.
public enum ResultKind: String, CaseIterable, Sendable {
  case plan = "Plan"
  case rules = "Rules"
  case simulation = "Simulation"
  case journey = "Journey"
  case timeouts = "Timeouts"
  case findings = "Findings"
  case analysis = "Analysis"
  case difference = "Difference"
  case suggestion = "Suggestion"
  case audit = "Audit"
  case lab = "Lab"

  /// The kind of that name, in any case.
  public init?(named name: String) {
    guard let kind = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() })
    else { return nil }
    self = kind
  }

  /// The kind's JSON Schema (draft 2020-12).
  public var schema: JSONValue {
    let keys: [Shape.Key] =
      [
        .always("apiVersion", .word(["bypass-plan/v1"]), "the version of this contract"),
        .always("kind", .word([rawValue]), "what the document is"),
      ] + keys
    guard case .fields(let fields) = Shape.object(keys).schema else { return .null }
    return .fields(
      [
        .init("$schema", "https://json-schema.org/draft/2020-12/schema"),
        .init("title", .string("bypass-plan \(rawValue)")),
      ] + fields)
  }
}
