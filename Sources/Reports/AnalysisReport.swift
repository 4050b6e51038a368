import Addresses
public import Answers
public import Documents
import FlowSets
import PacketPath
import Ruleset

/// What becomes of all packets of a universe, by fate, and what became of assertions about it.
public struct AnalysisReport {
  private let analysis: Analysis
  private let checks: [AssertionCheck]
  private let source: String
  private let isWhole: Bool

  /// Dead rules that are shown.
  private static let mostDeadRules = 12

  /// - Parameters:
  ///   - source: one sentence: whose rules these are.
  ///   - isWhole: text and Markdown hold all regions and dead rules, however many.
  public init(
    _ analysis: Analysis, checks: [AssertionCheck] = [], source: String, isWhole: Bool = false
  ) {
    self.analysis = analysis
    self.checks = checks
    self.source = source
    self.isWhole = isWhole
  }
}

// MARK: - Text

extension AnalysisReport {
  public var text: String {
    var lines = UniverseText.sentence([analysis.universe]).wrapped(to: 80)
    lines += source.wrapped(to: 80)
    for part in analysis.parts {
      let report = TrafficReport(
        traffic: part.traffic, universe: analysis.universe, paths: [("", part.path)],
        isWhole: isWhole)
      lines += [""] + report.lines(title: Self.title(part.fate))
    }
    lines += deadRules
    if analysis.universe.destinations == nil, !analysis.undecided.isEmpty {
      let names = analysis.undecided.map(\.title).joined(separator: ", ")
      lines += ["", "No rule looks at \(names): where the pod has it, all of it passes."]
    }
    if analysis.parts.isEmpty { lines += ["", "No packet can be so."] }
    return lines.map { $0 + "\n" }.joined()
  }

  private var deadRules: [String] {
    guard let (shown, more) = shownDeadRules else {
      return ["", "DEAD RULES: \(Self.untold)"]
    }
    if shown.isEmpty { return [] }
    return ["", "DEAD RULES: no packet ever reaches and matches them"]
      + shown.flatMap { dead in
        TrafficReport.rule(dead.rule, after: "  ")
          + Self.why(dead).wrapped(to: 71).map { "         \($0)" }
      } + (more > 0 ? ["  and \(more) more (--all)"] : [])
  }

  /// nil where they are not known.
  private var shownDeadRules: (ArraySlice<DeadRule>, more: Int)? {
    analysis.deadRules.map { dead in
      let shown = dead.prefix(isWhole ? .max : Self.mostDeadRules)
      return (shown, more: dead.count - shown.count)
    }
  }

  private static let untold = "not told; these rules depend on each other too much"

  private static func why(_ dead: DeadRule) -> String {
    guard let first = dead.shadowedBy.first, let last = dead.shadowedBy.last else {
      return "no packet that could match comes here"
    }
    if first.number == last.number { return "taken before by rule \(first.number)" }
    let numbers = IntervalSet(dead.shadowedBy.map { UInt128($0.number)...UInt128($0.number) })
    return numbers.intervals.count <= 8
      ? "taken before by rules \(numbers.words(separator: ","))"
      : "taken before by \(dead.shadowedBy.count) rules, \(first.number) to \(last.number)"
        + " (-o json lists them)"
  }

  static func title(_ fate: Fate) -> String {
    switch fate {
    case .captured: "CAPTURED by the sidecar"
    case .dns: "DNS, answered by the sidecar's agent"
    case .bypass: "BYPASSES the sidecar"
    case .local: "LOCAL: delivered in the pod, past the sidecar"
    case .drop: "DROPPED"
    case .reject: "REJECTED"
    case .unknown: "UNKNOWN: hangs on what is not understood"
    }
  }
}

// MARK: - Markdown

extension AnalysisReport {
  public var markdown: String {
    var lines = ["\(UniverseText.sentence([analysis.universe])) \(source)", ""]
    if analysis.parts.isEmpty {
      return (lines + ["No packet can be so."]).map { $0 + "\n" }.joined()
    }
    lines += ["| fate | packets | which | for example |", "|---|--:|---|---|"]
    lines += analysis.parts.map { part in
      MarkdownTable.row([
        part.fate.rawValue, part.traffic.count.brief,
        RegionText(in: analysis.universe, isWhole: isWhole).all(part.traffic.cover)
          .joined(separator: "<br>"),
        "`\(TrafficReport.example(part.traffic.witness))`",
      ])
    }
    return (lines + deadRulesTable).map { $0 + "\n" }.joined()
  }

  private var deadRulesTable: [String] {
    guard let (shown, more) = shownDeadRules else { return ["", "Dead rules: \(Self.untold)."] }
    if shown.isEmpty { return [] }
    let rows = shown.map { dead in
      let rule = dead.rule
      let family = rule.family == .ip6 ? "ip6 " : ""
      return MarkdownTable.row([
        "\(family)\(rule.table) \(rule.chain) \(rule.number)", "`\(rule.text)`", Self.why(dead),
      ])
    }
    return ["", "| dead rule | | why no packet reaches and matches it |", "|---|---|---|"] + rows
      + (more > 0 ? ["", "And \(more) more (--all)."] : [])
  }
}

// MARK: - JSON

extension AnalysisReport {
  public var json: JSONValue {
    let sets = analysis.parts.map { part in
      let report = TrafficReport(traffic: part.traffic, universe: analysis.universe, paths: [])
      return JSONValue.fields(
        [.init("fate", .string(part.fate.rawValue))] + report.json
          + (part.path.decidedBy.map { [.init("decidedBy", PathReport.json($0))] } ?? []))
    }
    return .object([
      "apiVersion": "bypass-plan/v1", "kind": "Analysis",
      "universe": .string(UniverseText.sentence([analysis.universe])),
      "source": .string(source),
      "sets": .array(sets),
      "deadRules": analysis.deadRules.map { rules in
        .array(
          rules.map { dead in
            .fields(
              PathReport.fields(dead.rule)
                + [.init("shadowedBy", .array(dead.shadowedBy.map(PathReport.json)))])
          })
      },
      "assertions": checks.isEmpty ? nil : .array(checks.map(AssertionReport.json)),
    ])
  }
}
