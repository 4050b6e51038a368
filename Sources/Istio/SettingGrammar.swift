import Addresses

/// What a stage takes as the value of a setting. None of them trims what it passes on.
public enum SettingGrammar: Hashable, Sendable {
  /// CIDRs with nothing but commas between them, or no value at all.
  case ranges(orWildcard: Bool)
  /// Ports, each with white space around it or not, or no value at all.
  case ports(orWildcard: Bool)
  case port
  case interfaces
  case word([String])
  /// Of 32 bits, in plain decimal.
  case number
  /// An amount of CPU or memory, as Kubernetes writes it.
  case quantity
  case flag
  case anything
}

extension SettingGrammar {
  /// Every item the stage would refuse, in order.
  func faults(in value: String) -> [(item: ListItem, reason: Refusal.Reason)] {
    switch self {
    case .anything: return []
    case .ranges(true) where value == "*", .ports(true) where value == "*": return []
    case .ranges:
      if value == "*" { return [(whole(value), .wildcard(instead: "0.0.0.0/0,::/0"))] }
      if value.isEmpty { return [] }
      return ListItem.all(of: value).filter { Prefix($0.text) == nil }
        .map { ($0, .range(PrefixProblem(of: $0.text))) }
    case .ports:
      if value.trimmed.isEmpty { return [] }
      return ListItem.all(of: value).compactMap { item in
        PortProblem(of: item.text).map { (item, .port($0)) }
      }
    case .port: return PortProblem(of: value).map { [(whole(value), .port($0))] } ?? []
    case .interfaces:
      if value.isEmpty { return [] }
      return ListItem.all(of: value).filter { !Self.isInterface($0.text.trimmed) }
        .map { ($0, .interface) }
    case .number:
      return value.isDecimal && UInt32(value) != nil ? [] : [(whole(value), .form(self))]
    case .quantity: return value.isQuantity ? [] : [(whole(value), .form(self))]
    case .flag: return GoText.flag(value) != nil ? [] : [(whole(value), .form(self))]
    case .word(let words):
      return words.contains(value) ? [] : [(whole(value), .form(self))]
    }
  }

  private func whole(_ value: String) -> ListItem {
    ListItem(text: value[...], offset: 0)
  }

  /// Models `ValidateInterfaceNames` of pkg/util/net, 1.30.
  private static func isInterface(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 15 else { return false }
    return Character(Unicode.Scalar(first)).isLetter && first < 0x80
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
  }
}

extension SettingGrammar: CustomStringConvertible {
  /// The accepted form.
  public var description: String {
    switch self {
    case .ranges(let orWildcard): "CIDRs separated by single commas" + (orWildcard ? ", or *" : "")
    case .ports(let orWildcard):
      "ports 0 to 65535 separated by commas" + (orWildcard ? ", or *" : "")
    case .port: "a port, 0 to 65535"
    case .interfaces: "interface names separated by commas"
    case .word(let words): words.joined(separator: " or ")
    case .number: "a number of 32 bits"
    case .quantity: "an amount such as 100m or 128Mi"
    case .flag: "true or false"
    case .anything: "any text"
    }
  }
}
