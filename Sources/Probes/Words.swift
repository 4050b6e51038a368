import Addresses
public import PacketPath
public import Ruleset

// How users spell the values of a probe, in flags and files alike.

extension ConnectionState {
  public static let words = allCases.map { "\($0)" }

  public init?(word: String) {
    guard let state = Self.allCases.first(where: { "\($0)" == word }) else { return nil }
    self = state
  }
}

extension TransportProtocol {
  /// A name such as `sctp`, or a number from 0 to 255.
  public init?(word: String) {
    if let known = Self.names.first(where: { $0.name == word }) {
      self = known.value
    } else if let number = UInt8(word) {
      self.init(rawValue: number)
    } else {
      return nil
    }
  }
}

extension SocketAddress {
  /// `10.0.0.1:80` or `[fd00::1]:80`.
  public init?(_ text: some StringProtocol) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[colon...].dropFirst()) else {
      return nil
    }
    let host = text[..<colon]
    let isBracketed = host.first == "[" && host.last == "]"
    guard let address = IPAddress(isBracketed ? host.dropFirst().dropLast() : host),
      isBracketed == (address.family == .ipv6)
    else { return nil }
    self.init(address, port)
  }
}
