public import Answers
import Documents
public import FlowSets
import PacketPath
import Ruleset

/// Which assertions hold, and of those that do not a packet that shows it.
public struct AssertionReport {
  private let checks: [AssertionCheck]
  private let universe: Universe
  private let source: String
  private let isWhole: Bool

  /// - Parameters:
  ///   - source: one sentence: whose rules these are.
  ///   - isWhole: text holds all regions of what speaks against, however many.
  public init(
    _ checks: [AssertionCheck], in universe: Universe, source: String, isWhole: Bool = false
  ) {
    self.checks = checks
    self.universe = universe
    self.source = source
    self.isWhole = isWhole
  }
}

// MARK: - Text

extension AssertionReport {
  public var text: String {
    var lines = UniverseText.sentence([universe]).wrapped(to: 80) + source.wrapped(to: 80) + [""]
    for check in checks {
      lines.append("\(Self.word(check.result).padded(to: 9))\(check.assertion.text)")
      lines += against(check)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func word(_ result: AssertionCheck.Result) -> String {
    switch result {
    case .holds: "holds"
    case .refuted: "REFUTED"
    case .unknown: "UNKNOWN"
    case .empty: "EMPTY"
    }
  }

  /// What speaks against it, with the whole way of one packet.
  private func against(_ check: AssertionCheck) -> [String] {
    guard let other = check.against else {
      return check.result == .empty ? ["  speaks of no packet that there can be"] : []
    }
    return TrafficReport(
      traffic: other.traffic, universe: check.universe, paths: [], isWhole: isWhole
    )
    .lines(title: AnalysisReport.title(other.fate), width: 78).map { "  \($0)" }
      + PathReport(.init(other.traffic.witness), other.path, isWhole: false).traceLines.map {
        "    \($0)"
      }
  }
}

// MARK: - JUnit

extension AssertionReport {
  /// A suite of one test an assertion.
  public var junit: String {
    let failures = checks.count { $0.result != .holds }
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      #"<testsuites tests="\#(checks.count)" failures="\#(failures)">"#,
      #"  <testsuite name="assertions" tests="\#(checks.count)" failures="\#(failures)">"#,
    ]
    for check in checks {
      let start = #"    <testcase classname="assertions" name="\#(check.assertion.text.xml)""#
      if check.result == .holds {
        lines.append(start + "/>")
      } else {
        let detail = against(check).joined(separator: "\n").xml
        lines += [
          start + ">",
          #"      <failure message="\#(check.result.rawValue)">\#(detail)</failure>"#,
          "    </testcase>",
        ]
      }
    }
    return (lines + ["  </testsuite>", "</testsuites>"]).map { $0 + "\n" }.joined()
  }
}

// MARK: - JSON

extension AssertionReport {
  static func json(_ check: AssertionCheck) -> JSONValue {
    .object([
      "assertion": .string(check.assertion.text),
      "result": .string(check.result.rawValue),
      "fate": check.against.map { .string($0.fate.rawValue) },
      "count": check.against.map { .string("\($0.traffic.count)") },
      "cover": check.against.map { .array($0.traffic.cover.map(\.json)) },
      "witness": check.against.map { TrafficReport.json($0.traffic.witness) },
      "decidedBy": check.against?.path.decidedBy.map(PathReport.json),
    ])
  }
}
