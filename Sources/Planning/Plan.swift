public import Addresses
public import Findings
public import FlowSets
public import PacketPath
public import Ruleset

/// What becomes of the traffic to some servers under a ruleset, part by part.
public struct Plan {
  /// One server and the fates of its traffic.
  public struct Answer: Hashable, Sendable {
    public var endpoint: Endpoint
    /// All of its traffic, in order of family and address; never empty.
    public var parts: [EndpointJudge.Part]

    /// The one fate of all its traffic; nil where parts differ.
    public var fate: Fate? {
      let fates = Set(parts.map(\.outcome.fate))
      return fates.count == 1 ? fates.first : nil
    }
  }

  public var families: [Family]
  public var answers: [Answer]
  /// Addresses that every rule of a port leaves alone: what bypasses on every port asked about.
  public var ranges: [RangeAnswer]
  public var settings: PlanSettings?
  public var cautions: [Finding]
  /// What bypasses because of the exclusions; empty unless asked for (`collateral(of:…)`).
  public var collateral: [Region] = []

  /// Addresses whose traffic bypasses on every port.
  public struct RangeAnswer: Hashable, Sendable {
    public var prefix: Prefix
    public var rule: RuleReference?
  }

  /// - Parameters:
  ///   - endpoints: servers; one without an address is judged for any address outside the pod.
  ///   - families: those the pod has.
  ///   - settings: of Istio, where the rules are its own; they bring cautions and what to paste.
  public init(
    for endpoints: [Endpoint], under simulator: Simulator, families: [Family],
    settings: PlanSettings? = nil, clusterRanges: [Prefix] = []
  ) {
    let judge = EndpointJudge(simulator, proxies: settings?.proxies ?? .istioDefault)
    self.families = families
    self.settings = settings
    cautions = settings?.cautions(clusterRanges: clusterRanges) ?? []
    answers = endpoints.map { endpoint in
      Answer(
        endpoint: endpoint,
        parts: endpoint.families(else: families).flatMap { family -> [EndpointJudge.Part] in
          let addresses = endpoint.addresses(in: family, outside: simulator.network.addresses)
          guard !addresses.isEmpty else { return [] }
          return judge.parts(of: addresses, in: family, port: endpoint.port, endpoint.transport)
        })
    }.filter { !$0.parts.isEmpty }
    ranges = Self.ranges(of: settings, judge, families)
    cautions += answers.compactMap(\.disappointment)
  }

  /// The excluded ranges as the rules have them, each with the rule that lets it pass on a port that
  /// is not excluded itself.
  private static func ranges(
    of settings: PlanSettings?, _ judge: EndpointJudge, _ families: [Family]
  ) -> [RangeAnswer] {
    guard let settings else { return [] }
    let ports = Set(settings.excludedPortNumbers)
    guard let port = (1...UInt16.max).reversed().first(where: { !ports.contains($0) }) else {
      return []
    }
    return settings.excludedRanges.compactMap { Prefix($0) }.compactMap { prefix in
      guard families.contains(prefix.family) else { return nil }
      let addresses = IntervalSet([prefix.range]).intersection(prefix.family.unicast)
      let parts = judge.parts(of: addresses, in: prefix.family, port: port, .tcp)
      guard let only = parts.first, parts.allSatisfy({ $0.outcome.fate == .bypass }) else {
        return nil
      }
      return RangeAnswer(prefix: prefix.network, rule: parts.count == 1 ? only.rule : nil)
    }
  }
}

extension Plan.Answer {
  /// Said where some of the traffic does not meet the fate its inventory wants.
  fileprivate var disappointment: Finding? {
    let wanted: Fate
    switch endpoint.want {
    case .either: return nil
    case .bypass: wanted = .bypass
    case .captured: wanted = .captured
    }
    guard let other = parts.first(where: { $0.outcome.fate != wanted }) else { return nil }
    let some = fate == nil ? "some of it is" : "is"
    return Finding(
      PlanCodes.notAsWanted,
      "\(endpoint.name) wants \(wanted.rawValue), \(some) \(other.outcome.fate.rawValue).",
      fix: "bypass-plan suggest --inventory FILE", object: "endpoint/\(endpoint.name)")
  }
}

extension Endpoint {
  /// The families to judge it in: where it names addresses theirs, whether the pod has them or not.
  fileprivate func families(else families: [Family]) -> [Family] {
    guard case .prefixes(let prefixes) = place else { return families }
    return Family.allCases.filter { family in prefixes.contains { $0.family == family } }
  }

  /// The addresses meant, in one family; `local` are the pod's own.
  func addresses(in family: Family, outside local: LocalAddresses) -> IntervalSet {
    switch place {
    case .anywhere, .host: family.unicast.subtracting(local.set(of: family))
    case .prefixes(let prefixes): IntervalSet(prefixes.filter { $0.family == family })
    }
  }
}

extension EndpointJudge.Owners {
  /// The proxy of an injected pod: uid and gid 1337.
  public static let istioDefault = Self(uids: IntervalSet(1337), gids: IntervalSet(1337))
}

extension PlanSettings {
  /// The numbers of the users and groups the proxy runs as; names have none.
  public var proxies: EndpointJudge.Owners {
    EndpointJudge.Owners(
      uids: IntervalSet(ids: capture.config?.proxyUID ?? ""),
      gids: IntervalSet(ids: capture.config?.proxyGID ?? ""))
  }
}

extension IntervalSet {
  /// The numbers of a list such as `1337,1338`; names of users and groups have none and are left out.
  init(ids list: String) {
    self.init(
      list.split(separator: ",").compactMap { UInt32($0) }.map { UInt128($0)...UInt128($0) })
  }
}
