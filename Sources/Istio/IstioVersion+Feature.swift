extension IstioVersion {
  /// What one version does and another does not. There is one algorithm; it asks these by name.
  public enum Feature: CaseIterable, Hashable, Sendable {
    /// Replies from a DNS server are told by their source; 1.19 looked at the destination.
    case dnsRepliesBySource
    /// `ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR` replaces the fixed 127.0.0.1/32.
    case loopbackRange
    /// The webhook copies a user's own `runAsUser` into istio-init's `-u`.
    case proxyUserFromPod
    /// A trailing RETURN in ISTIO_OUTPUT follows the included ranges of a family.
    case returnAfterRanges
    /// UDP for DNS goes by way of ISTIO_OUTPUT instead of standing in OUTPUT itself.
    case dnsThroughOutputChain
    /// Rules are handed over as iptables-restore text instead of one command each.
    case restoreText
    /// Invalid packets are dropped in a chain of their own, ISTIO_DROP.
    case dropChain
    /// `TraceLogging` puts an NFLOG rule beside some rules.
    case traceRules
    /// Every protocol enters ISTIO_OUTPUT, so excluded ports exclude UDP as well as TCP.
    case everyProtocolInOutput
    /// DNS has chains of its own: ISTIO_OUTPUT_DNS, and ISTIO_INBOUND in raw.
    case dnsChains
    /// DNS capture without servers to capture is switched off with a warning.
    case dnsNeedsServers
    /// `istio.io/reroute-virtual-interfaces` is read, and beats `kubevirtInterfaces`.
    case rerouteAnnotation
    /// A range that does not parse is an error; before, it was skipped.
    case strictRanges
    /// Native nftables for sidecars.
    case nativeNftables
    /// Every native nftables rule counts.
    case nftCounters
    /// The webhook checks annotations that give the proxy's CPU and memory.
    case resourceAmountsChecked
    /// The webhook checks annotations that name interfaces.
    case interfaceNamesChecked
    /// Sidecars are native wherever the nodes can do it (`ENABLE_NATIVE_SIDECARS` is "auto").
    case nativeSidecars
    /// A DestinationRule's idle timeout reaches the filter that closes idle TCP connections.
    case idleTimeoutForTCP
  }

  public func has(_ feature: Feature) -> Bool {
    feature.versions.contains(minor)
  }
}

extension IstioVersion.Feature {
  /// The minor versions that have the feature.
  ///
  /// Read from istio/istio at each release; the commits that made the change stand behind.
  var versions: ClosedRange<Int> {
    switch self {
    case .dnsRepliesBySource: 20...31  // 8a0ca290b81
    case .loopbackRange: 21...31  // e04959458a2
    case .proxyUserFromPod: 23...31  // #51012; late patches of 1.20 to 1.22 have it too
    case .returnAfterRanges: 19...22  // fa8b7af93f8
    case .dnsThroughOutputChain: 23...31  // b2e7ae058ef
    case .restoreText: 24...31  // 66c8c637bd1
    case .dropChain: 24...31  // 3efb85ed404
    case .traceRules: 19...24  // f4d72e7fc52
    case .everyProtocolInOutput: 25...31  // f4d72e7fc52
    case .dnsChains: 25...31  // f4d72e7fc52
    case .dnsNeedsServers: 25...31  // e72cb412593
    case .rerouteAnnotation: 25...31  // e72cb412593
    case .strictRanges: 27...31  // 6263d09ec0c
    case .nativeNftables: 27...31  // 6263d09ec0c
    case .nftCounters: 28...31
    case .resourceAmountsChecked: 29...31  // #58928; 1.28.4 has it too
    case .interfaceNamesChecked: 30...31  // #58785
    case .nativeSidecars: 27...31  // 6263d09ec0c
    case .idleTimeoutForTCP: 21...31  // networkfilter.go
    }
  }
}
