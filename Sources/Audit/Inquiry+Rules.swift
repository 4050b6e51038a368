import Addresses
import Answers
import Findings
import FlowSets
import Istio
import LiveKernel
import PacketPath
import Ruleset

/// What the rules are found to do.
extension Inquiry {
  private var ruleset: Ruleset { subject.live.ruleset }

  /// How far the reading itself can be trusted.
  mutating func noteReading() {
    if let gap = expectation.gap {
      let isCaptured = !capturePorts.isEmpty
      note(
        AuditCodes.nothingAsked,
        isCaptured
          ? "\(gap); compared with what Istio writes unless told otherwise"
          : "\(gap), and no rule captures anything: no sidecar here",
        severity: isCaptured ? .warning : .info)
    }
    for note in subject.live.notes {
      if case .unstable = note { self.note(AuditCodes.unstable, "\(note)") }
    }
    let backends = ruleset.heldBackends
    if backends.contains(.iptablesLegacy), backends.count > 1 {
      let others = backends.filter { $0 != .iptablesLegacy }.map(\.rawValue)
      note(
        AuditCodes.bothBackends,
        "iptables-legacy and \(others.joined(separator: " and ")) both hold rules, and both run")
    }
  }

  /// Nothing is captured that should be; there is then no point in naming each packet.
  mutating func noteNothingCaptured() -> Bool {
    guard !candidate.ruleset.capturePorts.isEmpty, capturePorts.isEmpty else { return false }
    note(
      AuditCodes.notCaptured, "no rule sends anything to the proxy: all traffic bypasses it",
      fix: """
        rules are written once, at pod start: look at the pod's istio-init container, or with \
        the CNI plugin at istio-cni-node on this node, and roll the pod
        """)
    return true
  }

  mutating func noteDrift() {
    for change in comparison.changes {
      guard !isOfUncapturedFamily(change) else { continue }
      let drift = drift(change)
      let (code, severity, fix) = judge(drift)
      note(code, message(of: drift), severity: severity, fix: fix, .drift(drift))
    }
  }

  private func drift(_ change: Comparison.Change) -> Drift {
    var (witness, old, new) = (change.traffic.witness, change.old, change.new)
    if change.universe.sender == .app, change.universe.direction == .outbound {
      for group in connections {
        for socket in group.applicationSockets {
          let packet = socket.firstPacket(gid: socket.uid)
          guard live.path(of: packet).outcome.fate == change.to,
            asked.path(of: packet).outcome.fate == change.from,
            witness.destination != packet.destination
          else { continue }
          witness = packet
          old = asked.path(of: packet, tracing: true)
          new = live.path(of: packet, tracing: true)
          return drift(change, witness, old, new)
        }
      }
    }
    return drift(change, witness, old, new)
  }

  private func drift(
    _ change: Comparison.Change, _ witness: Packet, _ old: Path, _ new: Path
  ) -> Drift {
    let wanted = old.selectingRule(in: candidate.ruleset)
    let isPresent = wanted.flatMap { reference in
      candidate.ruleset.rule(reference).map {
        RuleInventory(ruleset).contains($0, at: RuleInventory.Place(reference))
      }
    }
    return Drift(
      change: change, witness: witness, asked: wanted, live: new.selectingRule(in: ruleset),
      askedIsPresent: isPresent ?? false)
  }

  private func judge(_ drift: Drift) -> (Code, Finding.Severity, fix: String?) {
    let (from, to) = (drift.change.from, drift.change.to)
    if from == .unknown || to == .unknown {
      return (
        AuditCodes.notUnderstood, .warning,
        "bypass-plan simulate with the packet above shows the rule and what it asks"
      )
    }
    if drift.change.universe.sender == .proxy, to.isToProxy, !from.isToProxy {
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

  // MARK: - Families

  /// Of a pod with addresses of both families, one that no rule captures.
  private var uncapturedFamily: Family? {
    let families = subject.spokenFamilies
    guard families.count == 2 else { return nil }
    let captured = families.filter(ruleset.captures)
    return captured.count == 1 ? families.first { $0 != captured[0] } : nil
  }

  private func isOfUncapturedFamily(_ change: Comparison.Change) -> Bool {
    guard let family = uncapturedFamily else { return false }
    return change.traffic.cover.allSatisfy { $0.family == family }
  }

  mutating func noteFamilies() {
    guard let family = uncapturedFamily else { return }
    let name = family == .ipv4 ? "IPv4" : "IPv6"
    let isAsked = candidate.ruleset.captures(family)
    note(
      AuditCodes.oneFamily,
      "the pod has \(name) addresses, and no rule captures \(name): it bypasses the proxy"
        + (isAsked ? "" : ", which is what Istio writes for this pod"),
      severity: isAsked ? .error : .warning,
      fix: isAsked
        ? Self.wayToNewRules
        : "set ISTIO_DUAL_STACK in proxyMetadata; without it the pod's first address decides")
  }

  // MARK: - Others' rules

  mutating func noteForeignRules() throws(FlowError) {
    let dropping = ruleset.droppingChains
    guard !foreign.isEmpty || !dropping.isEmpty else { return }
    let without = ruleset.without(foreign)
    let effect = try Comparison(from: without, to: ruleset, in: network, universes)
    guard let first = effect.changes.first else { return }
    let deciding = effect.changes.compactMap { $0.new.selectingRule(in: ruleset) }
    let rules = foreign.filter(deciding.contains)
    let what =
      first.to == .unknown
      ? "may change what becomes of traffic"
      : "change what becomes of traffic: \(first.from.rawValue) becomes \(first.to.rawValue)"
    let whose = dropping.isEmpty ? "" : " and policy drop of \(dropping.joined(separator: ", "))"
    note(
      AuditCodes.foreignRules,
      "\(foreign.count) rules that are not Istio's\(whose) \(what)",
      fix: "find out who writes them (an app's init container, a CNI, a node agent)",
      .rules(rules.isEmpty ? Array(foreign.prefix(3)) : rules))
  }

  mutating func noteLeftovers() {
    var leftovers: [String] = []
    for table in ruleset.tables {
      let known = candidate.ruleset.tables.first {
        $0.name == table.name && $0.family == table.family
      }
      for chain in table.chains where !chain.rules.isEmpty {
        let place = "\(table.family.rawValue) \(table.name) \(chain.name)"
        if let mesh = MeshChain.otherMesh(chain.name) {
          leftovers.append("\(place) (\(mesh))")
        } else if MeshChain.isIstio(chain.name, in: table),
          known?.chains.contains(where: { $0.name == chain.name }) != true
        {
          leftovers.append("\(place) (another Istio)")
        }
      }
    }
    guard !leftovers.isEmpty, !candidate.ruleset.capturePorts.isEmpty else { return }
    note(
      AuditCodes.leftovers,
      "chains that \(candidate.name) does not write: \(leftovers.joined(separator: ", "))",
      fix: "roll the pod: a new network namespace starts empty")
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
