import Documents
import IdleTimeouts
import Planning
import Ruleset

/// What a live namespace shows.
extension IdleReport {
  /// The endpoint's connections there, and what they speak for.
  static func seen(_ verdict: IdleVerdict) -> [String] {
    guard let evidence = verdict.evidence else { return [] }
    return evidence.groups.flatMap(lines)
      + evidence.observations.flatMap { observation in
        hanging(
          observation.isFault ? "  FAULT " : "  so    ",
          "\(observation.connections): \(observation.meaning)")
      }
  }

  /// Of the columns that `seen` has.
  static var seenHead: String {
    "SEEN in the live namespace".padded(to: timerColumn) + " timer             idle   entry"
  }

  private static let timerColumn = 37
  private static let most = 4

  private static func lines(_ group: ConnectionGroup) -> [String] {
    let shown = group.proxied.prefix(most)
    var lines = ["  to \(group.destination) \(group.name)"]
    for pair in shown {
      lines += line("app", pair.application, "")
      if let proxy = pair.proxy { lines += line("envoy", proxy, pair.confidence?.rawValue ?? "") }
    }
    let others: [(String, [Connection], String)] = [
      ("envoy", group.unpairedUpstream, "unpaired"), ("app", group.direct, "direct"),
      ("app", group.unknown, "untracked"),
    ]
    var rest = group.proxied.count - shown.count
    for (side, connections, note) in others {
      lines += connections.prefix(most).flatMap { line(side, $0, note) }
      rest += max(0, connections.count - most)
    }
    return lines + (rest > 0 ? ["  and \(rest) more (-o json)"] : [])
  }

  private static func line(_ side: String, _ connection: Connection, _ note: String) -> [String] {
    let socket = connection.socket
    let state = socket.state == .established ? "" : " \(socket.state.word)"
    let start = "  \(side.padded(to: 6)) \(socket.local)\(state)"
    let idle = socket.traffic.map { AuditFindingText.span(milliseconds: $0.idle) } ?? "?"
    let entry = connection.entry.map { left($0.timeout) } ?? "none"
    let rest =
      "\(AuditFindingText.timer(socket.timer).padded(to: 15))\(idle.leftPadded(to: 7)) "
      + "\(entry.leftPadded(to: 7))  \(note)"
    // Addresses of IPv6 need a line of their own.
    let lines =
      start.count <= timerColumn
      ? [start.padded(to: timerColumn) + " " + rest]
      : [start, String(repeating: " ", count: timerColumn + 1) + rest]
    return lines.map(\.trimmedEnd)
  }

  /// Until conntrack in the pod forgets it: `4d23h`.
  private static func left(_ seconds: UInt32) -> String {
    seconds >= 86_400
      ? "\(seconds / 86_400)d\(seconds % 86_400 / 3600)h"
      : AuditFindingText.span(milliseconds: seconds * 1000)
  }
}

extension Socket.State {
  /// As `ss` writes it.
  fileprivate var word: String {
    switch self {
    case .established: "ESTAB"
    case .synSent: "SYN-SENT"
    case .synReceived, .newSynReceived: "SYN-RECV"
    case .finWait1: "FIN-WAIT-1"
    case .finWait2: "FIN-WAIT-2"
    case .timeWait: "TIME-WAIT"
    case .closed: "UNCONN"
    case .closeWait: "CLOSE-WAIT"
    case .lastAck: "LAST-ACK"
    case .listen: "LISTEN"
    case .closing: "CLOSING"
    }
  }
}

// MARK: - JSON

extension IdleEvidence {
  var json: JSONValue {
    .object([
      "connections": .array(
        groups.flatMap { group in
          let paired = group.proxied.flatMap { pair in
            [Self.json(pair.application, "app", group, "proxied")]
              + (pair.proxy.map {
                [Self.json($0, "envoy", group, pair.confidence?.rawValue ?? "unpaired")]
              } ?? [])
          }
          return paired
            + group.unpairedUpstream.map { Self.json($0, "envoy", group, "unpaired") }
            + group.direct.map { Self.json($0, "app", group, "direct") }
            + group.unknown.map { Self.json($0, "app", group, "untracked") }
        }),
      "observations": .array(
        observations.map { observation in
          .object([
            "kind": .string(observation.kind.rawValue),
            "cause": observation.cause.map { .string($0.rawValue) },
            "count": .integer(observation.count), "isFault": .bool(observation.isFault),
            "meaning": .string(observation.meaning),
          ])
        }),
    ])
  }

  private static func json(
    _ connection: Connection, _ holder: String, _ group: ConnectionGroup, _ pairing: String
  ) -> JSONValue {
    let socket = connection.socket
    return .object([
      "holder": .string(holder), "local": .string("\(socket.local)"),
      "remote": .string("\(group.destination)"), "state": .string(socket.state.word),
      "timer": .string(AuditFindingText.timer(socket.timer)),
      "idleMilliseconds": socket.traffic.map { .integer($0.idle) },
      "conntrackSecondsLeft": connection.entry.map { .integer($0.timeout) },
      "pairing": .string(pairing),
    ])
  }
}
