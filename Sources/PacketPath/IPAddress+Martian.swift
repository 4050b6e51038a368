import Addresses

extension IPAddress {
  /// 127.0.0.0/8 is on no wire: what has it for its source cannot leave (`__mkroute_output`), and
  /// what has it for its destination cannot come in (`ip_route_input_slow`), so NAT that makes it so
  /// drops the packet. True unless `route_localnet` is set, which neither Istio nor Kubernetes does
  /// in a pod. IPv6 asks this of packets as they come in only, before NAT. (Measured.)
  var isConfinedToLoopback: Bool { family == .ipv4 && isLoopback }
}
