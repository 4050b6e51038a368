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
  /// What bears an address of `lo` alone is not taken in from a wire: IPv6 drops it before the first
  /// hook (`ip6_rcv_core`). (Measured.)
  var isLostOnArrival: Bool {
    family == .ipv6 && (destination.isLoopback || source?.isLoopback == true)
  }

  /// And IPv4 behind PREROUTING, where it is routed, unless that gave it another destination
  /// (`ip_route_input_slow`). (Measured.)
  func isLostInRouting(to destination: IPAddress?) -> Bool {
    family == .ipv4 && (destination?.isLoopback == true || source?.isLoopback == true)
  }
}
