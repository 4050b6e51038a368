public import Addresses

/// One packet as the hooks see it, with its connection's state.
public struct Packet: Hashable, Sendable {
  public var transport: TransportProtocol
  /// Absent where the pod's own address was chosen by routing and nobody said which: then it is
  /// some address of the destination's family that is not loopback.
  public var source: IPAddress?
  public var destination: IPAddress
  public var sourcePort: UInt16
  public var destinationPort: UInt16
  /// Absent for a packet that no socket sent.
  public var owner: Owner?
  /// Absent where the hook has no such interface.
  public var inputInterface: InterfaceName?
  public var outputInterface: InterfaceName?
  public var state: ConnectionState
  public var mark: UInt32
  public var connectionMark: UInt32
  /// Byte 13 of the TCP header; absent where not known.
  public var tcpFlags: UInt8?
  /// Type × 256 + code; absent where not known.
  public var icmp: UInt16?

  public init(
    _ transport: TransportProtocol, from source: IPAddress? = nil, port sourcePort: UInt16 = 40000,
    to destination: IPAddress, port destinationPort: UInt16 = 0, owner: Owner? = nil,
    in inputInterface: InterfaceName? = nil, out outputInterface: InterfaceName? = nil,
    state: ConnectionState = .new, mark: UInt32 = 0, connectionMark: UInt32 = 0
  ) {
    self.transport = transport
    self.source = source
    self.sourcePort = sourcePort
    self.destination = destination
    self.destinationPort = destinationPort
    self.owner = owner
    self.inputInterface = inputInterface
    self.outputInterface = outputInterface
    self.state = state
    self.mark = mark
    self.connectionMark = connectionMark
    tcpFlags = transport == .tcp && state == .new ? 0b10 : nil
  }

  public var family: Family { destination.family }

  public var icmpType: UInt8? { icmp.map { UInt8($0 >> 8) } }
  public var icmpCode: UInt8? { icmp.map { UInt8($0 & 0xFF) } }
}

/// The addresses a pod holds, which decide what is local to it.
public struct LocalAddresses: Hashable, Sendable {
  /// In the interface's order: the first of a family is what REDIRECT in PREROUTING maps to.
  public var addresses: [IPAddress]

  public init(_ addresses: [IPAddress] = []) {
    self.addresses = addresses
  }

  /// Loopback, or one of the pod's own.
  public func contains(_ address: IPAddress) -> Bool {
    address.isLoopback || addresses.contains(address)
  }

  public func first(of family: Family) -> IPAddress? {
    addresses.first { $0.family == family }
  }

  /// What the routing table says of `address`, as far as addresses alone tell: a subnet's broadcast
  /// address is not known here.
  public func type(of address: IPAddress) -> AddressType {
    if contains(address) { return .local }
    if address.isMulticast { return .multicast }
    return address.isLimitedBroadcast ? .broadcast : .unicast
  }
}
