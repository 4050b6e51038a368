public import Addresses

/// Why a text is no address range to Go's `netip.ParsePrefix`, which every stage of Istio uses.
public enum PrefixProblem: Hashable, Sendable {
  case empty
  case wildcard
  /// A bare address: the range that means it.
  case noLength(meant: Prefix)
  case zone
  case leadingZero
  case space
  case length(String, atMost: Int)
  case notAnAddress

  /// `text` must not be a range.
  init(of text: some StringProtocol) {
    if text.isEmpty {
      self = .empty
    } else if text == "*" {
      self = .wildcard
    } else if text.contains(where: \.isWhitespace) {
      self = .space
    } else if let address = IPAddress(text) {
      self = .noLength(meant: Prefix(address))
    } else if text.contains("%") {
      self = .zone
    } else {
      self = Self.parts(of: text)
    }
  }

  private static func parts(of text: some StringProtocol) -> PrefixProblem {
    let slash = text.lastIndex(of: "/") ?? text.endIndex
    let address = text[..<slash]
    if let address = IPAddress(address) {
      return .length(String(text[slash...].dropFirst()), atMost: address.family.width)
    }
    let octets = address.split(separator: ".")
    let hasLeadingZero = octets.contains { $0.count > 1 && $0.first == "0" }
    return octets.count == 4 && hasLeadingZero ? .leadingZero : .notAnAddress
  }
}

extension PrefixProblem: CustomStringConvertible {
  /// What is wrong and what to write, to follow the quoted item.
  public var description: String {
    switch self {
    case .empty: "is empty; expected CIDRs separated by single commas"
    case .wildcard: "is no CIDR; '*' stands for everything only where it is the whole value"
    case .noLength(let meant): "has no length; write \(meant)"
    case .zone: "has a zone, which a CIDR cannot have"
    case .leadingZero: "has a leading zero; write the octets in plain decimal"
    case .space: "holds white space; write the CIDRs with nothing but commas between them"
    case .length(let text, let most): "has the length '\(text)'; expected 0 to \(most)"
    case .notAnAddress: "is no CIDR; expected one such as 10.1.2.0/24 or 2001:db8::/32"
    }
  }
}
