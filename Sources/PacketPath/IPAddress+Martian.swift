import Addresses
import Ruleset

/// What is an address of `lo` alone is on no wire; for what NAT made of a packet, routing sees to it.
extension IPAddress {
  /// A mapping that sends a packet out with this source has it dropped (`__mkroute_output`): true of
  /// 127.0.0.0/8 unless `route_localnet` is set, which neither Istio nor Kubernetes does in a pod. IPv6
  /// lets ::1 out. (Measured.)
  var isMartianSource: Bool { family == .ipv4 && isLoopback }

  /// A mapping that takes a packet in with this destination has it dropped: 127.0.0.0/8 by
  /// `ip_route_input_slow`, likewise; ::1 because its route holds on `lo` only (`rt6_need_strict`).
  /// (Measured.)
  var isMartianDestination: Bool { isLoopback }
}

extension Packet {
  /// What is for nothing on a wire, or comes from what no host there has, is not taken in from one: IPv6
  /// drops it before the first hook (`ip6_rcv_core`). (Measured.)
  var isLostOnArrival: Bool {
    family == .ipv6 && (destination.isNeverDestination || source?.isNeverSource == true)
  }

  /// And IPv4 behind PREROUTING, where it is routed, unless that gave it another destination; nor does it
  /// take in what comes from an address of its own (`ip_route_input_slow`, `fib_validate_source`).
  /// (Measured.)
  func isLostInRouting(to destination: IPAddress?, in network: PodNetwork) -> Bool {
    guard family == .ipv4 else { return false }
    if destination?.isNeverDestination == true { return true }
    return source.map { $0.isNeverSource || network.addresses.contains($0) } == true
  }
}

extension IPAddress {
  /// Whether it is one of `Family.neverDestinations`.
  fileprivate var isNeverDestination: Bool {
    isLoopback || family == .ipv6 && isMulticast && bits >> 112 & 0xF <= 1
  }

  /// Whether it is one of `Family.neverSources`.
  fileprivate var isNeverSource: Bool { isLoopback || isMulticast || isLimitedBroadcast }
}
