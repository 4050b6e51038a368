import Planning
import Ruleset

/// Endpoints whose traffic meets the same fates by the same rules.
struct PlanGroup {
  var answers: [Plan.Answer]
  /// Without the parts inside excluded ranges, which have lines of their own.
  var parts: [EndpointJudge.Part]

  /// nil where parts differ.
  var fate: Fate? {
    let fates = Set(parts.map(\.outcome.fate))
    return fates.count == 1 ? fates.first : nil
  }

  /// The rule that all parts share; both families may have one each, of the same words.
  var rule: RuleReference? {
    let rules = Set(parts.map { $0.rule.map(RuleWords.init) })
    return rules.count == 1 ? parts.first?.rule : nil
  }

  /// Why parts are unknown, each reason once.
  var reasons: [String] {
    var seen: Set<String> = []
    return parts.compactMap(\.outcome.reason).filter { seen.insert($0).inserted }
  }

  /// What the parts' fates hang on, in words.
  var dependencies: [String] {
    let first = parts.first
    let found = [
      parts.contains { $0.family != first?.family || $0.destinations != first?.destinations }
        ? "where it goes" : nil,
      parts.contains { $0.interfaces != nil } ? "its way out" : nil,
      parts.contains { $0.sourcePorts != nil } ? "its source port" : nil,
      parts.contains { $0.owners != nil } ? "who sends it" : nil,
    ]
    return found.compactMap(\.self)
  }

  /// What makes endpoints one group: where all parts meet one fate by one rule, just these and why
  /// the fate is unknown.
  private enum Likeness: Hashable {
    case alike(Fate, RuleWords?, [String])
    case parts([EndpointJudge.Part])
  }

  private struct RuleWords: Hashable {
    var table: String
    var chain: String
    var number: Int

    init(_ rule: RuleReference) {
      table = rule.table
      chain = rule.chain
      number = rule.number
    }
  }

  /// In order of their first endpoint.
  static func all(of plan: Plan) -> [PlanGroup] {
    var groups: [PlanGroup] = []
    var places: [Likeness: Int] = [:]
    let ofRanges = Set(plan.ranges.compactMap(\.rule))
    for answer in plan.answers {
      let group = PlanGroup(answers: [answer], parts: remaining(of: answer, besides: ofRanges))
      let likeness = group.likeness
      if let place = places[likeness] {
        groups[place].answers.append(answer)
      } else {
        places[likeness] = groups.count
        groups.append(group)
      }
    }
    return groups
  }

  private var likeness: Likeness {
    let rules = Set(parts.map { $0.rule.map(RuleWords.init) })
    guard let fate, rules.count == 1, let rule = rules.first else { return .parts(parts) }
    return .alike(fate, rule, reasons)
  }

  /// - Parameter rules: Those of excluded ranges.
  private static func remaining(
    of answer: Plan.Answer, besides rules: Set<RuleReference>
  ) -> [EndpointJudge.Part] {
    guard answer.endpoint.prefixes.isEmpty else { return answer.parts }
    let rest = answer.parts.filter { part in
      guard part.outcome.fate == .bypass, let rule = part.rule else { return true }
      return !rules.contains(rule)
    }
    return rest.isEmpty ? answer.parts : rest
  }
}
