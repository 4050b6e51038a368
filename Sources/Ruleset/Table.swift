public import Addresses

/// Where netfilter calls chains (`enum nf_inet_hooks`, and nf_tables' ingress).
public enum Hook: UInt8, Hashable, Sendable, CaseIterable {
  case prerouting
  case input
  case forward
  case output
  case postrouting
  case ingress
  case egress

  /// Where NAT changes destinations, and conntrack looks packets up; elsewhere it changes sources.
  public var mapsDestination: Bool { self == .prerouting || self == .output }

  /// Where netfilter's one NAT hook runs the nat chains of this one (`NF_IP_PRI_NAT_DST`, `_SRC`).
  public var natPriority: Int32 { mapsDestination ? -100 : 100 }
}

/// A chain the kernel calls, rather than another chain.
public struct BaseChain: Hashable, Sendable {
  /// Which packets come by, and what happens after: a `nat` chain sees only the first packet of a
  /// connection; a `route` chain's packet is routed anew when its mark or addresses changed.
  public enum Kind: String, Hashable, Sendable {
    case filter
    case nat
    case route
  }

  public enum Policy: String, Hashable, Sendable {
    case accept
    case drop
  }

  public var kind: Kind
  public var hook: Hook
  /// Lower runs first; -200 is conntrack's own.
  public var priority: Int32
  public var policy: Policy
  public var counter: Counter?

  public init(
    _ kind: Kind, hook: Hook, priority: Int32, policy: Policy = .accept, counter: Counter? = nil
  ) {
    self.kind = kind
    self.hook = hook
    self.priority = priority
    self.policy = policy
    self.counter = counter
  }
}

public struct Chain: Hashable, Sendable {
  public var name: String
  /// Absent for a chain that only rules reach.
  public var base: BaseChain?
  public var rules: [Rule]

  public init(_ name: String, base: BaseChain? = nil, rules: [Rule] = []) {
    self.name = name
    self.base = base
    self.rules = rules
  }
}

/// The families of nf_tables; iptables' and ip6tables' tables are `ip` and `ip6`.
public enum TableFamily: String, Hashable, Sendable, CaseIterable {
  case ip
  case ip6
  case inet
  case arp
  case bridge
  case netdev

  /// The packets its chains see.
  public func sees(_ family: Family) -> Bool {
    switch self {
    case .ip: family == .ipv4
    case .ip6: family == .ipv6
    case .inet: true
    case .arp, .bridge, .netdev: false
    }
  }
}

/// Who keeps the table in the kernel, or wrote the text.
public enum Backend: String, Hashable, Sendable {
  /// iptables text, which does not say which of the two keeps it.
  case iptables
  case iptablesLegacy = "iptables-legacy"
  case iptablesNFT = "iptables-nft"
  case nftables

  public var isNative: Bool { self == .nftables }
}

public struct Table: Hashable, Sendable {
  /// The language of a table's rules, whoever keeps it: nft shows a table of iptables-nft in its own
  /// words, and a native table may bear one of iptables' names.
  public enum Dialect: Hashable, Sendable {
    case iptables
    case nft
    /// nft's words for a table with extensions of iptables, which it names without their arguments
    /// or not at all: no program takes it back.
    case nftListing

    /// Whether the rules are expressions of nf_tables, rather than x_tables' matches and targets.
    public var isNative: Bool { self != .iptables }
  }

  public var family: TableFamily
  public var name: String
  public var backend: Backend
  public var dialect: Dialect
  /// In order of creation.
  public var chains: [Chain]
  public var sets: [NamedSet]
  /// `flags dormant`: its base chains are not called.
  public var isDormant: Bool

  /// - Parameter dialect: Nil for that of the back end's own tools.
  public init(
    _ family: TableFamily, _ name: String, backend: Backend, dialect: Dialect? = nil,
    chains: [Chain] = [], sets: [NamedSet] = [], isDormant: Bool = false
  ) {
    self.family = family
    self.name = name
    self.backend = backend
    self.dialect = dialect ?? (backend.isNative ? .nft : .iptables)
    self.chains = chains
    self.sets = sets
    self.isDormant = isDormant
  }
}

/// A named set, map or other object of a native table as the source shows it. Tests that use one
/// hold its elements; this is kept for printing.
public struct NamedSet: Hashable, Sendable {
  /// The word that declares it.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case set, map, counter, quota, limit, flowtable, secmark, synproxy
    case helper = "ct helper"
    case timeout = "ct timeout"
    case expectation = "ct expectation"
  }

  public var name: String
  public var kind: Kind
  /// The declaration's lines in nft's dialect: type, flags, elements.
  public var body: [String]

  public init(_ name: String, kind: Kind = .set, body: [String]) {
    self.name = name
    self.kind = kind
    self.body = body
  }
}
