public import Addresses

/// Why no exclusion does what is wanted, small enough to be checked by hand. Endpoints are named by
/// their place in the inventory.
public enum Impossibility: Hashable, Sendable {
  /// No setting captures this endpoint.
  case neverCaptured(endpoint: Int, because: String)
  /// An entry that is to stay lets a captured endpoint bypass.
  case keptPort(UInt16, endpoint: Int)
  case keptRange(Prefix, endpoint: Int)
  /// Neither way to let an endpoint bypass is open.
  case conflict(Conflict)

  /// An endpoint that must bypass, what stands against excluding its port, and what against excluding
  /// its address. Each alone can be lived with: without any one of the wants named here, the others
  /// named here can be fulfilled.
  public struct Conflict: Hashable, Sendable {
    public var endpoint: Int
    public var port: UInt16
    /// The part of the endpoint that is blocked; nil for any address.
    public var prefix: Prefix?
    public var againstPort: Obstacle
    public var againstRange: Obstacle
  }

  public enum Obstacle: Hashable, Sendable {
    /// An endpoint that must stay captured: on the same port, or inside the address.
    case captured(endpoint: Int)
    /// The port is among those that may not be excluded.
    case neverPort
    /// Before 1.25 an excluded port excludes TCP only.
    case tcpOnly
    /// Any address is meant, so no range holds them all.
    case anyAddress
    /// Native nftables holds for IPv6, but its ranges are written only with IPv6 on.
    case rangesNotWritten(Family)
    /// DNS capture comes before excluded ranges.
    case dnsCapture
  }
}

extension Impossibility.Conflict {
  /// Every endpoint whose want is named.
  public var endpoints: [Int] {
    var named = [endpoint]
    for case .captured(let other) in [againstPort, againstRange] where !named.contains(other) {
      named.append(other)
    }
    return named
  }
}

extension CaptureReach.Gap {
  /// To follow the endpoint's name.
  var reason: String {
    switch self {
    case .loopback: "is a loopback address, which these rules never capture on that port"
    case .ownAddress: "is the pod's own address, which these rules never capture on that port"
    case .udp: "is UDP, of which Istio captures nothing but DNS"
    case .interceptionNone: "is not captured in interception mode NONE, nor is anything"
    case .noRules(let family):
      "is \(family.title), for which no rule is written (--ipv6 writes them)"
    case .notIncluded: "is not among the ranges and ports the settings include"
    case .uplinkExcluded(let interface):
      "leaves by \(interface), of which the settings capture nothing (--exclude-interfaces)"
    case .unknown(let why): "whether it is cannot be told: \(why)"
    }
  }
}
