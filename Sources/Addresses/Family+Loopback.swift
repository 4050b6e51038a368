extension Family {
  /// 127.0.0.0/8 or ::1.
  public var loopback: ClosedRange<UInt128> {
    self == .ipv4 ? 0x7F00_0000...0x7FFF_FFFF : 1...1
  }

  /// 127.0.0.1 or ::1.
  public var localhost: IPAddress {
    IPAddress(self, self == .ipv4 ? 0x7F00_0001 : 1)
  }

  /// All but loopback.
  public var foreignAddresses: IntervalSet {
    IntervalSet([loopback]).complement(in: IntervalSet([addresses]))
  }
}
