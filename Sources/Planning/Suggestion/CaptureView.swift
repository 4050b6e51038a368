import Addresses
import Istio
import PacketPath
import Ruleset

/// App traffic under the rules of some settings, with nothing excluded or with all that one list can
/// exclude.
struct CaptureView {
  private let rules: Ruleset
  private let judge: EndpointJudge
  private let network: PodNetwork

  init(_ rules: Ruleset, in network: PodNetwork, proxies: EndpointJudge.Owners) throws {
    self.rules = rules
    self.network = network
    judge = EndpointJudge(try Simulator(rules, in: network), proxies: proxies)
  }

  /// Where a server can be, the pod itself among them.
  func servers(_ family: Family) -> IntervalSet {
    family.unicast.union(network.localAddresses(of: family))
  }

  func parts(
    _ port: UInt16, _ transport: TransportProtocol, _ family: Family
  ) -> [EndpointJudge.Part] {
    judge.parts(of: servers(family), in: family, port: port, transport)
  }

  /// Where some of the traffic meant does not pass.
  func notPassing(
    _ port: UInt16, _ transport: TransportProtocol, _ family: Family, _ scope: Suggestion.Scope,
    _ uplink: InterfaceName
  ) -> IntervalSet {
    parts(port, transport, family).filter { scope.holds($0) && $0.leaves(by: uplink) }
      .destinations { !$0.isPassing }
  }

  var portClasses: PortClasses { PortClasses(of: rules.sets(testing: .destinationPort)) }
}

extension [EndpointJudge.Part] {
  /// The addresses of the parts with such a fate.
  func destinations(where isMeant: (Fate) -> Bool) -> IntervalSet {
    reduce(IntervalSet.empty) { isMeant($1.outcome.fate) ? $0.union($1.destinations) : $0 }
  }
}

extension EndpointJudge.Part {
  func leaves(by interface: InterfaceName) -> Bool {
    interfaces?.contains(interface.bits) ?? true
  }

  /// Why its fate cannot be told, where it cannot.
  var whyUnknown: String? {
    if case .unknown(let reason) = outcome { reason } else { nil }
  }
}

extension Fate {
  /// Past the sidecar, or to the pod itself.
  var isPassing: Bool { self == .bypass || self == .local }

  /// To the sidecar, or to the agent's DNS proxy.
  var isCaptured: Bool { self == .captured || self == .dns }
}
