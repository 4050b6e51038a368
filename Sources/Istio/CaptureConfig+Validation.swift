import Addresses

extension CaptureConfig {
  /// What istio-iptables checks before it writes a rule; it never looks at ports.
  ///
  /// Models `Validate` of tools/common/config/config.go.
  func validate(for version: IstioVersion) throws(Refusal) {
    if case .only(let groups) = ownerGroups, groups.count > 64 {
      throw Refusal(
        by: .generator, .ownerGroupsInclude, value: ownerGroupsInclude,
        because: .tooManyGroups(groups.count))
    }
    guard version.has(.loopbackRange) else { return }
    let text = hostIPv4LoopbackCidr
    guard let range = Prefix(text) else {
      throw Refusal(
        by: .generator, .hostIPv4LoopbackCidr, value: text,
        because: .range(PrefixProblem(of: text)))
    }
    guard range.family == .ipv4, range.address.isLoopback, range.length >= 8 else {
      throw Refusal(by: .generator, .hostIPv4LoopbackCidr, value: text, because: .loopback)
    }
  }

  /// The loopback addresses the rules name for a family.
  func loopback(_ family: Family, version: IstioVersion) -> String {
    switch family {
    case .ipv4: version.has(.loopbackRange) ? hostIPv4LoopbackCidr : "127.0.0.1/32"
    case .ipv6: "::1/128"
    }
  }
}
