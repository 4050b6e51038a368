import Ruleset

/// iptables in its two written forms: `iptables-save` text and command lines.
///
/// The reader takes what `iptables-restore` and `iptables` take and refuses what they refuse,
/// measured against 1.8.9 with both of its kernels' interfaces; where the two differ it sides with
/// what the kernel would load. It looks nothing up: host names are refused, and users and groups
/// need `Owners`.
public enum IPTables {
  /// Which of the two tools: iptables or ip6tables.
  public enum Family: String, Hashable, Sendable, CaseIterable {
    case ip
    case ip6

    var table: TableFamily { self == .ip ? .ip : .ip6 }
  }
}
