import Addresses
public import Documents
import Findings
import FlowSets
import Istio
import Planning
import Ruleset

extension PlanReport {
  /// `kind: Plan`; see `ResultKind.plan`.
  public var json: JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Plan",
      "config": config,
      "endpoints": .array(endpoints),
      "collateral": .array(plan.collateral.map(\.json)),
      "annotations": .fields(
        (plan.settings?.annotations ?? []).map { JSONValue.Field($0.key, .string($0.value)) }),
      "cautions": .array(plan.cautions.map(\.json)),
    ])
  }

  private var config: JSONValue {
    let settings = plan.settings
    return .object([
      "istioVersion": settings.map { .string("\($0.capture.version)") },
      "backend": settings.map { .string($0.backend.rawValue) },
      "install": settings.map { .string($0.capture.install.rawValue) },
      "interceptionMode": settings?.capture.setting(.interceptionMode).map { .string($0.text) },
      "dnsCapture": settings?.capture.config.map { .bool($0.redirectDNS) },
      "settings": settings.map { settings in
        .fields(
          settings.capture.settings.filter { !$0.text.isEmpty }.map {
            JSONValue.Field($0.setting.rawValue, .string($0.text))
          })
      },
      "source": source.map { .string($0) },
      "families": .array(plan.families.map { .string("\($0)") }),
    ])
  }

  private var endpoints: [JSONValue] {
    var passing: [RuleReference: [String]] = [:]
    for answer in plan.answers {
      for rule in answer.passedBy { passing[rule, default: []].append(answer.endpoint.name) }
    }
    return plan.answers.map { endpoint($0, passing) }
  }

  /// So many are named, lest the answer grow with the square of the endpoints: the cover holds all.
  private static let mostNames = 100

  /// - Parameter passing: The endpoints that each rule lets pass.
  private func collateral(of answer: Plan.Answer, _ passing: [RuleReference: [String]])
    -> [JSONValue]
  {
    let regions = plan.collateral(of: answer)
    if regions.isEmpty { return [] }
    var seen: Set<String> = [answer.endpoint.name]
    let names = answer.passedBy.flatMap { passing[$0, default: []].prefix(Self.mostNames + 1) }
      .filter { seen.insert($0).inserted }
    return names.prefix(Self.mostNames).map { ["endpoint": .string($0)] }
      + [["cover": .array(regions.map(\.json))]]
  }

  private func endpoint(_ answer: Plan.Answer, _ passing: [RuleReference: [String]]) -> JSONValue {
    let endpoint = answer.endpoint
    return .object([
      "name": .string(endpoint.name),
      "address": .string(endpoint.prefixes.isEmpty ? "any" : PlanReport.address(of: endpoint)),
      "port": .integer(endpoint.port),
      "protocol": .string("\(endpoint.transport)"),
      "want": endpoint.want == .either ? nil : .string(endpoint.want.rawValue),
      "fate": .string(answer.fate?.rawValue ?? "mixed"),
      "fates": .array(answer.parts.map { fate($0, of: answer) }),
      "collateral": .array(collateral(of: answer, passing)),
    ])
  }

  private func fate(_ part: EndpointJudge.Part, of answer: Plan.Answer) -> JSONValue {
    let isOnly = answer.parts.count { $0.family == part.family } == 1
    var when: JSONValue?
    if !isOnly {
      let prefixes = Prefix.cover(of: part.destinations, in: part.family)
      when = .array([
        .object([
          "destinations": .array(prefixes.map { .string("\($0)") }),
          "uids": part.owners.map { .string($0.uids.words()) },
          "gids": part.owners.map { .string($0.gids.words()) },
          "sourcePorts": part.sourcePorts.map { .string($0.words()) },
          "interfaces": part.interfaces.map { .array(PlanReport.names($0).map { .string($0) }) },
        ])
      ])
    }
    return .object([
      "family": .string("\(part.family)"),
      "fate": .string(part.outcome.fate.rawValue),
      "reason": part.outcome.reason.map { .string($0) },
      "when": when,
      "decidedBy": part.rule.map(PathReport.json),
    ])
  }
}

extension Plan.Answer {
  /// The rules that let some of its traffic bypass, each once.
  fileprivate var passedBy: [RuleReference] {
    var seen: Set<RuleReference> = []
    return parts.filter { $0.outcome.fate == .bypass }.compactMap(\.rule)
      .filter { seen.insert($0).inserted }
  }
}

extension Finding {
  /// An item of `findings` and `cautions`.
  var json: JSONValue {
    .object([
      "code": .string(code.id), "severity": .string(severity.rawValue),
      "message": .string(message), "file": location.map { .string($0.file) },
      "line": location.map { .integer($0.line) }, "column": location.map { .integer($0.column) },
      "object": object.map { .string($0) },
      "related": related.isEmpty ? nil : .array(related.map(\.json)),
      "fix": fix.map { .string($0) },
    ])
  }
}

extension Location {
  fileprivate var json: JSONValue {
    ["file": .string(file), "line": .integer(line), "column": .integer(column)]
  }
}
