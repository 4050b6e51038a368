/// Why an item of an annotation's port list is no port to the webhook and the CNI plugin.
///
/// Models `validatePortList` of pkg/kube/inject/validate.go and cni/pkg/plugin/sidecar_redirect.go,
/// 1.19–1.31: items are trimmed, none may be empty, and a port is 0 to 65535 without a sign.
public enum PortProblem: Hashable, Sendable {
  case empty
  case range
  case wildcard
  case notAPort

  /// nil when `text` is a port.
  init?(of text: some StringProtocol) {
    let word = text.trimmed
    if word.isDecimal, UInt16(word) != nil { return nil }
    if word.isEmpty {
      self = .empty
    } else if word == "*" {
      self = .wildcard
    } else if word.isPortRange {
      self = .range
    } else {
      self = .notAPort
    }
  }
}

extension PortProblem: CustomStringConvertible {
  /// What is wrong and what to write, to follow the quoted item.
  public var description: String {
    switch self {
    case .empty: "is empty; expected ports separated by single commas"
    case .range: "is a range; list each port"
    case .wildcard: "is no port; expected 0 to 65535"
    case .notAPort: "is no port; expected 0 to 65535"
    }
  }
}

extension StringProtocol {
  /// Two numbers with a colon or a hyphen between them.
  fileprivate var isPortRange: Bool {
    let ends = split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
    return ends.count == 2 && ends.allSatisfy(\.isDecimal)
  }
}
