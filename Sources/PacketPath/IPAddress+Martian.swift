import Addresses

extension IPAddress {
  /// 127.0.0.0/8 is on no wire: a mapping that sends a packet out with such a source, or takes one in
  /// with such a destination, has it dropped by routing (`__mkroute_output`, `ip_route_input_slow`).
  /// True unless `route_localnet` is set, which neither Istio nor Kubernetes does in a pod. IPv6 has
  /// no such rule for what NAT made. (Measured.)
  var isMartianOnAWire: Bool { family == .ipv4 && isLoopback }
}
