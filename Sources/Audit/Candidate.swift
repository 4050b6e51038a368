public import Istio
public import Ruleset
import RulesetText

/// One ruleset that Istio may have written for what was asked, and which Istios write just that.
public struct Candidate: Hashable, Sendable {
  public struct Writer: Hashable, Sendable {
    public var version: IstioVersion
    public var install: PodTraffic.Install
  }

  public let backend: Istio.Backend
  /// The newest first.
  public let writers: [Writer]
  /// Nil in interception mode NONE.
  public let config: CaptureConfig?
  public let ruleset: Ruleset

  /// Throws what the newest of the writers refuses.
  init(_ kind: Kind, of expectation: Expectation, owners: Owners) throws(Refusal) {
    let newest = kind.writers[0]
    let rules: CaptureRules?
    switch expectation.settings {
    case .config(let given):
      config = given
      rules = try CaptureRules(for: given, version: newest.version, backend: kind.backend)
    case .pod(let pod):
      let capture = try SidecarCapture(pod, version: newest.version, install: newest.install)
      config = capture.config
      rules = try capture.rules(kind.backend)
    }
    backend = kind.backend
    writers = kind.writers
    ruleset = (try? rules?.ruleset(owners: owners)) ?? Ruleset()
  }
}

// MARK: - Kinds

extension Candidate {
  /// A candidate before its rules are spelled out, which is most of the work: the Istios whose rules
  /// come to the same.
  struct Kind {
    let backend: Istio.Backend
    /// Nil in interception mode NONE.
    let substance: CaptureProgram.Substance?
    /// The newest first.
    var writers: [Writer]
  }

  /// What the expectation may have become, the newest Istio first.
  ///
  /// Throws the refusal of the newest where every version refuses.
  static func kinds(
    of expectation: Expectation, by backends: [Istio.Backend]
  ) throws(Refusal) -> [Kind] {
    var kinds: [Kind] = []
    var refusal: Refusal?
    let writers = expectation.versions.sorted(by: >).flatMap { version in
      expectation.installs.map { Writer(version: version, install: $0) }
    }
    for writer in writers {
      for backend in backends {
        do throws(Refusal) {
          try writer.version.validate(backend)
          let substance = try program(of: expectation, by: writer)?.substance
          let place = kinds.firstIndex { $0.backend == backend && $0.substance == substance }
          if let place {
            kinds[place].writers.append(writer)
          } else {
            kinds.append(Kind(backend: backend, substance: substance, writers: [writer]))
          }
        } catch {
          refusal = refusal ?? error
        }
      }
    }
    if kinds.isEmpty, let refusal { throw refusal }
    return kinds
  }

  private static func program(
    of expectation: Expectation, by writer: Writer
  ) throws(Refusal) -> CaptureProgram? {
    switch expectation.settings {
    case .config(let config): try CaptureProgram(config, version: writer.version)
    case .pod(let pod):
      try SidecarCapture(pod, version: writer.version, install: writer.install).program()
    }
  }
}

// MARK: - Names

extension Candidate {
  /// `Istio 1.25-1.31 istio-init`.
  public var name: String {
    let installs = PodTraffic.Install.allCases.filter { install in
      writers.contains { $0.install == install }
    }
    let words = installs.map { $0 == .cni ? "CNI plugin" : "istio-init" }
    return "Istio \(versions) \(words.joined(separator: " or "))"
  }

  /// `1.19, 1.25-1.31`.
  public var versions: String {
    var ranges: [ClosedRange<Int>] = []
    for minor in writers.map(\.version.minor).sorted() {
      if let last = ranges.last, minor <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...minor
      } else {
        ranges.append(minor...minor)
      }
    }
    return ranges.map {
      $0.count == 1 ? "1.\($0.lowerBound)" : "1.\($0.lowerBound)-1.\($0.upperBound)"
    }
    .joined(separator: ", ")
  }
}
