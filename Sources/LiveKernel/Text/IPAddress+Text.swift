import Addresses

extension IPAddress {
  /// As the C library prints it, and so every tool of netfilter: like `description`, but for
  /// IPv4-compatible addresses, `::127.0.0.53`.
  var inTools: String {
    guard family == .ipv6, bits >> 32 == 0, bits > 0xFFFF else { return "\(self)" }
    return "::\(IPAddress(.ipv4, bits))"
  }
}
