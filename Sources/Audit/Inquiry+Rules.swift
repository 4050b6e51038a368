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
  var ruleset: Ruleset { subject.live.ruleset }

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
}

// MARK: - Families

extension Inquiry {
  /// Of a pod with addresses of both families, one that no rule captures.
  private var uncapturedFamily: Family? {
    let families = subject.spokenFamilies
    guard families.count == 2 else { return nil }
    let captured = families.filter(ruleset.captures)
    return captured.count == 1 ? families.first { $0 != captured[0] } : nil
  }

  func isOfUncapturedFamily(_ change: Comparison.Change) -> Bool {
    guard let family = uncapturedFamily else { return false }
    return change.traffic.cover.allSatisfy { $0.family == family }
  }

  mutating func noteFamilies() {
    guard let family = uncapturedFamily else { return }
    let name = family.title
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
    let isOne = foreign.count + dropping.count == 1
    let what =
      first.to == .unknown
      ? "may change what becomes of traffic"
      : "change\(isOne ? "s" : "") what becomes of traffic: "
        + "\(first.from.rawValue) becomes \(first.to.rawValue)"
    let whose = [
      foreign.isEmpty
        ? nil
        : "\(foreign.count) rule\(foreign.count == 1 ? " that is" : "s that are") not Istio's",
      dropping.isEmpty ? nil : "policy drop of \(dropping.joined(separator: ", "))",
    ].compactMap(\.self).joined(separator: " and ")
    note(
      AuditCodes.foreignRules,
      "\(whose) \(what)",
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
