import Addresses
import Answers
public import Audit
public import Findings
import FlowSets
import Istio
import LiveKernel
import Ruleset

/// An audit for people; 80 columns.
public struct AuditReport {
  let result: AuditResult
  /// As the user named the namespace, for the commands to go on with: `pid:1234`.
  let source: String
  let threshold: Finding.Severity

  public init(_ result: AuditResult, source: String, failingOn threshold: Finding.Severity) {
    self.result = result
    self.source = source
    self.threshold = threshold
  }

  public var text: String {
    let blocks =
      [head] + result.findings.map { AuditFindingText($0, in: result, source: source).lines }
      + [middleware, tail]
    return blocks.filter { !$0.isEmpty }.map { $0.map { $0 + "\n" }.joined() }
      .joined(separator: "\n")
  }
}

// MARK: - Whose, which, asked

extension AuditReport {
  private var ruleset: Ruleset { result.subject.live.ruleset }

  private var head: [String] {
    titled("pod", pod) + titled("rules", rules) + titled("", surroundings) + asked
  }

  private func titled(_ title: String, _ text: String) -> [String] {
    text.wrapped(to: 74).enumerated().map { index, line in
      (index == 0 ? title : "").padded(to: 6) + line.replacing("\u{A0}", with: " ")
    }
  }

  private var pod: String {
    let pod = result.subject.pod
    let uid = pod.name == nil ? nil : pod.uid.map { " \u{A0}(uid\u{A0}\(Self.short($0)))" }
    return "\(pod)\(uid ?? "") \u{A0}netns\u{A0}\(pod.inode)"
  }

  /// `3f0c...9a1e`.
  private static func short(_ uid: String) -> String {
    uid.count > 12 ? "\(uid.prefix(4))...\(uid.suffix(4))" : uid
  }

  private var rules: String {
    let legacyAlone = ruleset.heldBackends == [.iptablesLegacy]
    return rules(legacyAlone ? nil : result.subject.live.generation.map { "generation \($0)" })
  }

  /// Whose they are and what they resemble; `moment` is what sets two readings of the same rules
  /// apart.
  func rules(_ moment: String? = nil) -> String {
    let backends = ruleset.heldBackends.map(\.rawValue)
    guard !backends.isEmpty else { return "none" }
    let families = Family.allCases.filter { ruleset.decides($0) }.map(\.title)
    let whose = [backends.joined(separator: " and "), families.joined(separator: " and ")]
    return (whose + [moment].compactMap(\.self)).joined(separator: ", ") + "; " + likeness
  }

  private var likeness: String {
    if result.candidate.config == nil { return "Istio writes none in mode NONE" }
    return result.isEqual
      ? "what \(result.candidate.name) writes" : "nearest to what \(result.candidate.name) writes"
  }

  private var surroundings: String {
    var words: [String] = []
    let backends = ruleset.heldBackends
    if !backends.contains(.iptablesLegacy) {
      let isThere = ruleset.tables.contains { $0.backend == .iptablesLegacy }
      words.append(isThere ? "legacy tables without a rule" : "no legacy tables")
    }
    let foreign = result.foreign.count
    words.append(foreign == 0 ? "no foreign rules" : "\(Self.counted(foreign, "foreign rule"))")
    var text = words.joined(separator: ", ")
    let families = result.subject.families
    if families.isEmpty {
      text += "; pod has no global address"
    } else {
      for family in Family.allCases where !families.contains(family) {
        text += "; pod has no global \(family.title) address"
      }
    }
    return text
  }

  private var asked: [String] {
    let origins = result.expectation.origins
    guard !origins.isEmpty else {
      let whence = result.expectation.gap.map { "nothing known: \($0)" }
      return titled("asked", whence ?? "nothing of its own: Istio's defaults") + mesh
    }
    var lines: [String] = []
    for (index, origin) in origins.enumerated() {
      lines += titled(lines.isEmpty ? "asked" : "", origin.value)
      let next = index + 1 < origins.count ? origins[index + 1] : nil
      if next?.place != origin.place { lines += titled("", "from \(origin.place)") }
    }
    return lines + mesh
  }

  private var mesh: [String] {
    guard !result.expectation.knowsMesh, result.candidate.config != nil else { return [] }
    return titled(
      "", "mesh-wide lists of the chart cannot be seen from here: --values FILE")
  }

  static func counted(_ count: Int, _ noun: String) -> String {
    "\(grouped(UInt64(count))) \(noun)\(count == 1 ? "" : "s")"
  }
}

// MARK: - What there is now

extension AuditReport {
  private var middleware: [String] {
    let rows = result.middleware
    guard !rows.isEmpty, result.candidate.config != nil || !result.connections.isEmpty else {
      return []
    }
    var lines = ["MIDDLEWARE NOW                 asked     rules say  sockets        new conns"]
    for row in rows {
      let port = "\(row.port)/\(row.transport)"
      let name = row.name.padded(to: 14) + port.leftPadded(to: 10)
      let live = Self.word(row.live, isLoud: row.live != row.asked)
      let count = row.newConnections.map { Self.grouped($0) } ?? "n/a"
      lines.append(
        "  \(name)     \(Self.word(row.asked).padded(to: 8))  \(live.padded(to: 9))"
          + "  \(Self.sockets(row).padded(to: 13))  \(count.leftPadded(to: 8))")
    }
    lines += notCounted.flatMap { "n/a: \($0)".wrapped(to: 78).map { "  \($0)" } }
    return lines
  }

  /// Why a row has no count, once for each rule.
  private var notCounted: [String] {
    var rules: [RuleReference] = []
    for row in result.middleware where row.newConnections == nil {
      if let rule = row.sharedRule, !rules.contains(rule) { rules.append(rule) }
    }
    return rules.map { rule in
      let counter = ruleset.rule(rule)?.counter
      let hits = counter.map { "; its \(Self.grouped($0.packets)) hits cannot be split" } ?? ""
      return "shares \(rule.table) \(rule.chain) \(rule.number) with other traffic\(hits)"
    }
  }

  private static func word(_ fate: Fate?, isLoud: Bool = false) -> String {
    let word = fate?.rawValue ?? "mixed"
    return isLoud ? word.uppercased() : word
  }

  private static func sockets(_ row: MiddlewareRow) -> String {
    let parts = [
      (row.direct, "direct"), (row.proxied, "via Envoy"), (row.unknown, "unknown"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return parts.isEmpty ? "0" : parts.joined(separator: ", ")
  }

  /// `1,803`.
  static func grouped(_ number: UInt64) -> String {
    var digits = Array("\(number)")
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return String(digits)
  }

  private var tail: [String] {
    var lines: [String] = []
    for (holder, ports) in listening {
      lines += "\(holder.name) listens on \(ports) (\(holder.detail)).".wrapped(to: 80)
    }
    lines += "Read only: \(read).".wrapped(to: 80)
    lines += verdict.wrapped(to: 80)
    let code = result.findings.first?.finding.code.id
    if let code { lines.append("NEXT  why a code:        bypass-plan explain \(code)") }
    lines.append(
      "\(code == nil ? "NEXT" : "    ")  all of it as sets: bypass-plan analyze --rules \(source)")
    return lines
  }

  private struct Holder: Hashable {
    var name: String
    var detail: String
  }

  private var listening: [(Holder, String)] {
    var ports: [(holder: Holder, targets: [CaptureTarget])] = []
    for listener in result.listeners {
      guard let socket = listener.socket else { continue }
      let process = socket.holders.first
      let name = process.map { $0.name == "envoy" ? "Envoy" : $0.name } ?? "Somebody"
      let pid = process.map { "pid \($0.pid), " } ?? ""
      let holder = Holder(name: name, detail: "\(pid)uid \(socket.uid)")
      if let place = ports.firstIndex(where: { $0.holder == holder }) {
        ports[place].targets.append(listener.target)
      } else {
        ports.append((holder, [listener.target]))
      }
    }
    return ports.map { ($0.holder, $0.targets.words) }
  }

  private var read: String {
    let tables = ruleset.tables.filter { $0.chains.contains { !$0.rules.isEmpty } }
    let rules = tables.flatMap(\.chains).reduce(0) { $0 + $1.rules.count }
    let subject = result.subject
    let entries = subject.conntrack.map {
      $0.count == 1 ? "1 conntrack entry" : "\(Self.grouped(UInt64($0.count))) conntrack entries"
    }
    return [
      Self.counted(tables.count, "table"), Self.counted(rules, "rule"),
      Self.counted(subject.sockets.count, "socket"), entries ?? "no conntrack entries",
    ].joined(separator: ", ")
  }

  private var verdict: String {
    let counts = Finding.Severity.allCases.reversed().compactMap { severity -> String? in
      let count = result.findings.count { $0.finding.severity == severity }
      if count == 0 { return nil }
      return severity == .info ? "\(count) info" : Self.counted(count, severity.rawValue)
    }
    if counts.isEmpty { return "Nothing found: the rules do what was asked." }
    let fails = result.fails(at: threshold)
    return "\(counts.joined(separator: ", ")): exit \(fails ? 1 : 0)"
      + " (--fail-on \(threshold.rawValue))"
  }
}
