public import Addresses
public import Ruleset

extension Ruleset {
  /// Every port of this host that REDIRECT or TPROXY sends to, ascending.
  public var capturePorts: [UInt16] {
    let tproxied = tables.lazy.flatMap(\.chains).flatMap(\.rules).flatMap(\.steps).compactMap {
      step -> UInt16? in
      if case .effect(.tproxy(_, let port)) = step { port } else { nil }
    }
    return Set(redirectPorts + tproxied).sorted()
  }

  /// Whether a table for `family` has a rule that sends to the proxy.
  public func captures(_ family: Family) -> Bool {
    !Ruleset(tables.filter { $0.family.sees(family) && !$0.isDormant }).capturePorts.isEmpty
  }

  /// Those that hold any rule.
  public var heldBackends: [Backend] {
    let held = tables.filter { $0.chains.contains { !$0.rules.isEmpty } }.map(\.backend)
    return [.iptablesNFT, .iptablesLegacy, .iptables, .nftables].filter(held.contains)
  }
}
