/// The flags of byte 13 of the TCP header (RFC 9293), in the order iptables lists them.
enum TCPFlags {
  private static let names: [(name: String, bit: UInt8)] = [
    ("fin", 1), ("syn", 2), ("rst", 4), ("psh", 8), ("ack", 16), ("urg", 32), ("ecn", 64),
    ("cwr", 128),
  ]

  /// `fin,syn`; nothing for no flag.
  static func text(_ flags: UInt8, separator: String) -> String {
    flags == 0
      ? "0x0"
      : names.filter { flags & $0.bit != 0 }.map(\.name).joined(separator: separator)
  }

  /// `FIN,SYN`, `ALL`, `NONE`: as iptables writes them.
  static func saved(_ flags: UInt8) -> String {
    switch flags {
    case 0: "NONE"
    case 0x3F: "FIN,SYN,RST,PSH,ACK,URG"
    default: text(flags, separator: ",").uppercased()
    }
  }
}
