import Findings
public import IdleTimeouts
public import Istio
public import Manifests
import Planning

/// What `timeouts` prints for people: 80 columns, from result values only.
public struct IdleReport {
  let timeouts: Timeouts
  /// Whom manifests are written for, and which Istio reads them.
  let target: PasteTarget
  let version: IstioVersion

  public init(
    _ timeouts: Timeouts, target: PasteTarget = .placeholder, version: IstioVersion = .newest
  ) {
    self.timeouts = timeouts
    self.target = target
    self.version = version
  }

  private static let width = 80

  /// A line per endpoint, or all there is to say where there are few of them.
  public var text: String {
    let verdicts = timeouts.endpoints
    return verdicts.count <= 2
      ? verdicts.map(page).joined(separator: "\n") : Self.table(verdicts)
  }

  // MARK: - Many endpoints

  private static func table(_ verdicts: [IdleVerdict]) -> String {
    let head = ["ENDPOINT", "WAY", "FIRST TO CLOSE", "AFTER", "VERDICT", "NEXT USE"]
    let rows = verdicts.map { verdict in
      [
        verdict.name, verdict.proxied ? "Envoy" : "direct", verdict.firstToClose,
        verdict.after.description, verdict.verdict.rawValue, verdict.symptom.description,
      ]
    }
    let widths = head.indices.map { column in
      rows.reduce(head[column].count) { max($0, $1[column].count) }
    }
    let lines = ([head] + rows).map { row in
      zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ").trimmedEnd
    }
    let failing = verdicts.filter { $0.verdict == .fails }
    let sum = "\(verdicts.count) endpoints, \(failing.count) with an error on the next use.\n"
    let seen = verdicts.flatMap(seen)
    let evidence = seen.isEmpty ? [] : [([seenHead] + seen).joined(separator: "\n")]
    return ([lines.joined(separator: "\n")] + evidence + [sum]).joined(separator: "\n\n")
  }

  // MARK: - One endpoint

  /// Everything about one endpoint.
  public func page(_ verdict: IdleVerdict) -> String {
    let way = verdict.proxied ? "through Envoy" : "past Envoy"
    let blocks: [[String]] = [
      ["\(verdict.name)  \(verdict.endpoint.port)/tcp  \(way)"] + Self.opening(verdict)
        + Self.labelled(verdict.verdict.rawValue.uppercased(), verdict.summary)
        + Self.nextUse(verdict),
      verdict.path.timeline.drawing(width: Self.width), Self.shown(verdict),
      verdict.evidence == nil ? [] : [Self.seenHead] + Self.seen(verdict),
      Self.remedies(verdict), manifest(verdict), Self.devices(verdict), Self.findings(verdict),
      Self.assumed(verdict),
    ]
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
      .joined(separator: "\n\n") + "\n"
  }

  private static func nextUse(_ verdict: IdleVerdict) -> [String] {
    let stall = verdict.judgement.stall
    let pause =
      verdict.symptom == .nothing && stall > Span(milliseconds: 0)
      ? ", after a stall of \(stall)" : ""
    var lines = labelled("NEXT USE", verdict.symptom.sentence + pause)
    for client in verdict.clients {
      let differs = client.judgement.verdict != verdict.verdict
      guard client.text != nil || differs else { continue }
      let word = differs ? "(\(client.judgement.verdict.rawValue)) " : ""
      let text = client.text ?? "no error"
      lines += hanging("".padded(to: 10) + client.library.name.padded(to: 20), word + text)
    }
    return lines
  }

  /// Nothing where a connection begins as it should.
  private static func opening(_ verdict: IdleVerdict) -> [String] {
    guard let cause = verdict.path.opening().cause else { return [] }
    return labelled("OPENING", "a new connection \(verdict.path.openingInWords)")
      + labelled("", "shown by \(cause.trace(isProxied: verdict.proxied))")
  }

  private static func shown(_ verdict: IdleVerdict) -> [String] {
    verdict.cause.map { labelled("SHOWN BY", $0.trace(isProxied: verdict.proxied)) } ?? []
  }

  private static func remedies(_ verdict: IdleVerdict) -> [String] {
    guard !verdict.remedies.isEmpty else { return [] }
    return ["REMEDIES, each judged on this very path"]
      + verdict.remedies.flatMap { remedy -> [String] in
        let mark = remedy.effect.word
        let head = "  \(mark.padded(to: 7))\(remedy.change.title.padded(to: 20))"
        var lines = hanging(head, remedy.because)
        if remedy.holds {
          if let how = remedy.how(for: verdict.endpoint, library: verdict.library) {
            lines += hanging("".padded(to: 29) + "set    ", how)
          }
          lines += hanging("".padded(to: 29) + "price  ", remedy.price)
        }
        return lines
      }
  }

  private func manifest(_ verdict: IdleVerdict) -> [String] {
    for remedy in verdict.remedies where remedy.holds {
      let manifests = remedy.manifests(for: verdict.endpoint, target: target, version: version)
      guard let first = manifests.first else { continue }
      let others = manifests.dropFirst().map(\.title)
      let more =
        others.isEmpty
        ? [] : Self.hanging("  or: ", others.joined(separator: "; or: ") + "; see -o json")
      let yaml = first.paste.yaml(for: target).split(
        separator: "\n", omittingEmptySubsequences: false)
      return ["PASTE for \(remedy.change.title) (\(first.title))"]
        + yaml.dropLast().map { "  \($0)" } + more
    }
    return []
  }

  private static func devices(_ verdict: IdleVerdict) -> [String] {
    guard verdict.path.devices.isEmpty else { return [] }
    let forgetful = verdict.forgetfulDevices
    guard !forgetful.isEmpty else {
      return hanging("NO DEVICE ", "was named, and none of the table would forget this flow first")
    }
    return ["ON THE WAY?  no device was named; these would forget the flow first"]
      + forgetful.map { kind in
        "  \(kind.name.padded(to: 22))\(kind.idleTimeout.value.description.padded(to: 8))"
          + kind.onExpiry.value.rawValue.padded(to: 7)
          + (kind.idleTimeout.standing.isVerified ? "" : "unverified")
      }.map(\.trimmedEnd) + ["  name yours:  --device \(forgetful[0].name)"]
  }

  private static func findings(_ verdict: IdleVerdict) -> [String] {
    let findings = verdict.findings
    guard !findings.isEmpty else { return [] }
    return ["FINDINGS"]
      + findings.flatMap { finding in
        hanging(
          "  \(finding.severity.rawValue.padded(to: 8))\(finding.code.id)  ", finding.message)
      }
  }

  private static func assumed(_ verdict: IdleVerdict) -> [String] {
    let assumptions = verdict.assumptions
    guard !assumptions.isEmpty else { return [] }
    return ["ASSUMED, because nothing was said"]
      + assumptions.flatMap { assumption in
        hanging(
          "  \(assumption.what.padded(to: 30))\(assumption.value.padded(to: 12))  ",
          assumption.standing.isVerified ? assumption.source : "unverified: \(assumption.source)")
      }
  }

  // MARK: - Lines

  private static func labelled(_ label: String, _ text: String) -> [String] {
    hanging(label.padded(to: 10), text)
  }

  /// `text` beside `head`, and its further lines below itself.
  static func hanging(_ head: String, _ text: String) -> [String] {
    let lines = text.wrapped(to: max(20, width - head.count))
    return lines.enumerated().map { index, line in
      (index == 0 ? head : "".padded(to: head.count)) + line
    }
  }
}

extension Judgement.Symptom {
  fileprivate var sentence: String {
    switch self {
    case .nothing: "the app notices nothing"
    case .eof, .reset: "the app sees \(self)"
    case .hang(let span): "the app hangs for \(span), then sees an error"
    case .silentLoss: "the app sees no error, and the write is lost"
    }
  }
}

extension Remedy.Effect {
  fileprivate var word: String {
    switch self {
    case .cures: "holds"
    case .postpones: "later"
    case .none: "no"
    case .worsens: "WORSE"
    }
  }
}

extension Remedy.Change {
  fileprivate var title: String {
    switch self {
    case .poolMaxIdle(let span): "pool max idle \(span)"
    case .envoyKeepalive: "Envoy keepalive"
    case .raiseIdleTimeout(let span): "idle_timeout \(span)"
    case .lowerIdleTimeout(let span): "idle_timeout \(span)"
    case .excludePort(let port): "exclude port \(port)"
    case .excludeRange: "exclude range"
    case .serverKeepalive: "server keepalive"
    case .clientKeepalive: "app keepalive"
    case .readTimeout(let span): "read timeout \(span)"
    case .ping: "ping before use"
    }
  }
}

extension String {
  var trimmedEnd: String {
    lastIndex { $0 != " " }.map { String(self[...$0]) } ?? ""
  }
}
