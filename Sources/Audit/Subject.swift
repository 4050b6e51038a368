public import Addresses
public import LiveKernel
public import Ruleset

/// What was read of one network namespace, at about the same moment.
public struct Subject: Sendable {
  /// How it was named: `pid:1234`, `pod:shop/orders`.
  public var name: String
  public var pod: Pod
  public var proxy: Pod.Proxy?
  public var live: LiveRuleset
  public var addresses: LocalAddresses
  /// With the processes that hold them, where those may be seen.
  public var sockets: [Socket]
  /// Nil where the kernel has none, or nobody asked.
  public var conntrack: [ConntrackEntry]?

  public init(
    name: String, pod: Pod, proxy: Pod.Proxy? = nil, live: LiveRuleset,
    addresses: LocalAddresses = LocalAddresses(), sockets: [Socket] = [],
    conntrack: [ConntrackEntry]? = []
  ) {
    self.name = name
    self.pod = pod
    self.proxy = proxy
    self.live = live
    self.addresses = addresses
    self.sockets = sockets
    self.conntrack = conntrack
  }
}

extension Subject {
  /// The families of the pod's addresses in their order, those aside that reach nobody else: what
  /// istio-iptables looks at.
  public var families: [Family] {
    addresses.addresses.filter(\.isGlobal).map(\.family)
  }

  /// The families the pod can speak; IPv4 where it has no address yet.
  var spokenFamilies: [Family] {
    let spoken = Family.allCases.filter(families.contains)
    return spoken.isEmpty ? [.ipv4] : spoken
  }
}

extension IPAddress {
  /// Neither loopback nor link-local.
  fileprivate var isGlobal: Bool {
    let isLinkLocal = family == .ipv4 ? bits >> 16 == 0xA9FE : bits >> 118 == 0xFE80 >> 6
    return !isLoopback && !isLinkLocal
  }
}
