internal import Addresses
public import PacketPath
public import Ruleset

/// Where a packet was seen to end.
public enum Sighting: Hashable, Sendable {
  /// Delivered in the pod, with the destination its header had then; `listener` is the port of the
  /// transparent socket that took it.
  case delivered(SocketAddress, listener: UInt16?)
  /// It left the pod, for this destination.
  case left(SocketAddress)
  /// Nowhere; the sender was told so.
  case refused
  /// Nowhere, and nobody was told.
  case silent
}

extension Sighting {
  /// What `outcome` would look like.
  ///
  /// Outcomes that look alike are one here, for nobody can tell them apart from outside: REDIRECT or
  /// TPROXY to the very port a packet was for, and local delivery; REDIRECT, and DNAT to the pod.
  func agrees(with outcome: Outcome, of packet: Packet, in network: PodNetwork) -> Bool {
    let asked = SocketAddress(packet.destination, packet.destinationPort)
    switch (outcome, self) {
    case (.redirect(let address, let port), .delivered(let seen, _)):
      return port == seen.port && (address == nil || address == seen.address)
    case (.dnat(let address, let port), .delivered(let seen, _)):
      return SocketAddress(address, port) == seen && network.addresses.contains(address)
    case (.dnat(let address, let port), .left(let seen)):
      return SocketAddress(address, port) == seen && !network.addresses.contains(address)
    // What TPROXY takes may be mapped besides, and the socket is the same.
    case (.tproxy(_, let port), .delivered(_, let listener)): return listener == port
    case (.local, .delivered(let seen, let listener)):
      return seen == asked && (listener == nil || listener == asked.port)
    case (.bypass, .left(let seen)), (.forward, .left(let seen)): return seen == asked
    case (.drop, .silent), (.reject, .refused): return true
    default: return false
    }
  }

  /// The plainest outcome that looks like this, in the model's words.
  public func outcome(of packet: Packet, in network: PodNetwork) -> Outcome {
    let asked = SocketAddress(packet.destination, packet.destinationPort)
    switch self {
    case .delivered(let seen, let listener?) where listener != seen.port:
      return .tproxy(nil, port: listener)
    case .delivered(asked, _): return .local
    case .delivered(let seen, _): return .redirect(seen.address, port: seen.port)
    case .left(asked): return packet.inputInterface == nil ? .bypass : .forward
    case .left(let seen): return .dnat(seen.address, port: seen.port)
    case .refused: return .reject(with: "an error")
    case .silent: return .drop
    }
  }
}

/// What came of one probe.
public enum Observation: Hashable, Sendable {
  case seen(Sighting)
  /// No socket can send such a packet, or the kernel would not have it sent.
  case unsent(String)
}
