public import PacketPath
public import Probes

/// Probes that say what they expect, and whether it came so.
public enum ExpectationReport {
  public struct Case {
    public var line: Int
    public var probe: Probe
    /// With its trace.
    public var path: Path

    public init(line: Int, probe: Probe, path: Path) {
      self.line = line
      self.probe = probe
      self.path = path
    }

    var holds: Bool { probe.expected?.holds(for: path.outcome) ?? true }

    /// What the probe says of itself, or else its packet.
    var subject: String { probe.name ?? PathReport.sentence(probe.packet) }

    /// Two tests of one suite do not share a name.
    var name: String { probe.name ?? "line \(line): \(subject)" }

    var verdict: String {
      let expected = probe.expected.map { "expected \($0), " } ?? ""
      return expected + "got \(PathReport.verdict(path.outcome))"
    }
  }

  /// A mismatch with its trace.
  public static func text(_ mismatch: Case, file: String) -> String {
    let trace = PathReport(mismatch.probe, mismatch.path, isWhole: true).traceLines
    return (["\(file):\(mismatch.line): \(mismatch.subject): \(mismatch.verdict)"] + trace)
      .joined(separator: "\n")
  }

  /// A JUnit suite of one test a probe that expects something.
  public static func junit(_ cases: [Case], file: String) -> String {
    let failures = cases.count { !$0.holds }
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      #"<testsuites tests="\#(cases.count)" failures="\#(failures)">"#,
      #"  <testsuite name="\#(file.xml)" tests="\#(cases.count)" failures="\#(failures)">"#,
    ]
    for test in cases {
      let start = #"    <testcase classname="\#(file.xml)" name="\#(test.name.xml)""#
      if test.holds {
        lines.append(start + "/>")
      } else {
        let trace = PathReport(test.probe, test.path, isWhole: true).traceLines
        lines += [
          start + ">",
          #"      <failure message="\#(test.verdict.xml)">\#(trace.joined(separator: "\n").xml)</failure>"#,
          "    </testcase>",
        ]
      }
    }
    return (lines + ["  </testsuite>", "</testsuites>"]).map { $0 + "\n" }.joined()
  }
}

extension String {
  /// Escaped for XML text and attributes; what XML cannot hold becomes U+FFFD.
  var xml: String {
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20: escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
