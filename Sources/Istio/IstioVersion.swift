/// A minor version of Istio, 1.19 to 1.31: the grain at which its rules change.
public struct IstioVersion: Hashable, Sendable, Comparable {
  public let minor: Int

  public static let oldest = IstioVersion(minor: 19)
  public static let newest = IstioVersion(minor: 31)

  /// Every version modelled, oldest first.
  public static let all = (oldest.minor...newest.minor).map(IstioVersion.init(minor:))

  public static func < (a: Self, b: Self) -> Bool { a.minor < b.minor }
}

extension IstioVersion: CustomStringConvertible, LosslessStringConvertible {
  /// `1.24`, `1.24.3` or either with a leading `v`; nil for a version that is not modelled.
  ///
  /// A patch release programs what its minor version does, so the patch is read and dropped.
  public init?(_ text: some StringProtocol) {
    let digits = text.first == "v" ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts[0] == "1",
      parts.allSatisfy(\.isDecimal),
      let minor = Int(parts[1]), (Self.oldest.minor...Self.newest.minor).contains(minor)
    else { return nil }
    self.init(minor: minor)
  }

  public var description: String { "1.\(minor)" }
}
