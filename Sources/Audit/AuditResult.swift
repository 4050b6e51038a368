public import Findings
public import FlowSets
public import Istio
public import Planning
public import Ruleset
public import RulesetText

/// Whether the rules of a live namespace do what was asked for, and which of its connections go which
/// way.
///
/// Nothing is compared as text: every packet of the pod is, as sets (`Comparison`).
public struct AuditResult: Sendable {
  public let subject: Subject
  public let expectation: Expectation
  /// What was asked, as that Istio writes it whose rules the live ones resemble most.
  public let candidate: Candidate
  /// Whether the live rules treat every packet as the candidate's do.
  public let isEqual: Bool
  /// The gravest first, then by code.
  public let findings: [AuditFinding]
  public let middleware: [MiddlewareRow]
  public let connections: [ConnectionGroup]
  public let listeners: [Listener]
  /// Rules that are not Istio's.
  public let foreign: [RuleReference]

  /// Why no answer can be given.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Istio refuses what was asked for, so that no pod can run with it.
    case refused(Refusal)
    case tooLarge(FlowError)

    public var description: String {
      switch self {
      case .refused(let refusal): "\(refusal)"
      case .tooLarge(let error): "\(error)"
      }
    }
  }

  /// - Parameter owners: numbers of the groups that lists name.
  public init(
    _ subject: Subject, against expectation: Expectation,
    owners: Owners = Owners()
  ) throws(Failure) {
    let candidate: Candidate
    do throws(Refusal) {
      candidate = try Candidate.nearest(to: subject.live, for: expectation, owners: owners)
    } catch {
      throw .refused(error)
    }
    do throws(FlowError) {
      var inquiry = try Inquiry(subject, expectation, candidate)
      try inquiry.run()
      self.subject = subject
      self.expectation = expectation
      self.candidate = candidate
      isEqual = inquiry.comparison.changes.isEmpty
      findings = inquiry.findings.enumerated().sorted {
        ($1.element.finding.severity, $0.element.finding.code.id, $0.offset)
          < ($0.element.finding.severity, $1.element.finding.code.id, $1.offset)
      }.map(\.element)
      middleware = inquiry.middleware
      connections = inquiry.connections
      listeners = inquiry.listeners
      foreign = inquiry.foreign
    } catch {
      throw .tooLarge(error)
    }
  }
}

extension AuditResult {
  /// Whether anything was found that is as bad as `threshold`, or worse.
  public func fails(at threshold: Finding.Severity) -> Bool {
    findings.contains { $0.finding.severity >= threshold }
  }
}

/// A finding and what shows it.
public struct AuditFinding: Sendable {
  public enum Evidence: Sendable {
    case drift(Drift)
    case rules([RuleReference])
    case connections([ConnectionGroup])
  }

  public var finding: Finding
  public var evidence: Evidence?

  init(_ finding: Finding, _ evidence: Evidence? = nil) {
    self.finding = finding
    self.evidence = evidence
  }
}

/// A port that rules send to, and who listens there.
public struct Listener: Hashable, Sendable {
  public var target: CaptureTarget
  /// Nil where nobody does.
  public var socket: Socket?
}
