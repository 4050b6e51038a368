public import Answers
public import Documents
import PacketPath
import Ruleset

/// Exactly the traffic whose fate changes from one source of rules to another.
public struct DifferenceReport {
  private let comparison: Comparison
  private let old: String
  private let new: String
  private let isWhole: Bool

  /// - Parameters:
  ///   - old: one sentence: whose rules the old ones are.
  ///   - new: the same of the new ones.
  ///   - isWhole: text and Markdown hold all regions, however many.
  public init(_ comparison: Comparison, old: String, new: String, isWhole: Bool = false) {
    self.comparison = comparison
    self.old = old
    self.new = new
    self.isWhole = isWhole
  }
}

// MARK: - Text

extension DifferenceReport {
  public var text: String {
    var lines = UniverseText.sentence(comparison.universes).wrapped(to: 80)
    for (name, source) in [("old", old), ("new", new)] {
      lines += source.wrapped(to: 73).enumerated().map {
        ($0 == 0 ? "  \(name)  " : "       ") + $1
      }
    }
    for change in comparison.changes {
      let report = TrafficReport(
        traffic: change.traffic, universe: change.universe,
        paths: [("old", change.old), ("new", change.new)], isWhole: isWhole)
      lines += [""] + report.lines(title: Self.title(change))
    }
    return (lines + [""] + conclusion.wrapped(to: 80)).map { $0 + "\n" }.joined()
  }

  private static func title(_ change: Comparison.Change) -> String {
    way(change) + fates(change, arrow: "->", otherwise: "in another way").uppercased()
  }

  private static func way(_ change: Comparison.Change) -> String {
    change.universe.direction == .inbound ? "inbound: " : ""
  }

  private static func fates(
    _ change: Comparison.Change, arrow: String, otherwise: String
  ) -> String {
    change.from == change.to && change.isCertain
      ? "\(change.from.rawValue), \(otherwise)"
      : "\(change.from.rawValue) \(arrow) \(change.to.rawValue)"
  }

  private var conclusion: String {
    let changes = comparison.changes
    if changes.isEmpty { return "No difference: every packet has the same fate under both." }
    if changes.allSatisfy(\.isCertain) { return "Everything else keeps its fate." }
    if changes.contains(where: \.isCertain) {
      return "Where a fate is unknown, a match that is not understood decides; everything else"
        + " keeps its fate."
    }
    return "Can't be told: where the two may differ, a match that is not understood decides."
      + " Everything else keeps its fate."
  }
}

// MARK: - Markdown

extension DifferenceReport {
  /// For a comment on a pull request.
  public var markdown: String {
    var lines = [
      "**\(headline)**", "", "- old: \(old)", "- new: \(new)",
      "- compared: \(UniverseText.sentence(comparison.universes))",
    ]
    if !comparison.changes.isEmpty {
      lines += ["", "| change | which packets | for example |", "|---|---|---|"]
      lines += comparison.changes.map { change in
        let cover = RegionText(in: change.universe, isWhole: isWhole).all(
          change.traffic.cover)
        let outcomes = [change.old, change.new].map { PathReport.verdict($0.outcome) }
        let fates = Self.fates(
          change, arrow: "→", otherwise: outcomes.joined(separator: " → "))
        return MarkdownTable.row([
          Self.way(change) + fates, cover.joined(separator: "<br>"),
          "`\(TrafficReport.example(change.traffic.witness))`",
        ])
      }
      lines += ["", conclusion]
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private var headline: String {
    if comparison.changes.isEmpty { return "No traffic changes its fate." }
    return comparison.changes.contains(where: \.isCertain)
      ? "Traffic changes its fate." : "It can't be told whether traffic changes its fate."
  }
}

// MARK: - JSON

extension DifferenceReport {
  public var json: JSONValue {
    let changes = comparison.changes.map { change in
      let report = TrafficReport(traffic: change.traffic, universe: change.universe, paths: [])
      return JSONValue.fields(
        [
          .init("direction", .string(change.universe.direction.rawValue)),
          .init("from", .string(change.from.rawValue)), .init("to", .string(change.to.rawValue)),
        ] + report.json + [.init("old", side(change.old)), .init("new", side(change.new))])
    }
    return [
      "apiVersion": "bypass-plan/v1", "kind": "Difference",
      "universe": .string(UniverseText.sentence(comparison.universes)),
      "old": .string(old), "new": .string(new), "changes": .array(changes),
    ]
  }

  private func side(_ path: Path) -> JSONValue {
    .object([
      "verdict": .string(path.outcome.word),
      "port": path.outcome.port.map { .integer($0) },
      "decidedBy": path.decidedBy.map(PathReport.json),
    ])
  }
}
