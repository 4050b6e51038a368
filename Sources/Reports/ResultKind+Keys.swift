import Findings
import Ruleset

extension ResultKind {
  var keys: [Shape.Key] {
    switch self {
    case .plan: Self.planKeys
    case .rules: Self.rulesKeys
    case .simulation: Self.simulationKeys
    case .journey: Self.journeyKeys
    case .timeouts: Self.timeoutsKeys
    case .findings: Self.findingsKeys
    case .analysis: Self.analysisKeys
    case .difference: Self.differenceKeys
    case .suggestion: Self.suggestionKeys
    case .audit: Self.auditKeys
    case .lab: Self.labKeys
    }
  }

  // MARK: - Parts

  static let fate = Shape.word(Fate.allCases.map(\.rawValue) + ["mixed"])
  static let family = Shape.word(["ipv4", "ipv6"])

  static let rule = Shape.object(ruleKeys)

  static let ruleKeys: [Shape.Key] = [
    .always("table", .string, "the table's name"),
    .always("chain", .string, "the chain's name"),
    .always("rule", .integer, "place in the chain, from 1"),
    .always("text", .string, "the rule in its own dialect"),
  ]

  static let step = Shape.object([
    .always("table", .string, "the table's name"),
    .always("chain", .string, "the chain's name"),
    .always("rule", .integer, "place in the chain, from 1"),
    .always("text", .string, "the rule in its own dialect"),
    .sometimes("matched", .boolean, "absent where that is not known"),
    .sometimes("why", .string, "the first condition that failed and the two values compared"),
  ])

  /// A set as ports × prefixes × owners; a key left out stands for every value.
  static let cover = Shape.list(coverItem)

  static let coverItem = Shape.object([
    .sometimes("families", .list(family), "families of the packets"),
    .sometimes("protocol", .string, "the protocol above IP"),
    .sometimes("ports", .string, "destination ports: 3307,8000-8010"),
    .sometimes("destinations", .list(.string), "prefixes of destinations"),
    .sometimes("sources", .list(.string), "prefixes of sources"),
    .sometimes("sourcePorts", .string, "source ports"),
    .sometimes("icmp", .string, "type × 256 + code of ICMP or ICMPv6"),
    .sometimes("uids", .string, "owners' user numbers; none: no socket"),
    .sometimes("gids", .string, "owners' group numbers; none: no socket"),
    .sometimes("interfaces", .list(.string), "interfaces"),
    .sometimes("conditions", .list(.string), "anything else"),
  ])

  static let place = Shape.object([
    .always("file", .string, "the file"),
    .always("line", .integer, "from 1"),
    .always("column", .integer, "from 1"),
  ])

  static let finding = Shape.object(findingKeys)

  static let findingKeys: [Shape.Key] = [
    .always("code", .string, "a code that `explain` knows"),
    .always("severity", .word(Finding.Severity.allCases.map(\.rawValue)), "how bad it is"),
    .always("message", .string, "what is the case"),
    .sometimes("file", .string, "the file"),
    .sometimes("line", .integer, "from 1"),
    .sometimes("column", .integer, "from 1"),
    .sometimes("object", .string, "Kind/name, or a pod"),
    .sometimes("related", .list(place), "where its causes stand"),
    .sometimes("fix", .string, "what to do, exact where that is certain"),
  ]

}
