public import Addresses
public import Ruleset

/// A port of this host that rules send a protocol to.
public struct CaptureTarget: Hashable, Comparable, Sendable {
  public var port: UInt16
  public var transport: TransportProtocol

  public init(_ transport: TransportProtocol, port: UInt16) {
    self.port = port
    self.transport = transport
  }

  public static func < (a: Self, b: Self) -> Bool {
    (a.port, a.transport.rawValue) < (b.port, b.transport.rawValue)
  }
}

extension Sequence<CaptureTarget> {
  /// `15001, 15006 and 15053/udp`.
  public var words: String {
    let words = map { $0.transport == .tcp ? "\($0.port)" : "\($0.port)/\($0.transport)" }
    return [words.dropLast().joined(separator: ", "), words.last ?? ""].filter { !$0.isEmpty }
      .joined(separator: " and ")
  }
}

extension Ruleset {
  /// Where REDIRECT and TPROXY send TCP and UDP to, ascending. No tool takes such a rule with a port
  /// that does not itself ask for the protocol.
  public var captureTargets: [CaptureTarget] {
    var targets: Set<CaptureTarget> = []
    for rule in tables.lazy.flatMap(\.chains).flatMap(\.rules) {
      let ports = rule.capturePorts
      if ports.isEmpty { continue }
      for transport in [TransportProtocol.tcp, .udp] where rule.mayMeet(transport) {
        targets.formUnion(ports.map { CaptureTarget(transport, port: $0) })
      }
    }
    return targets.sorted()
  }

  /// Every port of this host that REDIRECT or TPROXY sends to, ascending.
  public var capturePorts: [UInt16] { Set(captureTargets.map(\.port)).sorted() }

  /// Those of tables that see packets of `family`.
  public func captureTargets(for family: Family) -> [CaptureTarget] {
    Ruleset(tables.filter { $0.family.sees(family) && !$0.isDormant }).captureTargets
  }

  /// Whether a table for `family` has a rule that sends to the proxy.
  public func captures(_ family: Family) -> Bool { !captureTargets(for: family).isEmpty }

  /// Those that hold any rule.
  public var heldBackends: [Backend] {
    let held = tables.filter { $0.chains.contains { !$0.rules.isEmpty } }.map(\.backend)
    return [.iptablesNFT, .iptablesLegacy, .iptables, .nftables].filter(held.contains)
  }
}

extension Rule {
  fileprivate var capturePorts: [UInt16] {
    let tproxied = steps.compactMap { step in
      if case .effect(.tproxy(_, let port)) = step { port } else { nil }
    }
    return redirectPorts + tproxied
  }

  fileprivate func mayMeet(_ transport: TransportProtocol) -> Bool {
    steps.allSatisfy { step in
      guard case .test(let test) = step else { return true }
      return test.arms.contains { arm in
        arm.result != .fail
          && arm.box.constraints.allSatisfy {
            $0.field != .transportProtocol || $0.set.contains(UInt128(transport.rawValue))
          }
      }
    }
  }
}
