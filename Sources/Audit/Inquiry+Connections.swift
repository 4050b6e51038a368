import Addresses
import Findings
import Istio
import Planning
import Ruleset

/// What the sockets are found to do.
extension Inquiry {
  /// Whoever is sent to a port where nobody listens is refused.
  mutating func noteListeners() {
    listeners = ruleset.captureTargets.map { target in
      Listener(target: target, socket: sockets(at: target).first)
    }
    let missing = listeners.filter { $0.socket == nil }.map(\.target)
    if !missing.isEmpty {
      note(
        AuditCodes.nobodyListens,
        "rules send traffic to \(missing.words), where nothing listens: it is refused",
        fix: "is Envoy running and ready in this pod? kubectl logs POD -c istio-proxy")
    }
    for family in subject.spokenFamilies {
      let deaf = ruleset.captureTargets(for: family).filter { target in
        !missing.contains(target) && !sockets(at: target).contains { $0.takes(family) }
      }
      guard !deaf.isEmpty else { continue }
      let (name, other) = family == .ipv4 ? ("IPv4", "IPv6") : ("IPv6", "IPv4")
      note(
        AuditCodes.nobodyListens,
        "rules send \(name) traffic to \(deaf.words), listened on for \(other) alone: it is refused",
        severity: .warning,
        fix: "give the mesh both families (ISTIO_DUAL_STACK for istiod too), or the pod but one")
    }
  }

  private func sockets(at target: CaptureTarget) -> [Socket] {
    subject.sockets.filter {
      $0.local.port == target.port && $0.transport == target.transport
        && ($0.transport == .udp || $0.state == .listen)
    }
  }

  mutating func noteConnections() {
    let known = connections.filter { $0.middleware != nil }
    let unprobed = known.filter { !$0.unprobed.isEmpty && !$0.proxied.isEmpty }
    if !unprobed.isEmpty {
      var counts: [(name: String, count: Int)] = []
      for group in unprobed {
        if let place = counts.firstIndex(where: { $0.name == group.name }) {
          counts[place].count += group.unprobed.count
        } else {
          counts.append((group.name, group.unprobed.count))
        }
      }
      let words = counts.sorted { $0.name < $1.name }.map { "\($0.name) \($0.count)" }
      note(
        AuditCodes.unprobed,
        "through Envoy, upstream keepalive off: \(words.joined(separator: ", "))",
        fix: """
          let Envoy probe (tcpKeepalive in a DestinationRule or the mesh config), or exclude the \
          port and let the app probe
          """,
        .connections(unprobed))
    }
    noteStrays()
  }

  /// Connections that go another way than the live rules send new ones.
  private mutating func noteStrays() {
    var past: [ConnectionGroup] = []
    var through: [ConnectionGroup] = []
    for group in connections where !(group.direct.isEmpty && group.proxied.isEmpty) {
      let address = group.destination.address
      let fate = fate(
        parts: liveJudge.parts(
          of: IntervalSet(address.bits), in: address.family, port: group.destination.port, .tcp))
      if fate == .captured, !group.direct.isEmpty { past.append(group) }
      if fate == .bypass, !group.proxied.isEmpty { through.append(group) }
    }
    if !past.isEmpty {
      let count = past.reduce(0) { $0 + $1.direct.count }
      note(
        AuditCodes.stray,
        "\(connectionsWord(count)) bypass the proxy although the rules capture: opened before the rules",
        fix: "NAT is decided on the first packet; close them, or restart the app's container",
        .connections(past))
    }
    if !through.isEmpty {
      let count = through.reduce(0) { $0 + $1.proxied.count }
      note(
        AuditCodes.stray,
        "\(connectionsWord(count)) run through the proxy although the rules now let them bypass: opened before the rules changed",
        fix: "NAT is decided on the first packet; close them, or restart the app's container",
        .connections(through))
    }
  }

  private func connectionsWord(_ count: Int) -> String {
    count == 1 ? "1 connection" : "\(count) connections"
  }
}
