/// The two marks of netfilter: the packet's own and its connection's.
public enum MarkRegister: Hashable, Sendable {
  case packet
  case connection
}

/// Any assignment to a mark that the kernel's MARK and CONNMARK targets and nft's `meta mark set`
/// and `ct mark set` can make, as one formula over bits:
/// `target = (packet & fromPacket) ^ (connection & fromConnection) ^ constant`.
public struct MarkAssignment: Hashable, Sendable {
  public var target: MarkRegister
  public var fromPacket: UInt32
  public var fromConnection: UInt32
  public var constant: UInt32

  public init(
    target: MarkRegister, fromPacket: UInt32 = 0, fromConnection: UInt32 = 0, constant: UInt32 = 0
  ) {
    self.target = target
    self.fromPacket = fromPacket
    self.fromConnection = fromConnection
    self.constant = constant
  }

  /// `target = (target & ~mask) ^ value`, the form of `--set-xmark value/mask`.
  public static func set(_ target: MarkRegister, to value: UInt32, mask: UInt32 = .max) -> Self {
    switch target {
    case .packet: Self(target: .packet, fromPacket: ~mask, constant: value)
    case .connection: Self(target: .connection, fromConnection: ~mask, constant: value)
    }
  }

  /// CONNMARK's save: `connection = (connection & ~connectionMask) ^ (packet & packetMask)`.
  public static func save(packetMask: UInt32, connectionMask: UInt32) -> Self {
    Self(target: .connection, fromPacket: packetMask, fromConnection: ~connectionMask)
  }

  /// CONNMARK's restore: `packet = (packet & ~packetMask) ^ (connection & connectionMask)`.
  public static func restore(packetMask: UInt32, connectionMask: UInt32) -> Self {
    Self(target: .packet, fromPacket: ~packetMask, fromConnection: connectionMask)
  }

  public func result(packet: UInt32, connection: UInt32) -> UInt32 {
    (packet & fromPacket) ^ (connection & fromConnection) ^ constant
  }
}
