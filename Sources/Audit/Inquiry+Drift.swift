import Addresses
import Answers
import Findings
import FlowSets
import Istio
import PacketPath
import Planning
import Ruleset

/// Traffic whose fate is not the one asked for.
extension Inquiry {
  /// One finding for each rule that is missing, or too many: what it does to the proxy's own traffic
  /// is told with what it does to the app's.
  mutating func noteDrift() {
    var places: [Drift.Cause: Int] = [:]
    for change in comparison.changes where !isOfUncapturedFamily(change) {
      let drift = drift(change)
      let (code, severity, fix) = judge(drift)
      if let cause = drift.cause, let place = places[cause],
        case .drift(var known)? = findings[place].evidence,
        severity <= findings[place].finding.severity
      {
        known.also.append(change)
        findings[place].evidence = .drift(known)
        continue
      }
      if let cause = drift.cause { places[cause] = findings.count }
      note(code, message(of: drift), severity: severity, fix: fix, .drift(drift))
    }
  }

  private func drift(_ change: Comparison.Change) -> Drift {
    if let packet = connection(in: change) {
      return drift(
        change, packet, asked.path(of: packet, tracing: true), live.path(of: packet, tracing: true))
    }
    return drift(change, change.traffic.witness, change.old, change.new)
  }

  /// The packet that opened one of the connections there are, if a new one like it would drift.
  private func connection(in change: Comparison.Change) -> Packet? {
    guard change.universe.sender == .app, change.universe.direction == .outbound else { return nil }
    return connections.lazy.compactMap(\.applicationSockets.first).map(\.firstPacket).first {
      live.path(of: $0).outcome.fate == change.to && asked.path(of: $0).outcome.fate == change.from
    }
  }

  private func drift(
    _ change: Comparison.Change, _ witness: Packet, _ old: Path, _ new: Path
  ) -> Drift {
    let (wanted, found) = (
      old.selectingRule(in: candidate.ruleset), new.selectingRule(in: ruleset)
    )
    return Drift(
      change: change, witness: witness, asked: wanted, live: found,
      isAbsent: isAbsent(wanted, of: candidate.ruleset, from: ruleset),
      isUnasked: isAbsent(found, of: ruleset, from: candidate.ruleset))
  }

  /// Whether a rule of one ruleset stands nowhere in the same chain of the other.
  private func isAbsent(
    _ reference: RuleReference?, of ruleset: Ruleset, from other: Ruleset
  ) -> Bool {
    guard let reference, let rule = ruleset.rule(reference) else { return false }
    return !RuleInventory(other).contains(rule, at: RuleInventory.Place(reference))
  }

  private func judge(_ drift: Drift) -> (Code, Finding.Severity, fix: String?) {
    let (from, to) = (drift.change.from, drift.change.to)
    if from == .unknown || to == .unknown {
      return (
        AuditCodes.notUnderstood, .warning,
        "bypass-plan simulate with the packet above shows the rule and what it asks"
      )
    }
    if drift.change.universe.sender == .proxy, drift.change.isLoop(at: candidate.config) {
      return (AuditCodes.proxyCaptured, .error, Self.wayToNewRules)
    }
    if to.isToProxy, !from.isToProxy { return (AuditCodes.captured, .error, Self.wayToNewRules) }
    if from.isToProxy, !to.isToProxy, to == .bypass || to == .local {
      if let list = meshList(behind: drift) {
        return (
          AuditCodes.bypasses, .warning,
          "the pod does not ask for it, so a mesh-wide list may: give the chart's values with --values to check (\(list))"
        )
      }
      return (AuditCodes.bypasses, .error, Self.wayToNewRules)
    }
    return (AuditCodes.otherFate, .error, Self.wayToNewRules)
  }

  static let wayToNewRules = """
    put the annotation in the pod TEMPLATE and roll the pods: rules are written once, at pod start; \
    annotating a running pod changes nothing
    """

  /// A mesh-wide list that may have made the live rule, where nobody can know: the pod's own
  /// annotations say nothing of that list, and the chart's values were not given.
  private func meshList(behind drift: Drift) -> String? {
    guard !expectation.knowsMesh, case .pod(let pod) = expectation.settings,
      let reference = drift.live, let rule = ruleset.rule(reference)
    else { return nil }
    let fields = rule.testedFields
    let isOutbound = drift.change.universe.direction == .outbound
    let setting: TrafficSetting
    if fields.contains(.destinationPort) {
      setting = isOutbound ? .excludeOutboundPorts : .excludeInboundPorts
    } else if fields.contains(.destination), isOutbound {
      setting = .excludeOutboundIPRanges
    } else {
      return nil
    }
    return pod.annotations[setting.annotation] == nil ? setting.helmPath : nil
  }

  private func message(of drift: Drift) -> String {
    let change = drift.change
    let way =
      change.universe.direction == .inbound
      ? "inbound traffic" : change.universe.sender == .proxy ? "the proxy's own traffic" : "traffic"
    return change.from == change.to
      ? "\(way) ends otherwise than asked: \(change.from.rawValue), but not in the same way"
      : "\(way) asked to be \(change.from.asAsked) \(change.to.asFound)"
  }
}

extension Comparison.Change {
  /// Whether what the proxy sends to others comes back to its own outbound listener.
  fileprivate func isLoop(at config: CaptureConfig?) -> Bool {
    guard let port = new.outcome.port, new.outcome.fate == .captured else { return false }
    return config.map { $0.proxyPort == "\(port)" } ?? false
  }
}

extension Fate {
  var isToProxy: Bool { self == .captured || self == .dns }

  fileprivate var asAsked: String {
    switch self {
    case .captured: "captured"
    case .dns: "sent to the agent's DNS proxy"
    case .bypass: "let past the proxy"
    case .local: "left alone inside the pod"
    case .drop: "dropped"
    case .reject: "rejected"
    case .unknown: "something not known"
    }
  }

  fileprivate var asFound: String {
    switch self {
    case .captured: "is captured"
    case .dns: "goes to the agent's DNS proxy"
    case .bypass: "bypasses it"
    case .local: "is delivered in the pod"
    case .drop: "is dropped"
    case .reject: "is rejected"
    case .unknown: "ends in a way not known"
    }
  }
}

extension Socket {
  /// The packet that would open this connection anew; the group is taken to be the user's.
  fileprivate var firstPacket: Packet {
    Packet(
      transport, from: local.address, port: local.port, to: remote.address, port: remote.port,
      owner: Owner(uid: uid, gid: uid), out: .firstEthernet)
  }
}
