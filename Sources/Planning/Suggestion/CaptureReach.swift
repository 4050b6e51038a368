import Addresses
import Istio
import PacketPath
import Ruleset

/// What becomes of app traffic before anything is excluded, and what excluding its port or a range
/// would make of it: for each service asked about, of every address.
///
/// Worked out from the rules Istio writes, so what bypasses anyway and what is never captured follow
/// from them. The rule of an entry speaks of its own port or range alone; so the rules with every port
/// excluded, and those with every range, say of each address what an entry for it would do.
struct CaptureReach: Sendable {
  struct Service: Hashable {
    var port: UInt16
    var transport: TransportProtocol
  }

  /// The addresses of one family, by what becomes of a service's traffic to them. Addresses where no
  /// server can be are in all of them but `passing`.
  struct Fates {
    /// It bypasses, or stays in the pod.
    var passing: IntervalSet
    /// All of it is captured, or taken by DNS capture.
    var captured: IntervalSet
    /// It passes once the port is excluded, and once a range with the address is.
    var passingByPort: IntervalSet
    var passingByRange: IntervalSet
    /// What leaves by an interface other than the uplink is captured.
    var capturedElsewhere: IntervalSet
    /// Why it cannot be told, where it cannot.
    var unknown: String?
  }

  /// Whose traffic is meant.
  let scope: Suggestion.Scope
  /// Those with rules.
  let families: Set<Family>
  private let capturesNothing: Bool
  private let uplink: InterfaceName
  /// Loopback and the pod's own addresses, of each family.
  private let own: [IntervalSet]
  /// Of each port, which ports the rules do not tell from it.
  private let portClasses: [Int32]
  private let fates: [Key: Fates]

  private struct Key: Hashable {
    var ports: Int32
    var transport: TransportProtocol
    var family: Family
  }

  /// - Parameter services: all that will be asked about.
  init(
    _ settings: PlanSettings, local: LocalAddresses = LocalAddresses(), services: [Service]
  ) throws {
    let config = settings.capture.config
    capturesNothing = config == nil
    families = Set(
      Family.allCases.filter { family in
        guard let config else { return false }
        return family == .ipv4 || config.enableIPv6 || settings.backend == .nftables
      })
    own = Family.allCases.map { PodNetwork(local).localAddresses(of: $0) }
    let uplink = PodNetwork(local).uplink
    self.uplink = uplink

    let base = try CaptureView(settings, local)
    let noPorts = try CaptureView(settings, local, excluding: .everyPort)
    let noRanges = try CaptureView(settings, local, excluding: .everyRange)
    portClasses = base.portClasses
    var questions: [(key: Key, port: UInt16)] = []
    var isAsked: Set<Key> = []
    for service in services {
      for family in Family.allCases {
        let key = Key(
          ports: portClasses[Int(service.port)], transport: service.transport, family: family)
        if isAsked.insert(key).inserted { questions.append((key, service.port)) }
      }
    }
    let asTheyStand = questions.map { base.parts($0.port, $0.key.transport, $0.key.family) }
    let scope = Suggestion.Scope(of: asTheyStand.flatMap(\.self), in: settings, uplink: uplink)
    self.scope = scope
    var fates: [Key: Fates] = [:]
    for ((key, port), parts) in zip(questions, asTheyStand) {
      let meant = parts.filter { scope.holds($0) && $0.leaves(by: uplink) }
      fates[key] = Fates(
        passing: meant.destinations { !$0.isPassing }.complement(in: base.servers(key.family)),
        captured: meant.destinations { !$0.isCaptured }.complement(in: key.family.all),
        passingByPort: noPorts.notPassing(port, key.transport, key.family, scope, uplink)
          .complement(in: key.family.all),
        passingByRange: noRanges.notPassing(port, key.transport, key.family, scope, uplink)
          .complement(in: key.family.all),
        capturedElsewhere: parts.filter { !$0.leaves(by: uplink) }.destinations { $0.isCaptured },
        unknown: meant.lazy.compactMap(\.whyUnknown).first)
    }
    self.fates = fates
  }

  /// What becomes of a service that was asked about.
  func fates(_ port: UInt16, _ transport: TransportProtocol, in family: Family) -> Fates? {
    fates[Key(ports: portClasses[Int(port)], transport: transport, family: family)]
  }

  /// Loopback and the pod's own addresses.
  func own(_ family: Family) -> IntervalSet { own[family == .ipv4 ? 0 : 1] }

  /// The addresses meant by a prefix: other hosts', unless it holds none but the pod's own.
  func meant(_ prefix: Prefix) -> IntervalSet {
    let own = own(prefix.family)
    let range = IntervalSet([prefix.range])
    if !own.overlaps(prefix.range) || own.contains(prefix.range) { return range }
    return range.subtracting(own)
  }

  /// Why not all of this traffic is captured; nil where it is.
  func gap(_ port: UInt16, _ transport: TransportProtocol, to prefix: Prefix) -> Gap? {
    if capturesNothing { return .interceptionNone }
    let meant = meant(prefix)
    guard let fates = fates(port, transport, in: prefix.family) else { return .notIncluded }
    if meant.isSubset(of: fates.captured) { return nil }
    if own(prefix.family).contains(prefix.range) {
      return prefix.address.isLoopback ? .loopback : .ownAddress
    }
    if !families.contains(prefix.family) { return .noRules(prefix.family) }
    let missing = meant.subtracting(fates.captured)
    if !missing.intersection(fates.capturedElsewhere).isEmpty { return .uplinkExcluded(uplink) }
    if let why = fates.unknown, !missing.isSubset(of: fates.passing) { return .unknown(why) }
    return transport == .tcp ? .notIncluded : .udp
  }

  /// Why traffic is not captured as it stands.
  enum Gap: Hashable, Sendable {
    case loopback
    case ownAddress
    case udp
    case interceptionNone
    case noRules(Family)
    case notIncluded
    /// By the interface that leads to other hosts.
    case uplinkExcluded(InterfaceName)
    /// Something not understood decides.
    case unknown(String)
  }
}

extension Family {
  fileprivate var all: IntervalSet { IntervalSet([addresses]) }
}
