import Addresses
import Answers
public import Audit
public import Documents
import Findings
import Istio
import LiveKernel
import Planning
import Ruleset

/// Audits as one document of kind `Audit`.
public enum AuditDocument {
  public static func json(_ results: [AuditResult]) -> JSONValue {
    [
      "apiVersion": "bypass-plan/v1", "kind": "Audit",
      "namespaces": .array(results.map(namespace)),
    ]
  }

  private static func namespace(_ result: AuditResult) -> JSONValue {
    let subject = result.subject
    return [
      "name": .string(subject.name), "inode": .integer(subject.pod.inode),
      "pods": .array([pod(subject.pod, subject.proxy)]),
      "rulesetHash": .string(subject.live.ruleset.fingerprint),
      "backends": .array(subject.live.ruleset.heldBackends.map { .string($0.rawValue) }),
      "expectation": expectation(result),
      "findings": .array(result.findings.map { finding($0) }),
      "connections": .array(result.connections.map(group)),
      "middleware": .array(result.middleware.map(row)),
      "listeners": .array(result.listeners.map(listener)),
    ]
  }

  private static func pod(_ pod: Pod, _ proxy: Pod.Proxy?) -> JSONValue {
    .object([
      "namespace": pod.namespace.map { .string($0) }, "name": pod.name.map { .string($0) },
      "uid": pod.uid.map { .string($0) },
      "proxy": proxy.map {
        [
          "pid": .integer($0.process.pid), "process": .string($0.process.name),
          "uid": .integer($0.owner.uid), "gid": .integer($0.owner.gid),
        ]
      },
    ])
  }

  private static func expectation(_ result: AuditResult) -> JSONValue {
    .object([
      "istioVersions": .string(result.candidate.versions),
      "backend": .string(result.candidate.backend.rawValue),
      "installs": .array(
        PodTraffic.Install.allCases.filter { install in
          result.candidate.writers.contains { $0.install == install }
        }.map { .string($0.rawValue) }),
      "isEqual": .bool(result.isEqual),
      "asked": .array(
        result.expectation.origins.map {
          ["value": .string($0.value), "from": .string($0.place)]
        }),
      "knowsMesh": .bool(result.expectation.knowsMesh),
      "gap": result.expectation.gap.map { .string($0) },
    ])
  }

  private static func finding(_ item: AuditFinding) -> JSONValue {
    guard case .fields(var fields) = item.finding.json else { return .null }
    switch item.evidence {
    case .drift(let drift):
      let change = drift.change
      fields += [
        .init("direction", .string(change.universe.direction.rawValue)),
        .init("sender", .string(change.universe.sender.rawValue)),
        .init("from", .string(change.from.rawValue)), .init("to", .string(change.to.rawValue)),
        .init("count", .string("\(change.traffic.count)")),
        .init("cover", .array(change.traffic.cover.map(\.json))),
        .init("witness", TrafficReport.json(drift.witness)),
      ]
      if let rule = drift.asked { fields.append(.init("asked", Self.rule(rule, isLive: false))) }
      if let rule = drift.live { fields.append(.init("live", Self.rule(rule, isLive: true))) }
    case .rules(let rules):
      fields.append(.init("rules", .array(rules.map { rule($0, isLive: true) })))
    case .connections(let groups):
      fields.append(
        .init("destinations", .array(groups.map { .string("\($0.destination)") })))
    case nil: break
    }
    return .fields(fields)
  }

  private static func rule(_ rule: RuleReference, isLive: Bool) -> JSONValue {
    var handle: JSONValue?
    if isLive, case .handle(let number)? = rule.origin { handle = .integer(number) }
    return .object([
      "family": .string(rule.family.rawValue), "table": .string(rule.table),
      "chain": .string(rule.chain), "rule": .integer(rule.number), "handle": handle,
      "text": .string(rule.text),
    ])
  }

  private static func group(_ group: ConnectionGroup) -> JSONValue {
    .object([
      "destination": .string("\(group.destination)"),
      "middleware": group.middleware.map { .string($0.name) },
      "proxied": .array(
        group.proxied.map { pair in
          .object([
            "application": socket(pair.application.socket),
            "proxy": pair.proxy.map { socket($0.socket) },
            "pairing": .string(pair.confidence?.rawValue ?? "unpaired"),
          ])
        }),
      "direct": .array(group.direct.map { socket($0.socket) }),
      "unknown": .array(group.unknown.map { socket($0.socket) }),
      "unpairedUpstream": .array(group.unpairedUpstream.map { socket($0.socket) }),
    ])
  }

  private static func socket(_ socket: Socket) -> JSONValue {
    let holder = socket.holders.first
    return .object([
      "local": .string("\(socket.local)"), "state": .string("\(socket.state)"),
      "uid": .integer(socket.uid), "pid": holder.map { .integer($0.pid) },
      "process": holder.map { .string($0.name) },
      "timer": .string(AuditFindingText.timer(socket.timer)),
      "keepalive": .bool(socket.timer.isKeepalive),
      "idleMilliseconds": socket.traffic.map { .integer($0.idle) },
      "retransmits": .integer(socket.retransmits), "sendQueue": .integer(socket.sendQueue),
    ])
  }

  private static func row(_ row: MiddlewareRow) -> JSONValue {
    .object([
      "name": .string(row.name), "port": .integer(row.port),
      "protocol": .string("\(row.transport)"),
      "asked": .string(row.asked?.rawValue ?? "mixed"),
      "live": .string(row.live?.rawValue ?? "mixed"), "direct": .integer(row.direct),
      "proxied": .integer(row.proxied), "unknown": .integer(row.unknown),
      "newConnections": row.newConnections.map { .integer($0) },
    ])
  }

  private static func listener(_ listener: Listener) -> JSONValue {
    .object([
      "port": .integer(listener.target.port),
      "protocol": .string("\(listener.target.transport)"),
      "pid": listener.socket?.holders.first.map { .integer($0.pid) },
      "uid": listener.socket.map { .integer($0.uid) }, "listens": .bool(listener.socket != nil),
    ])
  }
}

extension Socket.Timer {
  fileprivate var isKeepalive: Bool {
    if case .keepalive = self { true } else { false }
  }
}
