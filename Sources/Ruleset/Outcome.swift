public import Addresses

/// What becomes of a packet in the pod's network namespace.
public enum Outcome: Hashable, Sendable {
  /// To a port of the pod itself, by the kernel's REDIRECT. The address is absent where it is the
  /// interface's own and not known.
  case redirect(IPAddress?, port: UInt16)
  /// To a local socket, unchanged, by TPROXY.
  case tproxy(IPAddress?, port: UInt16)
  /// To another destination.
  case dnat(IPAddress, port: UInt16)
  /// Leaves the pod unmodified.
  case bypass
  /// Delivered in the pod unmodified.
  case local
  /// Inbound, for another address.
  case forward
  case drop
  case reject(with: String)
  /// Something not understood, or not given, could have decided.
  case unknown(String)
}

extension Outcome {
  /// The verdict word of `simulate`.
  public var word: String {
    switch self {
    case .redirect: "redirect"
    case .tproxy: "tproxy"
    case .dnat: "dnat"
    case .bypass: "bypass"
    case .local: "local"
    case .forward: "forward"
    case .drop: "drop"
    case .reject: "reject"
    case .unknown: "unknown"
    }
  }

  /// Where redirect, tproxy and dnat send it.
  public var port: UInt16? {
    switch self {
    case .redirect(_, let port), .tproxy(_, let port), .dnat(_, let port): port
    default: nil
    }
  }

  public var address: IPAddress? {
    switch self {
    case .redirect(let address, _), .tproxy(let address, _): address
    case .dnat(let address, _): address
    default: nil
    }
  }

  public var fate: Fate {
    switch self {
    case .redirect(_, let port), .tproxy(_, let port): port == Fate.dnsPort ? .dns : .captured
    case .dnat(let address, let port):
      address.isLoopback ? Outcome.redirect(address, port: port).fate : .bypass
    case .bypass, .forward: .bypass
    case .local: .local
    case .drop: .drop
    case .reject: .reject
    case .unknown: .unknown
    }
  }
}

/// What an outcome means for the sidecar; the one vocabulary of every command.
public enum Fate: String, Hashable, Sendable, CaseIterable {
  /// To the proxy, by redirect or tproxy.
  case captured
  /// To the agent's DNS proxy.
  case dns
  case bypass
  case local
  case drop
  case reject
  case unknown

  /// Where Istio's agent answers DNS (fixed in pilot-agent).
  public static let dnsPort: UInt16 = 15053
}
