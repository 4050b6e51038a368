import Addresses
public import Findings
import FlowSets
import Istio
public import Planning
import Ruleset

/// A suggestion for people, read from the top; 80 columns.
public struct SuggestionReport {
  let suggestion: Suggestion
  /// Absent where there is nothing to check.
  let check: SuggestionCheck?
  let cautions: [Finding]
  /// All endpoints by name, however many there are.
  let isWhole: Bool
  /// The capture settings as the user typed them, but for what they exclude.
  let flags: String
  /// The exclusion is a manifest's to say, and no flag counts beside it.
  let isOfManifest: Bool
  /// Where the rules come from, in place of Istio's settings.
  let source: String?

  public init(
    _ suggestion: Suggestion, check: SuggestionCheck?, cautions: [Finding] = [],
    isWhole: Bool = false, flags: String = "", isOfManifest: Bool = false, source: String? = nil
  ) {
    self.suggestion = suggestion
    self.check = check
    self.cautions = cautions
    self.isWhole = isWhole
    self.flags = flags
    self.isOfManifest = isOfManifest
    self.source = source
  }

  public var text: String {
    let blocks: [[String]]
    switch suggestion.answer {
    case .exclusion(let found):
      blocks = check?.holds == false ? text(refuted: found) : text(of: found)
    case .impossible(let refusal): blocks = text(of: refusal)
    }
    return blocks.filter { !$0.isEmpty }.map { $0.map { $0 + "\n" }.joined() }
      .joined(separator: "\n")
  }

  // MARK: - Found

  private func text(of found: Suggestion.Found) -> [[String]] {
    [
      headline(found) + assumptions(found.settings).wrapped(to: 80), bypasses(found), captured,
      alsoBypasses(found), paste(found), proof(found), checked(found), cautionLines, next(found),
    ]
  }

  private func headline(_ found: Suggestion.Found) -> [String] {
    let count = found.exclusion.count
    let best =
      suggestion.preferences.weight == .space ? "none gives away less" : "the fewest that do"
    let isAsked = suggestion.endpoints.contains { $0.want == .bypass }
    let what =
      count == 0
      ? "NOTHING TO EXCLUDE: \(isAsked ? "what wants to bypass does so already" : "nothing wants to bypass")."
      : "EXCLUDE \(words(found.exclusion)): \(Self.entries(count)), \(best)."
    return careful(found) + what.wrapped(to: 80)
  }

  /// The first line, where ports are given away that others use too.
  private func careful(_ found: Suggestion.Found) -> [String] {
    guard let variant = found.withoutRisks else { return [] }
    let risks = found.risks.map { risk in
      switch risk.reason {
      case .common: "\(risk.port) (HTTP or TLS to half the mesh)"
      case .dns: "\(risk.port) (DNS)"
      case .istio: "\(risk.port) (Istio's own)"
      case .endpoint(let other): "\(risk.port) (\(suggestion.endpoints[other].name) has it too)"
      }
    }
    let risky = found.risks.map { "\($0.port)" }
    let flag =
      isWhole || risky.count <= 12
      ? "--never-ports \(risky.joined(separator: ","))" : "--never-ports with all of them"
    let without =
      switch variant {
      case .exclusion(let exclusion): "without it \(Self.entries(exclusion.count))"
      case .none: "without it there is no exclusion"
      }
    let ports = Self.listed(risks, limit: isWhole ? .max : 4)
    return "CAREFUL: excludes port \(ports) for every server; \(without) (\(flag))."
      .wrapped(to: 80)
  }

  private func assumptions(_ settings: PlanSettings) -> String {
    let kept = suggestion.kept.isEmpty ? "" : " Kept: \(words(suggestion.kept))."
    let whose =
      scopeWords.map { "App traffic \($0), leaving the pod; all other bypasses anyway." }
      ?? "App traffic leaving the pod."
    return "\(whose) \(source ?? settings.assumptions)\(kept)"
  }

  private func bypasses(_ found: Suggestion.Found) -> [String] {
    let all = suggestion.kept.union(found.exclusion)
    let ports = Set(all.ports)
    let served = Set(found.served)
    let wanted = suggestion.endpoints.indices.filter { suggestion.endpoints[$0].want == .bypass }
    let shown = isWhole ? wanted[...] : wanted.prefix(12)
    let rows = shown.map { index -> (String, String) in
      let endpoint = suggestion.endpoints[index]
      let by: String
      if served.contains(index), suggestion.kept.isEmpty {
        by = "nothing: it does anyway"
      } else if ports.contains(endpoint.port) {
        by = "port \(endpoint.port)"
      } else {
        let ranges = all.ranges.filter { range in
          endpoint.prefixes.contains {
            $0.family == range.family && $0.range.overlaps(range.range)
          }
        }
        by = ranges.isEmpty ? "nothing: it does anyway" : Self.listed(ranges.map(\.description))
      }
      return (name(endpoint), by)
    }
    guard !rows.isEmpty else { return [] }
    let width = max(20, rows.map(\.0.count).max() ?? 0)
    let more = wanted.count - shown.count
    return ["BYPASSES the sidecar".padded(to: width + 4) + "by"]
      + rows.map { "  \($0.padded(to: width))  \($1)" }
      + (more > 0 ? ["  and \(more) more (--all)"] : [])
  }

  private var captured: [String] {
    let held = suggestion.endpoints.filter { $0.want == .captured }
    guard !held.isEmpty else { return [] }
    return ["STAYS CAPTURED"]
      + Self.listed(held.map(name), limit: isWhole ? .max : 5).wrapped(to: 76).map { "  \($0)" }
  }

  private func alsoBypasses(_ found: Suggestion.Found) -> [String] {
    let hit = found.neutralsHit.map { name(suggestion.endpoints[$0]) }
    guard let check, !hit.isEmpty || check.collateral?.isEmpty != true else { return [] }
    var lines: [String] = []
    if !hit.isEmpty {
      lines.append("of these endpoints: \(Self.listed(hit, limit: isWhole ? .max : 5))")
    }
    let regions = check.collateral?.isEmpty == true ? [] : check.gained
    lines += regions.prefix(isWhole ? .max : 8).map(others)
    if regions.count > 8, !isWhole { lines.append("and \(regions.count - 8) more (--all)") }
    return ["ALSO BYPASSES, which nobody asked for"]
      + lines.flatMap { $0.wrapped(to: 76).map { "  \($0)" } }
  }

  private func paste(_ found: Suggestion.Found) -> [String] {
    let annotations = found.exclusionAnnotations
    guard !annotations.isEmpty else { return [] }
    if found.settings.isWholeConfig {
      return ["WRITE in the capture config"]
        + [
          ("OutboundPortsExclude", all(found).ports.map(String.init)),
          ("OutboundIPRangesExclude", all(found).ranges.map(\.description)),
        ].filter { !$1.isEmpty }.map { "  \($0): \"\($1.joined(separator: ","))\"" }
    }
    return ["PASTE under spec.template.metadata.annotations (not the Deployment's own)"]
      + annotations.map { "  \($0.key): \"\($0.value)\"" }
  }

  private func proof(_ found: Suggestion.Found) -> [String] {
    guard !found.packing.isEmpty else { return [] }
    let weighsSpace = suggestion.preferences.weight == .space
    let rows = found.packing.prefix(isWhole ? .max : 12).map { packed in
      (suggestion.endpoints[packed.endpoint].name, Self.place(packed.prefix, packed.port))
    }
    let width = rows.map { $0 == $1 ? 0 : $0.count }.max() ?? 0
    let shown = zip(rows, found.packing).map { row, packed in
      let share = weighsSpace ? "  \(packed.share)" : ""
      return (row.0 == row.1 ? row.1 : "\(row.0.padded(to: width))  \(row.1)") + share
    }
    let more = found.packing.count - shown.count
    let title =
      weighsSpace
      ? [
        "WHY NOT LESS than \(found.packing.reduce(0) { $0 + $1.share }) destinations "
          + "(address and port): each of",
        "these has a share, and no port or range that may be excluded holds fewer",
        "destinations than the shares of all it would serve",
      ]
      : found.packing.count == 1
        ? ["WHY NOT NONE: this is captured as it stands"]
        : [
          "WHY NO FEWER than \(found.packing.count): no two of these share a port or a range "
            + "that may be",
          "excluded, so each needs an entry of its own",
        ]
    return title + shown.map { "  \($0)" } + (more > 0 ? ["  and \(more) more (--all)"] : [])
  }

  private func checked(_ found: Suggestion.Found) -> [String] {
    guard let check else { return [] }
    let verdict =
      "CHECKED in the rules Istio \(found.settings.capture.version) would write, for all packets"
      + (scopeWords.map { " \($0)" } ?? "")
      + ": all that is wanted bypasses, nothing that is wanted captured does."
    return
      (verdict + " " + Self.words(check.ofProxy, of: "Envoy's own traffic") + " "
      + Self.words(check.ofDNS, of: "DNS")).wrapped(to: 80)
  }

  private static func words(_ changes: [SuggestionCheck.FateChange], of whose: String) -> String {
    if changes.isEmpty { return "\(whose): no change." }
    let parts = changes.map { change in
      "\(listed(change.regions.map(words), limit: 2)): "
        + (change.from == change.to
          ? "\(change.from.rawValue), in another way"
          : "\(change.from.rawValue) -> \(change.to.rawValue)")
    }
    return "\(whose) changes: \(listed(parts, limit: 3))."
  }

  private var cautionLines: [String] {
    cautions.isEmpty ? [] : ["CAUTIONS"] + cautions.lines
  }

  /// Everything that is to be excluded in the end.
  private func all(_ found: Suggestion.Found) -> Exclusion {
    suggestion.kept.union(found.exclusion)
  }

  private func next(_ found: Suggestion.Found) -> [String] {
    let all = all(found)
    let annotations = found.settings.pod.annotations
    // An empty list ends an inherited one, and has to be said as well.
    func flag(_ name: String, _ setting: TrafficSetting, _ list: [String]) -> String? {
      if !list.isEmpty { return "\(name) \(list.joined(separator: ","))" }
      return annotations[setting.annotation] == "" ? "\(name) ''" : nil
    }
    let exclusion = [
      flag("--exclude-ports", .excludeOutboundPorts, all.ports.map(String.init)),
      flag("--exclude-ip-ranges", .excludeOutboundIPRanges, all.ranges.map(\.description)),
    ].compactMap(\.self)
    guard !all.isEmpty || !exclusion.isEmpty else { return [] }
    if isOfManifest || found.settings.isWholeConfig {
      let place = isOfManifest ? "pasted" : "in the config"
      return Self.fitting(ShellCommand("NEXT  once it is \(place):  bypass-plan", flags: flags))
    }
    return Self.fitting(ShellCommand("NEXT  by which rule:  bypass-plan", exclusion, flags: flags))
  }

  /// Nothing where a list is too long for a line.
  private static func fitting(_ command: ShellCommand) -> [String] {
    let lines = command.lines(indent: 24)
    return lines.allSatisfy { $0.count <= 80 } ? lines : []
  }
}
