import Addresses
public import Planning
import Ruleset

/// A plan for people, read from the top; 80 columns.
public struct PlanReport {
  public let plan: Plan
  /// What the endpoints are, as the first sentence says it: `any IPv4 address`.
  let question: String
  /// Where the rules come from, in place of Istio's settings.
  let source: String?
  /// All endpoints by name, however many share a fate.
  let isWhole: Bool
  /// The capture flags as the user typed them, for the commands to go on with.
  let flags: String
  let groups: [PlanGroup]

  public init(
    _ plan: Plan, question: String, source: String? = nil, isWhole: Bool = false, flags: String = ""
  ) {
    self.plan = plan
    self.question = question
    self.source = source
    self.isWhole = isWhole
    self.flags = flags
    groups = PlanGroup.all(of: plan)
  }

  public var text: String {
    let blocks = [
      assumptions.wrapped(to: 80), bypasses, captured, others, alsoBypasses, paste, run, price,
      cautions, next,
    ]
    return blocks.filter { !$0.isEmpty }.map { $0.map { $0 + "\n" }.joined() }
      .joined(separator: "\n")
  }

  // MARK: - What was asked

  var assumptions: String {
    let start = "App traffic leaving the pod, to \(question)."
    guard let settings = plan.settings, source == nil else {
      return "\(start) \(source ?? "No rules")."
    }
    return "\(start) \(settings.assumptions)"
  }

  // MARK: - What becomes of it

  private var bypasses: [String] {
    let groups = groups.filter { $0.fate == .bypass }
    var rows = plan.ranges.map { range in
      Row(
        start: "every port at \(range.prefix)", rule: range.rule,
        families: [range.prefix.family])
    }
    // A rule made for one endpoint stands beside it; what many share is said once, with their names.
    let own = groups.filter { $0.answers.count <= 3 }.flatMap { group in
      group.answers.map { ($0, group.rule) }
    }
    let width = max(14, own.map(\.0.endpoint.name.count).max() ?? 0)
    rows += own.map { Row(start: name($0, width), rule: $1) }
    var lines = rows.isEmpty ? [] : table("BYPASSES the sidecar", rows)
    for group in groups where group.answers.count > 3 {
      let title = lines.isEmpty ? "BYPASSES the sidecar" : "  and"
      lines += group.rule == nil ? ["\(title), for no rule captures it"] : titled(title, group.rule)
      lines += names(of: group)
    }
    return lines.isEmpty ? ["BYPASSES the sidecar", "  none of these servers"] : lines
  }

  private var captured: [String] {
    var lines: [String] = []
    for group in groups where group.fate == .captured || group.fate == .dns {
      let port = group.parts.first?.outcome.port.map { ", port \($0)" } ?? ""
      let to = group.fate == .dns ? "the agent's DNS proxy" : "Envoy"
      lines += titled("STAYS CAPTURED (\(to)\(port))", group.rule)
      lines += names(of: group) + elsewhere(group)
    }
    return lines
  }

  /// What any-address endpoints meet inside excluded ranges, which have lines of their own.
  private func elsewhere(_ group: PlanGroup) -> [String] {
    let split = group.answers.filter { $0.parts.count > group.parts.count && $0.fate == nil }
    guard !split.isEmpty else { return [] }
    let hosts = split.compactMap { answer -> String? in
      if case .host = answer.endpoint.place { answer.endpoint.name } else { nil }
    }
    let names =
      hosts.isEmpty
      ? "" : "; no name is looked up, so \(Self.joined(hosts)) may be there"
    return "but inside a range above it bypasses\(names)".wrapped(to: 76).map { "  \($0)" }
  }

  /// Fates of their own: dropped, local, unknown, and those that differ by address or owner.
  private var others: [String] {
    var lines: [String] = []
    for group in groups {
      switch group.fate {
      case .bypass, .captured, .dns: continue
      case .local: lines += titled("STAYS IN THE POD", group.rule)
      case .drop: lines += titled("DROPPED", group.rule)
      case .reject: lines += titled("REJECTED", group.rule)
      case .unknown:
        lines += group.rule == nil ? ["UNKNOWN"] : titled("UNKNOWN", group.rule)
        lines += group.reasons.flatMap { "because \($0)".wrapped(to: 76) }.map { "  \($0)" }
      case nil:
        lines.append("DEPENDS on \(Self.joined(group.dependencies))")
        lines += group.parts.flatMap { line(of: $0, among: group.parts) }
      }
      lines += names(of: group)
    }
    return lines
  }

  private func line(
    of part: EndpointJudge.Part, among parts: [EndpointJudge.Part]
  ) -> [String] {
    let fate = part.outcome.fate
    let decision =
      part.rule.map { ["rule \($0.number)  \($0.text)"] }
      ?? part.outcome.reason?.wrapped(to: 68) ?? ["no rule"]
    // Places in the pod are told apart from all others.
    let isElse = parts.contains {
      $0.family == part.family && !$0.destinations.isSubset(of: part.family.unicast)
        && $0.destinations != part.destinations
    }
    var place = PlanReport.places(part.destinations, part.family)
    if isElse, place.hasPrefix("anywhere") { place = "anywhere else" + place.dropFirst(8) }
    let owners = part.owners.flatMap(words).map { " for \($0)" } ?? ""
    let ports = part.sourcePorts.map { " from port \($0.words())" } ?? ""
    let interfaces =
      part.interfaces.map { " out by \(PlanReport.names($0).joined(separator: ","))" } ?? ""
    let indent = String(repeating: " ", count: 12)
    return "\(place)\(interfaces)\(ports)\(owners)".wrapped(to: 68).enumerated().map {
      ($0 == 0 ? "  \(fate.rawValue.padded(to: 9)) " : indent) + $1
    } + decision.map { indent + $0 }
  }

  /// Groups and users of apps, or those they are not; nil for all apps.
  private func words(_ owners: EndpointJudge.Owners) -> String? {
    let proxies = plan.settings?.proxies ?? .istioDefault
    func words(_ name: String, _ ids: IntervalSet, _ proxies: IntervalSet) -> String? {
      let others = IntervalSet([0...UInt128(UInt32.max)]).subtracting(proxies).subtracting(ids)
      if others.isEmpty { return nil }
      return others.intervals.count < ids.intervals.count
        ? "any \(name) but \(others.words())" : "\(name) \(ids.words())"
    }
    let all = [
      words("gid", owners.gids, proxies.gids), words("uid", owners.uids, proxies.uids),
    ].compactMap(\.self)
    return all.isEmpty ? nil : all.joined(separator: ", ")
  }

  private static func joined(_ words: [String]) -> String {
    words.count < 2
      ? words.joined() : words.dropLast().joined(separator: ", ") + " and \(words.last ?? "")"
  }

  /// Each interval is one name.
  static func names(_ interfaces: IntervalSet) -> [String] {
    interfaces.intervals.map { "\(InterfaceName(bits: $0.lowerBound))" }
  }

  private func names(of group: PlanGroup) -> [String] {
    let limit = isWhole ? group.answers.count : 5
    let rest = group.answers.count - limit
    var text = group.answers.prefix(limit).map { short($0) }.joined(separator: ", ")
    if rest > 0 { text += " and\u{A0}\(rest)\u{A0}more\u{A0}(--all)" }
    return text.wrapped(to: 76).map { "  " + $0.replacing("\u{A0}", with: " ") }
  }

  private func name(_ answer: Plan.Answer, _ width: Int) -> String {
    let endpoint = answer.endpoint
    let port = "\(endpoint.port)/\(endpoint.transport)"
    let address = endpoint.prefixes.isEmpty ? "" : " \(PlanReport.address(of: endpoint))"
    return endpoint.name.padded(to: width) + " " + port.leftPadded(to: 9)
      + (endpoint.name.contains(address.drop { $0 == " " }) ? "" : address)
  }

  private func short(_ answer: Plan.Answer) -> String {
    let endpoint = answer.endpoint
    return endpoint.name.hasSuffix(":\(endpoint.port)")
      ? endpoint.name : "\(endpoint.name)\u{A0}\(endpoint.port)"
  }
}

// MARK: - Rows with rules

extension PlanReport {
  struct Row {
    var start: String
    var rule: RuleReference?
    var families: [Family] = []
  }

  /// Rows under one title; a chain that all rules share is named there.
  func table(_ title: String, _ rows: [Row]) -> [String] {
    let chains = Set(rows.map { $0.rule.map { "\($0.table) \($0.chain)" } })
    let shared = chains.count == 1 ? chains.first ?? nil : nil
    let width = max(24, rows.map(\.start.count).max() ?? 0)
    let head = shared.map { title.padded(to: width + 4) + "decided by \($0)" } ?? title
    return [head]
      + rows.flatMap { row -> [String] in
        guard let rule = row.rule else { return ["  \(row.start.padded(to: width))  no rule"] }
        let chain = shared == nil ? "\(rule.table) \(rule.chain) " : ""
        let start = "  \(row.start.padded(to: width))  rule \(chain)"
        let whole = "\(start)\("\(rule.number)".padded(to: 2))  \(rule.text)"
        return whole.count <= 80 ? [whole] : ["\(start)\(rule.number)", "      \(rule.text)"]
      }
  }

  func titled(_ title: String, _ rule: RuleReference?) -> [String] {
    guard let rule else { return ["\(title)  no rule"] }
    let whole = "\(title)  rule \(rule.number)  \(rule.text)"
    return whole.count <= 80 ? [whole] : [title, "  rule \(rule.number)  \(rule.text)"]
  }
}
