public import Addresses

/// Why an inventory cannot be asked about.
public enum WantError: Error, Hashable, Sendable, CustomStringConvertible {
  case noEndpoints
  /// No server can be reached by TCP at such an address.
  case notUnicast(endpoint: String, Prefix, kind: String)
  /// A socket that connects to it sends IPv4.
  case mapped(endpoint: String, why: String)

  public var description: String {
    switch self {
    case .noEndpoints: "the inventory holds no endpoint; expected at least one"
    case .notUnicast(let endpoint, let prefix, let kind):
      "endpoint '\(endpoint)': \(prefix) is \(kind), where no server can be; "
        + "expected a unicast address"
    case .mapped(let endpoint, let why): "endpoint '\(endpoint)': \(why)"
    }
  }

  init?(_ prefix: Prefix, of endpoint: Endpoint) {
    if let special = Self.special.first(where: { $0.range.holds(prefix) }) {
      self = .notUnicast(endpoint: endpoint.name, prefix, kind: special.kind)
    } else if let why = prefix.whyMappedIsRefused {
      self = .mapped(endpoint: endpoint.name, why: why)
    } else {
      return nil
    }
  }

  /// IANA's special-purpose registries; RFC 1122 3.2.1.3, RFC 4291 2.4.
  private static let special: [(range: Prefix, kind: String)] = [
    (Prefix(IPAddress(.ipv4, 0), length: 8), "\"this network\", 0.0.0.0/8"),
    (Prefix(IPAddress(.ipv4, 0xE000_0000), length: 4), "multicast"),
    (Prefix(IPAddress(.ipv4, 0xF000_0000), length: 4), "class E, 240.0.0.0/4"),
    (Prefix(IPAddress(.ipv6, 0)), "the unspecified address"),
    (Prefix(IPAddress(.ipv6, 0xFF << 120), length: 8), "multicast"),
  ]
}

extension Prefix {
  fileprivate func holds(_ other: Prefix) -> Bool {
    length <= other.length && contains(other.address)
  }
}
