import Addresses
public import Ruleset

/// A packet as the compiled evaluator reads it: one row of words, so that a test is an index, a
/// subtraction and a comparison.
public struct FlatPacket: Sendable {
  /// What each word holds; wide values take two, upper half first.
  enum Word: UInt16 {
    case transportProtocol
    case sourceHigh, sourceLow
    case sourceKind
    case destinationHigh, destinationLow
    case sourcePort, destinationPort
    case icmp
    case uid, gid
    case inputHigh, inputLow
    case outputHigh, outputLow
    case connectionState
    case sourceType, destinationType
    case mark, connectionMark
    case tcpFlags
  }

  /// The value of a field that the packet does not have: above every domain, and above every mask.
  static let absent: UInt64 = 1 << 40

  // Kinds of sources: known, and not known from a peer; zero is this pod's own.
  static let sourceIsKnown: ClosedRange<UInt64> = 1...1
  static let sourceIsPeer: ClosedRange<UInt64> = 2...2

  var words: InlineArray<24, UInt64>

  /// The packet as its first hook sees it after conntrack.
  public init(_ packet: Packet) {
    words = InlineArray(repeating: Self.absent)
    self[.transportProtocol] = UInt64(packet.transport.rawValue)
    setSource(packet.source, isFromPeer: packet.inputInterface != nil)
    setDestination(packet.destination)
    if packet.transport.hasPorts {
      self[.sourcePort] = UInt64(packet.sourcePort)
      self[.destinationPort] = UInt64(packet.destinationPort)
    }
    setOwner(packet.owner)
    setInput(packet.inputInterface)
    setOutput(packet.outputInterface)
    self[.connectionState] = UInt64(packet.state.rawValue)
    self[.mark] = UInt64(packet.mark)
    self[.connectionMark] = UInt64(packet.connectionMark)
    if packet.transport == .tcp, let flags = packet.tcpFlags { self[.tcpFlags] = UInt64(flags) }
    if packet.transport == .icmp || packet.transport == .icmpv6, let icmp = packet.icmp {
      self[.icmp] = UInt64(icmp)
    }
    self[.sourceType] = UInt64(AddressType.unicast.rawValue)
    self[.destinationType] = UInt64(AddressType.unicast.rawValue)
  }

  subscript(word: Word) -> UInt64 {
    get { words[Int(word.rawValue)] }
    set { words[Int(word.rawValue)] = newValue }
  }

  mutating func setSource(_ address: IPAddress?, isFromPeer: Bool) {
    let unknown: UInt64 = isFromPeer ? 2 : 0
    self[.sourceKind] = address == nil ? unknown : 1
    self[.sourceHigh] = UInt64(truncatingIfNeeded: (address?.bits ?? 0) >> 64)
    self[.sourceLow] = UInt64(truncatingIfNeeded: address?.bits ?? 0)
  }

  mutating func setDestination(_ address: IPAddress) {
    self[.destinationHigh] = UInt64(truncatingIfNeeded: address.bits >> 64)
    self[.destinationLow] = UInt64(truncatingIfNeeded: address.bits)
  }

  mutating func setOwner(_ owner: Owner?) {
    self[.uid] = owner.map { UInt64($0.uid) } ?? UInt64(Owner.none)
    self[.gid] = owner.map { UInt64($0.gid) } ?? UInt64(Owner.none)
  }

  mutating func setInput(_ interface: InterfaceName?) {
    self[.inputHigh] = UInt64(truncatingIfNeeded: (interface?.bits ?? 0) >> 64)
    self[.inputLow] = UInt64(truncatingIfNeeded: interface?.bits ?? 0)
  }

  mutating func setOutput(_ interface: InterfaceName?) {
    self[.outputHigh] = UInt64(truncatingIfNeeded: (interface?.bits ?? 0) >> 64)
    self[.outputLow] = UInt64(truncatingIfNeeded: interface?.bits ?? 0)
  }
}
