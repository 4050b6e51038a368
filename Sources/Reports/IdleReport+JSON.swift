public import Documents
import IdleTimeouts
import Manifests
import Planning

extension IdleReport {
  /// `kind: Timeouts`; see `ResultKind.timeouts`.
  public var json: JSONValue {
    .object([
      "apiVersion": "bypass-plan/v1", "kind": "Timeouts",
      "endpoints": .array(timeouts.endpoints.map(endpoint)),
      "findings": .array(timeouts.findings.map(\.json)),
    ])
  }

  private func endpoint(_ verdict: IdleVerdict) -> JSONValue {
    .object([
      "name": .string(verdict.name), "proxied": .bool(verdict.proxied),
      "firstToClose": .string(verdict.firstToClose), "after": .string("\(verdict.after)"),
      "symptom": .string("\(verdict.symptom)"), "verdict": .string(verdict.verdict.rawValue),
      "summary": .string(verdict.summary),
      "cause": verdict.cause.map { .string($0.rawValue) },
      "shownBy": verdict.cause.map { .string($0.trace(isProxied: verdict.proxied)) },
      "remedies": .array(verdict.remedies.map { remedy($0, for: verdict.endpoint) }),
      "assumptions": .array(verdict.assumptions.map(Self.assumption)),
      "opening": .string(verdict.path.openingInWords), "evidence": verdict.evidence?.json,
    ])
  }

  private func remedy(_ remedy: Remedy, for endpoint: Endpoint) -> JSONValue {
    let manifests = remedy.manifests(for: endpoint, target: target, version: version)
    return .object([
      "kind": .string(remedy.change.kind), "holds": .bool(remedy.holds),
      "because": .string(remedy.because), "price": .string(remedy.price),
      "yaml": manifests.first.map { .string($0.paste.yaml(for: target)) },
      "others": manifests.count < 2 || !remedy.holds
        ? nil
        : .array(
          manifests.dropFirst().map {
            ["when": .string($0.title), "yaml": .string($0.paste.yaml(for: target))]
          }),
    ])
  }

  private static func assumption(_ assumption: IdleVerdict.Assumption) -> JSONValue {
    .object([
      "what": .string(assumption.what), "value": .string(assumption.value),
      "standing": .string(assumption.standing.rawValue), "source": .string(assumption.source),
    ])
  }
}
