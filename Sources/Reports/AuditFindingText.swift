import Answers
import Audit
import Findings
import FlowSets
import Istio
import PacketPath
import Planning
import Ruleset

/// One finding with what shows it.
struct AuditFindingText {
  private let item: AuditFinding
  private let result: AuditResult
  private let source: String

  init(_ item: AuditFinding, in result: AuditResult, source: String) {
    self.item = item
    self.result = result
    self.source = source
  }

  var lines: [String] {
    let finding = item.finding
    let start = "\(finding.severity.rawValue.uppercased().padded(to: 7)) \(finding.code.id)"
    var lines: [String]
    switch item.evidence {
    case .drift(let drift):
      lines = headline("\(start) \(finding.code.title)", drift) + evidence(drift)
    case .connections(let groups):
      lines = wrapped(finding.message, after: start) + groups.flatMap(connections)
      if groups.contains(where: { $0.proxied.contains { $0.confidence == .likely } }) {
        lines.append(
          "  likely: paired by equal byte counts; the kernel keeps no link between the two")
      }
      if finding.code == AuditCodes.unprobed { lines += dangerOfSilence }
    case .rules(let rules):
      lines =
        wrapped(finding.message, after: start) + rules.flatMap { row("live", $0, isLive: true) }
    case nil: lines = wrapped(finding.message, after: start)
    }
    if let fix = finding.fix { lines += block("fix", fix) }
    return lines
  }

  private func wrapped(_ message: String, after start: String) -> [String] {
    message.wrapped(to: 78 - start.count).enumerated().map { index, line in
      (index == 0 ? start : String(repeating: " ", count: start.count)) + " " + line
    }
  }

  private func block(_ title: String, _ text: String) -> [String] {
    text.wrapped(to: 72).enumerated().map { index, line in
      "  \((index == 0 ? title : "").padded(to: 5)) \(line)"
    }
  }

  // MARK: - Drift

  /// The traffic stands at the right end of the title's line where there is room.
  private func headline(_ title: String, _ drift: Drift) -> [String] {
    let change = drift.change
    let regions = Self.regions(change)
    if regions.count == 1, title.count + 2 + regions[0].count <= 80 {
      return [title.padded(to: 80 - regions[0].count) + regions[0]]
    }
    return [title]
      + regions.flatMap { region in
        region.wrapped(to: 76).enumerated().map { $0 == 0 ? "  \($1)" : "    \($1)" }
      }
  }

  private static func regions(_ change: Comparison.Change) -> [String] {
    let words = RegionText(in: change.universe)
    let way =
      change.universe.direction == .inbound
      ? "inbound, " : change.universe.sender == .proxy ? "the proxy's own, " : ""
    return change.traffic.cover.map { way + words.line($0) }
  }

  /// What else the same rule does, of which three lines are enough.
  private func also(_ change: Comparison.Change) -> [String] {
    let lines = block("also", Self.regions(change).joined(separator: "; "))
    return lines.count <= 3 ? lines : lines.prefix(3) + ["        ..."]
  }

  private func evidence(_ drift: Drift) -> [String] {
    let example = TrafficReport.example(drift.witness)
    return block("e.g.", example)
      + row("asked", drift.asked, drift.change.old, isLive: false, isAbsent: drift.isAbsent)
      + row("live", drift.live, drift.change.new, isLive: true) + drift.also.flatMap(also)
  }

  /// The rule that decides, or on this way what decides without one.
  private func row(
    _ title: String, _ rule: RuleReference?, _ path: Path, isLive: Bool, isAbsent: Bool = false
  ) -> [String] {
    rule.map { row(title, $0, isLive: isLive, isAbsent: isAbsent) }
      ?? block(title, "no rule decides: \(path.withoutRule)")
  }

  private func row(
    _ title: String, _ rule: RuleReference, isLive: Bool, isAbsent: Bool = false
  ) -> [String] {
    var text = "\(rule.table) \(rule.chain) \(rule.number)".padded(to: 19) + "  \(rule.text)"
    if isLive, case .handle(let handle)? = rule.origin { text += "   handle \(handle)" }
    if isLive, case .offset(let offset)? = rule.origin { text += "   offset \(offset)" }
    if isAbsent { text += "   (absent)" }
    if text.count <= 72 { return ["  \(title.padded(to: 5)) \(text)"] }
    return block(title, text)
  }

  // MARK: - Connections

  private var dangerOfSilence: [String] {
    """
    Any NAT or LB that forgets a flow sooner than Envoy's idle timeout (1 h unless set; not \
    visible from here) turns the next use into "invalid connection".
    """.wrapped(to: 78).map { "  \($0)" }
      + ["  why   bypass-plan timeouts --rules \(source) --device aws-nlb"]
  }

  private func connections(_ group: ConnectionGroup) -> [String] {
    let limit = 4
    var lines = [
      "  to \(group.destination) \(group.name)".padded(to: Self.timerColumn)
        + " timer              idle"
    ]
    let shown = group.proxied.prefix(limit)
    for pair in shown {
      lines += line("app", pair.application.socket, "")
      if let proxy = pair.proxy {
        lines += line("envoy", proxy.socket, pair.confidence?.rawValue ?? "")
      }
    }
    let unpaired = group.unpairedUpstream
    lines += unpaired.prefix(limit).flatMap { line("envoy", $0.socket, "unpaired") }
    lines += group.direct.prefix(limit).flatMap { line("app", $0.socket, "direct") }
    let rest =
      group.proxied.count - shown.count + max(0, unpaired.count - limit)
      + max(0, group.direct.count - limit)
    if rest > 0 { lines.append("  and \(rest) more (-o json)") }
    return lines
  }

  private func line(_ side: String, _ socket: Socket, _ note: String) -> [String] {
    let holder = socket.holders.first.map { "\($0.pid)/\($0.name)" } ?? "uid \(socket.uid)"
    let idle = socket.traffic.map { Self.span(milliseconds: $0.idle) } ?? "?"
    let start = "  \(side.padded(to: 6)) \(socket.local)".padded(to: 29) + " \(holder)"
    let rest =
      "\(Self.timer(socket.timer).padded(to: 15)) \(idle.leftPadded(to: 7))  \(note)".trimmedRight
    // Addresses of IPv6 need a line of their own.
    return start.count <= Self.timerColumn
      ? [start.padded(to: Self.timerColumn) + " " + rest]
      : [start, String(repeating: " ", count: Self.timerColumn + 1) + rest]
  }

  private static let timerColumn = 46

  /// As `ss -o` has it, without the counts.
  static func timer(_ timer: Socket.Timer) -> String {
    func seconds(_ milliseconds: UInt32) -> String {
      milliseconds < 60_000
        ? "\(milliseconds / 1000).\(milliseconds % 1000 / 100)s" : span(milliseconds: milliseconds)
    }
    return switch timer {
    case .off: "off"
    case .keepalive(let left): "keepalive \(seconds(left))"
    case .retransmit(let left): "resends in \(seconds(left))"
    case .timeWait: "time wait"
    case .persist(let left): "probes in \(seconds(left))"
    }
  }

  /// `21m04s`, `3h20m`.
  static func span(milliseconds: UInt32) -> String {
    func two(_ number: UInt32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let seconds = milliseconds / 1000
    if seconds >= 3600 { return "\(seconds / 3600)h\(two(seconds % 3600 / 60))m" }
    return "\(seconds / 60)m\(two(seconds % 60))s"
  }
}

extension String {
  fileprivate var trimmedRight: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
