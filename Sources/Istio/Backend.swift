/// The tool Istio programs the kernel with.
public enum Backend: String, Hashable, Sendable, CaseIterable {
  case iptables
  /// Native nft scripts, from 1.27 on (`global.nativeNftables`); not iptables-nft.
  case nftables
}
