import Addresses
import Istio
import PacketPath
import Ruleset

/// App traffic under the rules of some settings, with nothing excluded or with all that one list can
/// exclude.
struct CaptureView {
  enum List {
    case nothing, everyPort, everyRange
  }

  private let rules: Ruleset
  private let judge: EndpointJudge
  private let network: PodNetwork

  init(
    _ settings: PlanSettings, _ local: LocalAddresses, excluding list: List = .nothing
  ) throws {
    rules = try settings.ruleset(excluding: list)
    network = PodNetwork(local, for: rules)
    judge = EndpointJudge(try Simulator(rules, in: network), proxies: settings.proxies)
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

  /// Of each port, the number of its class: ports that no rule tells apart share one.
  var portClasses: [Int32] {
    var numbers = [Int32](repeating: 0, count: 1 << 16)
    let classes = Atoms.classes(
      of: rules.sets(testing: .destinationPort), in: IntervalSet([0...65535]))
    for (number, ports) in classes.enumerated() {
      for interval in ports.intervals {
        for port in interval { numbers[Int(port)] = Int32(truncatingIfNeeded: number) }
      }
    }
    return numbers
  }
}

extension PlanSettings {
  /// The rules with these lists of outbound exclusions and no others.
  fileprivate func ruleset(excluding list: CaptureView.List) throws -> Ruleset {
    guard var config = capture.config else { return Ruleset() }
    config.outboundPortsExclude = ""
    config.outboundIPRangesExclude = ""
    switch list {
    case .nothing: break
    case .everyPort:
      config.outboundPortsExclude = backend == .iptables ? "0:65535" : "0-65535"
    case .everyRange: config.outboundIPRangesExclude = "0.0.0.0/0,::/0"
    }
    return try CaptureRules(for: config, version: capture.version, backend: backend)
      .ruleset(owners: owners)
  }
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
