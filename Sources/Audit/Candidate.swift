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
  /// Oldest first.
  public internal(set) var writers: [Writer]
  /// Nil in interception mode NONE.
  public let config: CaptureConfig?
  /// Nil where a config was given, or nothing is written.
  public let rules: CaptureRules?
  public let ruleset: Ruleset

  /// What the expectation may have become: distinct rulesets, newest Istio last.
  ///
  /// Throws the refusal of the newest where every version refuses.
  static func all(
    for expectation: Expectation, backends: [Istio.Backend], owners: Owners
  ) throws(Refusal) -> [Candidate] {
    var candidates: [Candidate] = []
    var places: [String: Int] = [:]
    var refusal: Refusal?
    for backend in backends {
      for version in expectation.versions where backend == .iptables || version.minor >= 27 {
        for install in expectation.installs {
          do throws(Refusal) {
            let (config, rules) = try Self.rules(of: expectation, version, install, backend)
            let key = "\(backend)\n\(rules?.text ?? "")"
            let writer = Writer(version: version, install: install)
            if let place = places[key] {
              candidates[place].writers.append(writer)
            } else {
              places[key] = candidates.count
              candidates.append(
                Candidate(
                  backend: backend, writers: [writer], config: config, rules: rules,
                  ruleset: (try? rules?.ruleset(owners: owners)) ?? Ruleset()))
            }
          } catch {
            refusal = error
          }
        }
      }
    }
    if candidates.isEmpty, let refusal { throw refusal }
    return candidates
  }

  private static func rules(
    of expectation: Expectation, _ version: IstioVersion, _ install: PodTraffic.Install,
    _ backend: Istio.Backend
  ) throws(Refusal) -> (CaptureConfig?, CaptureRules?) {
    switch expectation.settings {
    case .config(let config):
      let rules = try CaptureRules(for: config, version: version, backend: backend)
      return (config, rules)
    case .pod(let pod):
      let capture = try SidecarCapture(pod, version: version, install: install)
      return (capture.config, try capture.rules(backend))
    }
  }
}

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
    let minors = Set(writers.map(\.version)).sorted()
    var ranges: [(first: IstioVersion, last: IstioVersion)] = []
    for version in minors {
      if let last = ranges.last, last.last.minor + 1 == version.minor {
        ranges[ranges.count - 1].last = version
      } else {
        ranges.append((version, version))
      }
    }
    return ranges.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }
      .joined(separator: ", ")
  }
}
