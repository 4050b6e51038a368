import Addresses
import Istio
import Planning
public import Ruleset

/// What the rules do with one kind of server, and which connections there are to such servers now.
public struct MiddlewareRow: Hashable, Sendable {
  /// `mysql`, or `tcp 3310` for a port that no known server listens on.
  public var name: String
  public var port: UInt16
  public var transport: TransportProtocol
  /// The fate of all the pod's applications' traffic to that port, anywhere outside the pod; nil where
  /// it depends on the address or the owner.
  public var asked: Fate?
  public var live: Fate?
  /// Open connections past the proxy, through it, and those nothing is known of.
  public var direct: Int
  public var proxied: Int
  public var unknown: Int
  /// Connections opened since the rules were written: the packets of the rules that decide of this
  /// traffic and no other. A nat chain sees only first packets.
  public var newConnections: UInt64?
  /// Where that cannot be said, the rule that this traffic shares with other traffic.
  public var sharedRule: RuleReference?
}

extension Inquiry {
  /// Ports that were asked about or are talked to, and the two most used kinds of server.
  func middlewareRows() -> [MiddlewareRow] {
    var ports = excludedPorts
    ports += connections.filter { $0.middleware != nil }.map(\.destination.port)
    ports += Middleware.catalogue.prefix(4).filter { [3306, 6379].contains($0.port) }.map(\.port)
    var seen: Set<UInt16> = []
    // Where no packet's fate differs, the live rules speak for those asked for as well.
    let askedJudge =
      comparison.changes.isEmpty ? nil : EndpointJudge(asked, proxies: proxies)
    return ports.filter { seen.insert($0).inserted }.map { row($0, askedJudge) }
  }

  /// As the config that is asked for names them.
  private var excludedPorts: [UInt16] {
    (candidate.config?.outboundPortsExclude ?? "").split(separator: ",").compactMap { item in
      CaptureScope.port(of: item.filter { !$0.isWhitespace })
    }.filter { $0 != 15020 }
  }

  private func row(_ port: UInt16, _ askedJudge: EndpointJudge?) -> MiddlewareRow {
    let name = Middleware.listening(on: port, .tcp)?.name ?? "tcp \(port)"
    let groups = connections.filter { $0.destination.port == port }
    let parts = parts(liveJudge, port)
    let live = fate(parts: parts)
    let rules = parts.map(\.rule)
    let own = rules.map { rule in rule.flatMap { exclusiveCount(of: $0, port) } }
    let isCounted = !own.isEmpty && own.allSatisfy { $0 != nil }
    let counts = Dictionary(zip(rules, own), uniquingKeysWith: { $1 }).values
    return MiddlewareRow(
      name: name, port: port, transport: .tcp,
      asked: askedJudge.map { fate(parts: self.parts($0, port)) } ?? live, live: live,
      direct: groups.reduce(0) { $0 + $1.direct.count },
      proxied: groups.reduce(0) { $0 + $1.proxied.count },
      unknown: groups.reduce(0) { $0 + $1.unknown.count },
      newConnections: isCounted ? counts.reduce(0) { $0 &+ ($1 ?? 0) } : nil,
      sharedRule: isCounted ? nil : rules.compactMap(\.self).first { !isExclusive($0, port) })
  }

  private func parts(_ judge: EndpointJudge, _ port: UInt16) -> [EndpointJudge.Part] {
    subject.spokenFamilies.flatMap { family in
      let own = subject.addresses.addresses.filter { $0.family == family }
      let others = family.unicast.subtracting(IntervalSet(own.map { $0.bits...$0.bits }))
      return judge.parts(of: others, in: family, port: port, .tcp)
    }
  }

  func fate(parts: [EndpointJudge.Part]) -> Fate? {
    let fates = Set(parts.map(\.outcome.fate))
    return fates.count == 1 ? fates.first : nil
  }

  /// Whether no other port's traffic can reach the rule.
  private func isExclusive(_ reference: RuleReference, _ port: UInt16) -> Bool {
    ruleset.rule(reference)?.onlyValue(of: .destinationPort) == UInt128(port)
  }

  /// Packets of such a rule, where it is in a nat chain.
  private func exclusiveCount(of reference: RuleReference, _ port: UInt16) -> UInt64? {
    guard isExclusive(reference, port), ruleset.isOfNAT(reference) else { return nil }
    return ruleset.rule(reference)?.counter?.packets
  }
}

extension Ruleset {
  /// Whether the rule is in a table whose chains see first packets only.
  fileprivate func isOfNAT(_ reference: RuleReference) -> Bool {
    tables.contains { table in
      table.family == reference.family && table.name == reference.table
        && table.chains.contains { $0.base?.kind == .nat }
    }
  }
}
