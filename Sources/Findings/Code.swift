/// A stable code: what users search for, suppress, and ask `explain` about.
///
/// BP0 manifests, BP1 plans and suggestions, BP2 rules and packets, BP3 live pods, BP4 idle
/// connections. A code is never given a new meaning.
public struct Code: Hashable, Sendable {
  public let id: String
  /// What is wrong or worth knowing, in a few words.
  public let title: String
  /// The severity it has unless a case says otherwise.
  public let severity: Finding.Severity
  /// Why it matters and what to do, in paragraphs.
  public let explanation: String

  public init(
    _ id: String, _ title: String, _ severity: Finding.Severity, _ explanation: String
  ) {
    self.id = id
    self.title = title
    self.severity = severity
    self.explanation = explanation
  }
}

extension Code: CustomStringConvertible {
  public var description: String { id }
}

/// Every code of every command.
public enum Catalogue {
  public static let codes: [Code] =
    (ManifestCodes.all + PlanCodes.all + IdleCodes.all + AuditCodes.all)
    .sorted { $0.id < $1.id }

  /// The code of that name, in either case.
  public static func code(_ id: String) -> Code? {
    codes.first { $0.id == id.uppercased() }
  }
}
