import Addresses

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
