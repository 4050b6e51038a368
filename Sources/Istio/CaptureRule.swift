public import Addresses

/// One rule Istio programs, before a tool's words are put to it: where it stands, and what it is for.
///
/// A rule *is* its purpose; `IPTablesDialect` and `NftDialect` only spell it.
public struct CaptureRule: Hashable, Sendable {
  public enum Table: String, Hashable, Sendable, CaseIterable {
    case mangle, nat, raw
  }

  /// The kernel's own two chains Istio hooks into, and the ones it makes.
  public enum Chain: Hashable, Sendable, CaseIterable {
    case prerouting, output
    case divert, tproxy, inbound, redirect, inRedirect, outbound, outboundDNS, drop

    public var isBuiltIn: Bool { self == .prerouting || self == .output }
  }

  public enum Placement: Hashable, Sendable {
    case append
    /// As the n-th rule of the chain, counted from 1.
    case insert(Int)
  }

  public var table: Table
  public var chain: Chain
  public var placement: Placement
  public var purpose: RulePurpose
  /// The families it is programmed for; IPv6 only counts where the config enables it.
  public var families: [Family]
}
