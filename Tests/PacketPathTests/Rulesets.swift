import Addresses
import Ruleset

/// Rulesets written by hand, for tests that need no reader.
extension Ruleset {
  /// One table `t` of `ip` with one base chain and others that only rules reach.
  static func one(
    _ kind: BaseChain.Kind = .filter, _ hook: Hook, priority: Int32 = 0,
    policy: BaseChain.Policy = .accept, family: TableFamily = .ip, backend: Backend = .nftables,
    name: String = "t", _ rules: [Rule], others: [Chain] = []
  ) -> Ruleset {
    let base = BaseChain(kind, hook: hook, priority: priority, policy: policy)
    return Ruleset([
      Table(
        family, name, backend: backend,
        chains: [Chain("\(hook)", base: base, rules: rules)] + others)
    ])
  }

  static func + (a: Ruleset, b: Ruleset) -> Ruleset { Ruleset(a.tables + b.tables) }
}

extension Rule {
  init(_ constraints: [Constraint], _ verdict: Verdict) {
    self.init([.test(.all(constraints)), .verdict(verdict)], text: "rule")
  }

  init(_ constraints: [Constraint], _ effect: Effect) {
    self.init([.test(.all(constraints)), .effect(effect)], text: "rule")
  }

  init(_ verdict: Verdict) {
    self.init([.verdict(verdict)], text: "rule")
  }

  init(_ effect: Effect) {
    self.init([.effect(effect)], text: "rule")
  }
}

extension Rule {
  static func dropAll(_ constraints: Constraint...) -> Rule { Rule(constraints, .drop) }

  static func dropAny(_ constraints: Constraint...) -> Rule {
    Rule([.test(.any(constraints.map { Box([$0]) })), .verdict(.drop)], text: "rule")
  }

  static func dropNone(_ constraints: Constraint...) -> Rule {
    Rule([.test(.none(constraints.map { Box([$0]) })), .verdict(.drop)], text: "rule")
  }
}

extension Constraint {
  static func port(_ port: UInt128) -> Constraint { Constraint(.destinationPort, is: port) }
  static func mark(_ mark: UInt128) -> Constraint { Constraint(.mark(mask: .max), is: mark) }
  static func state(_ states: ConnectionState...) -> Constraint {
    let values = states.map { UInt128($0.rawValue)...UInt128($0.rawValue) }
    return Constraint(.connectionState, in: IntervalSet(values))
  }
  static func out(_ name: String) -> Constraint {
    Constraint(.outputInterface, is: InterfaceName(name)?.bits ?? 0)
  }
  static func into(_ name: String) -> Constraint {
    Constraint(.inputInterface, is: InterfaceName(name)?.bits ?? 0)
  }
  static func destination(_ text: String) -> Constraint {
    Constraint(.destination, in: IntervalSet(Prefix(text).map { [$0.range] } ?? []))
  }
  static func source(_ text: String) -> Constraint {
    Constraint(.source, in: IntervalSet(Prefix(text).map { [$0.range] } ?? []))
  }
  static func unknown(_ name: String, holds: Bool = true) -> Constraint {
    Constraint(.unknown(UnknownMatch(name: name, detail: "")), is: holds ? 1 : 0)
  }
}

extension Verdict {
  static func redirect(_ port: UInt16) -> Verdict { .nat(NAT(.redirect, ports: port...port)) }
}

extension Packet {
  static func app(
    _ destination: String, _ port: UInt16, uid: UInt32 = 1000, gid: UInt32 = 1000,
    _ transport: TransportProtocol = .tcp, out: String? = nil, state: ConnectionState = .new,
    mark: UInt32 = 0
  ) -> Packet {
    Packet(
      transport, port: 40000, to: IPAddress(destination) ?? IPAddress(.ipv4, 0), port: port,
      owner: Owner(uid: uid, gid: gid), out: out.flatMap { InterfaceName($0) }, state: state,
      mark: mark)
  }

  static func inbound(
    _ destination: String, _ port: UInt16, from source: String = "10.9.9.9",
    state: ConnectionState = .new, mark: UInt32 = 0
  ) -> Packet {
    Packet(
      .tcp, from: IPAddress(source), port: 40000, to: IPAddress(destination) ?? IPAddress(.ipv4, 0),
      port: port,
      in: InterfaceName("eth0"), state: state, mark: mark)
  }
}

extension LocalAddresses {
  static let pod = LocalAddresses(
    ["100.64.0.2", "fd64::2"].compactMap { IPAddress($0) })
}

/// `Test` of the model, under a name that Swift Testing's macro does not take.
typealias RuleTest = Test
