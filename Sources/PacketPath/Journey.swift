import Addresses
public import Ruleset

/// The whole way of a connection's first packet: from its sender to the sidecar that captured it, from
/// there on as the sidecar's own packet, and so on until it leaves the pod or reaches the app.
public struct Journey: Hashable, Sendable {
  public enum Sender: Hashable, Sendable {
    /// Who sent the packet asked about.
    case client
    /// Envoy's outbound listener, to the address it was asked for or the endpoint it chose.
    case outboundProxy
    /// Envoy's inbound listener, to the app.
    case inboundProxy
    /// The agent's DNS proxy, to the resolver that was asked.
    case dnsProxy
  }

  /// One packet of the journey and its way through the hooks.
  public struct Leg: Hashable, Sendable {
    public var sender: Sender
    public var packet: Packet
    public var path: Path
  }

  public var legs: [Leg]
  /// The proxy's own packets come back to the listener that sent them: a loop.
  public var isLoop: Bool

  /// Where the last packet ends.
  public var outcome: Outcome? { legs.last?.path.outcome }
}

/// The sidecar's listeners and owner.
public struct Sidecar: Hashable, Sendable {
  public var owner: Owner
  public var outboundPort: UInt16
  public var inboundPort: UInt16
  public var dnsPort: UInt16
  /// Of its transparent sockets, in TPROXY mode.
  public var mark: UInt32

  public init(
    owner: Owner = Owner(uid: 1337, gid: 1337), outboundPort: UInt16 = 15001,
    inboundPort: UInt16 = 15006, dnsPort: UInt16 = Fate.dnsPort, mark: UInt32 = 1337
  ) {
    self.owner = owner
    self.outboundPort = outboundPort
    self.inboundPort = inboundPort
    self.dnsPort = dnsPort
    self.mark = mark
  }
}

extension Simulator {
  /// Follows `packet` through the sidecar.
  ///
  /// - Parameters:
  ///   - endpoint: what Envoy's load balancing makes of the destination, such as the pod's own
  ///     address for a service that it is itself an endpoint of; without it Envoy goes where the
  ///     client asked to go.
  public func journey(
    of packet: Packet, through sidecar: Sidecar = Sidecar(), to endpoint: SocketAddress? = nil,
    tracing: Bool = false
  ) -> Journey {
    var journey = Journey(legs: [], isLoop: false)
    var next: (sender: Journey.Sender, packet: Packet)? = (.client, packet)
    while let (sender, packet) = next {
      if journey.legs.contains(where: { $0.sender == sender }) {
        journey.isLoop = true
        break
      }
      let path = path(of: packet, tracing: tracing)
      journey.legs.append(Journey.Leg(sender: sender, packet: packet, path: path))
      next = sidecar.forwarded(packet, after: path.outcome, to: endpoint)
    }
    return journey
  }
}

extension Sidecar {
  /// The packet that the listener a packet reached sends in its turn; nil where it reached none.
  fileprivate func forwarded(
    _ packet: Packet, after outcome: Outcome, to endpoint: SocketAddress?
  ) -> (sender: Journey.Sender, packet: Packet)? {
    guard outcome.fate == .captured || outcome.fate == .dns, let port = outcome.port else {
      return nil
    }
    switch port {
    case outboundPort: return (.outboundProxy, own(packet, to: endpoint))
    case dnsPort: return (.dnsProxy, own(packet, to: nil))
    case inboundPort: return (.inboundProxy, toApp(packet, isTransparent: outcome.word == "tproxy"))
    default: return nil
    }
  }

  private func own(_ packet: Packet, to endpoint: SocketAddress?) -> Packet {
    Packet(
      packet.transport, port: packet.sourcePort, to: endpoint?.address ?? packet.destination,
      port: endpoint?.port ?? packet.destinationPort, owner: owner)
  }

  /// The inbound listener reaches the app by lo: from 127.0.0.6 or ::6 (Istio's pass-through bind
  /// addresses, which its rules leave alone), and in TPROXY mode from the client's own address with
  /// the mark that the route for answers needs.
  private func toApp(_ packet: Packet, isTransparent: Bool) -> Packet {
    let passThrough = IPAddress(packet.family, packet.family == .ipv4 ? 0x7F00_0006 : 6)
    return Packet(
      packet.transport, from: isTransparent ? packet.source : passThrough,
      port: packet.sourcePort, to: packet.destination, port: packet.destinationPort, owner: owner,
      out: .loopback, mark: isTransparent ? mark : 0)
  }
}
