public import Addresses
public import PacketPath
public import Ruleset

/// What a user said of a packet; what is left out gets the contract's defaults.
public struct ProbeDraft {
  public var transport: TransportProtocol = .tcp
  public var source: IPAddress?
  public var sourcePort: UInt16?
  public var destination: IPAddress?
  public var destinationPort: UInt16?
  /// Absent: not said. `.some(nil)`: said to be no socket's.
  public var uid: UInt32??
  public var gid: UInt32??
  public var icmpType: UInt8?
  /// Of a type that is given; 0 where not said.
  public var icmpCode: UInt8?
  public var inputInterface: InterfaceName?
  public var outputInterface: InterfaceName?
  public var state: ConnectionState = .new
  public var mark: UInt32 = 0
  public var mapping: SocketAddress?

  public init() {}

  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case noDestination
    case noDestinationPort
    case familiesDiffer
    case bothInterfaces
    case oneOwner
    case mappingWithoutState
    case typeWithoutICMP

    public var description: String {
      switch self {
      case .noDestination: "no destination address"
      case .noDestinationPort: "no destination port"
      case .familiesDiffer: "source and destination are of different families"
      case .bothInterfaces: "either an incoming or an outgoing interface, not both"
      case .oneOwner: "a socket has both uid and gid, and a packet without socket has neither"
      case .typeWithoutICMP: "ICMP and ICMPv6 alone have a type, and a code only with it"
      case .mappingWithoutState: "a NAT mapping is told of established packets only"
      }
    }
  }

  /// The packet meant, in a pod of `network`.
  ///
  /// Left out: uid and gid 0 for outbound, no socket for inbound; out by `lo` to loopback and the
  /// pod's own addresses, else by the uplink; the source as routing would choose it.
  public func packet(in network: PodNetwork) throws(Problem) -> Packet {
    guard let destination else { throw .noDestination }
    guard let port = destinationPort ?? (transport.hasPorts ? nil : 0) else {
      throw .noDestinationPort
    }
    if let source, source.family != destination.family { throw .familiesDiffer }
    guard inputInterface == nil || outputInterface == nil else { throw .bothInterfaces }
    if mapping != nil, state != .established { throw .mappingWithoutState }
    let isICMP = transport == .icmp || transport == .icmpv6
    if icmpType != nil && !isICMP || icmpCode != nil && icmpType == nil { throw .typeWithoutICMP }
    let isInbound = inputInterface != nil
    let staysInPod = network.addresses.contains(destination)
    var packet = Packet(
      transport, from: source ?? (!isInbound && staysInPod ? loopbackSource(destination) : nil),
      port: sourcePort ?? 40000, to: destination, port: port,
      owner: try owner(isInbound: isInbound), in: inputInterface,
      out: isInbound ? nil : outputInterface ?? (staysInPod ? .loopback : network.uplink),
      state: state, mark: mark)
    packet.icmp = icmpType.map { UInt16($0) << 8 | UInt16(icmpCode ?? 0) }
    return packet
  }

  /// To a pod's own address the kernel sends from that address; to 127/8 from 127.0.0.1.
  private func loopbackSource(_ destination: IPAddress) -> IPAddress {
    guard destination.isLoopback else { return destination }
    return IPAddress(destination.family, destination.family == .ipv4 ? 0x7F00_0001 : 1)
  }

  private func owner(isInbound: Bool) throws(Problem) -> Owner? {
    if isInbound, uid == nil, gid == nil { return nil }
    let (uid, gid) = (uid ?? 0, gid ?? 0)
    switch (uid, gid) {
    case (let uid?, let gid?): return Owner(uid: uid, gid: gid)
    case (nil, nil): return nil
    // One said to be absent and the other not said: none.
    case (nil, 0) where self.gid == nil, (0, nil) where self.uid == nil: return nil
    default: throw .oneOwner
    }
  }
}
