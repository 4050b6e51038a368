public import Documents
import Findings
import FlowSets
import Planning

extension SuggestionReport {
  /// `kind: Suggestion`; see `ResultKind.suggestion`.
  public var json: JSONValue {
    switch suggestion.answer {
    case .exclusion(let found):
      check?.holds == false ? json(refuted: found) : json(of: found)
    case .impossible(let refusal): json(of: refusal)
    }
  }

  private func json(of found: Suggestion.Found) -> JSONValue {
    let all = suggestion.kept.union(found.exclusion)
    let packing = found.packing.map { packed -> JSONValue in
      .object([
        "endpoint": .string(suggestion.endpoints[packed.endpoint].name),
        "address": .string(packed.prefix?.short ?? "any"), "port": .integer(packed.port),
        "share": .integer(packed.share),
      ])
    }
    let hit = found.neutralsHit.map { index -> JSONValue in
      .object(["endpoint": .string(suggestion.endpoints[index].name)])
    }
    let regions = (check.map { $0.collateral ?? $0.gained } ?? []).map { region -> JSONValue in
      .object(["cover": region.json])
    }
    return .object([
      "apiVersion": "bypass-plan/v1", "kind": "Suggestion",
      "feasible": true,
      "excludeOutboundPorts": .array(all.ports.map { .integer($0) }),
      "excludeOutboundIPRanges": .array(all.ranges.map { .string("\($0)") }),
      "cost": .integer(found.exclusion.count),
      "proof": .object(["kind": "packing", "endpoints": .array(packing)]),
      "collateral": .array(hit + regions),
      "collateralHoldsWanted": check.map { .bool($0.collateral == nil) },
      "risks": .array(found.risks.map { .integer($0.port) }),
      "withoutRisks": found.withoutRisks.map(json),
      "annotations": .fields(
        found.exclusionAnnotations.map { JSONValue.Field($0.key, .string($0.value)) }),
      "verified": check.map { .bool($0.holds) }, "holdsFor": scopeJSON,
      "cautions": .array(cautions.map(\.json)),
    ])
  }

  private var scopeJSON: JSONValue? {
    let scope = suggestion.scope
    if scope.isEverything { return nil }
    return .object([
      "uids": scope.uids.map { .string($0.words(separator: ",")) },
      "gids": scope.gids.map { .string($0.words(separator: ",")) },
      "otherInterfacesThan": scope.otherInterfaces.isEmpty
        ? nil : .array(scope.otherInterfaces.map { .string($0) }),
    ])
  }

  private func json(refuted found: Suggestion.Found) -> JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Suggestion",
      "feasible": false, "excludeOutboundPorts": [], "excludeOutboundIPRanges": [],
      "proof": .object([
        "kind": "certificate", "endpoints": [],
        "statements": .array(refutations(of: found).map { .string($0) }),
      ]),
      "collateral": [], "verified": false,
    ])
  }

  private func json(of refusal: Suggestion.Refusal) -> JSONValue {
    let named: [Int] =
      if case .conflict(let conflict) = refusal.certificate {
        conflict.endpoints
      } else {
        [refusal.certificate.subject]
      }
    return .object([
      "apiVersion": "bypass-plan/v1", "kind": "Suggestion",
      "feasible": false, "excludeOutboundPorts": [], "excludeOutboundIPRanges": [],
      "proof": .object([
        "kind": "certificate", "endpoints": .array(named.map(endpointName)),
        "statements": .array(statements(of: refusal.certificate).map { .string($0) }),
      ]),
      "collateral": [],
      "impossible": .array(refusal.impossible.map(endpointName)),
      "alternatives": .array(refusal.alternatives.map(json)),
    ])
  }

  private func endpointName(_ index: Int) -> JSONValue {
    .string(suggestion.endpoints[index].name)
  }

  private func json(_ alternative: Suggestion.Alternative) -> JSONValue {
    var wants: [JSONValue] = []
    var others: [JSONValue] = []
    for concession in alternative.concessions {
      switch concession {
      case .want(let endpoint): wants.append(endpointName(endpoint))
      case .neverPort(let port): others.append(.string("--never-ports \(port)"))
      case .keptPort(let port): others.append(.string("kept port \(port)"))
      case .keptRange(let range): others.append(.string("kept range \(range)"))
      }
    }
    return .object([
      "withoutWants": .array(wants), "without": others.isEmpty ? nil : .array(others),
      "exclusion": json(alternative.exclusion.map { .exclusion($0) } ?? .none),
    ])
  }

  private func json(_ variant: Suggestion.Variant) -> JSONValue {
    switch variant {
    case .none: return .object(["feasible": false])
    case .exclusion(let exclusion):
      return .object([
        "feasible": true,
        "excludeOutboundPorts": .array(exclusion.ports.map { .integer($0) }),
        "excludeOutboundIPRanges": .array(exclusion.ranges.map { .string("\($0)") }),
        "cost": .integer(exclusion.count),
      ])
    }
  }
}
