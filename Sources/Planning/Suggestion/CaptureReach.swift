import Addresses
import Istio
import PacketPath
import Ruleset

/// What the settings capture before anything is excluded, and which exclusions count where.
///
/// For app traffic leaving the pod. Models the order of ISTIO_OUTPUT: excluded ports, loopback, DNS
/// capture, excluded ranges, included ports, included ranges.
struct CaptureReach: Sendable {
  /// Why traffic is never captured.
  enum Gap: Hashable, Sendable {
    case loopback
    case ownAddress
    case udp
    case interceptionNone
    case noRules(Family)
    case notIncluded
  }

  private struct OfFamily {
    /// Whether rules hold for the family, and whether ranges become rules.
    var hasRules: Bool
    var writesRanges: Bool
    /// All but loopback and the pod's own addresses.
    var capturable: IntervalSet
    /// Captured on every port.
    var included: IntervalSet
    /// Where the agent takes port 53.
    var dns: IntervalSet
  }

  private var reaches: [OfFamily]
  private var includedPorts: IntervalSet
  private var capturesNothing: Bool
  private var excludesUDP: Bool

  init(_ settings: PlanSettings, local: LocalAddresses = LocalAddresses()) {
    let config = settings.capture.config ?? CaptureConfig()
    let capturesNothing = settings.capture.config == nil
    self.capturesNothing = capturesNothing
    excludesUDP = settings.capture.version.has(.everyProtocolInOutput)
    includedPorts = CaptureScope(config, backend: settings.backend).includedPorts
    let ranges = config.outboundIPRangesInclude
    let prefixes = ranges.split(separator: ",").compactMap { Prefix($0) }
    let servers = (config.dnsServersV4 + config.dnsServersV6).compactMap { IPAddress($0) }
    reaches = Family.allCases.map { family in
      let capturable = family.foreignAddresses.subtracting(local.set(of: family))
      // Native tables are of both families, but Istio writes the ranges of IPv6 only where it is on.
      let writesRanges = !capturesNothing && (family == .ipv4 || config.enableIPv6)
      let hasRules = writesRanges || !capturesNothing && settings.backend == .nftables
      let inside =
        ranges == "*" && hasRules
        ? capturable
        : IntervalSet(writesRanges ? prefixes.filter { $0.family == family } : [])
      let asked = IntervalSet(servers.filter { $0.family == family }.map { $0.bits...$0.bits })
      let dns = config.captureAllDNS ? capturable : asked
      return OfFamily(
        hasRules: hasRules, writesRanges: writesRanges, capturable: capturable,
        included: capturable.intersection(inside),
        dns: config.redirectDNS && hasRules ? capturable.intersection(dns) : .empty)
    }
  }

  /// Those with rules.
  var families: Set<Family> { Set(Family.allCases.filter { self[$0].hasRules }) }

  private subscript(family: Family) -> OfFamily { reaches[family == .ipv4 ? 0 : 1] }

  /// The addresses of `family` at which a port is captured, or taken by DNS capture.
  func captured(_ port: UInt16, _ transport: TransportProtocol, in family: Family) -> IntervalSet {
    let here = self[family]
    let dns = port == 53 ? here.dns : .empty
    guard transport == .tcp else { return dns }
    if includedPorts.contains(UInt128(port)), here.hasRules { return here.capturable }
    return dns.isEmpty ? here.included : here.included.union(dns)
  }

  /// Whether an excluded range lets traffic to `prefix` bypass: ranges are written for the family, and
  /// DNS capture, which comes before them, has no part in it.
  func rangesExclude(_ port: UInt16, to prefix: Prefix) -> Bool {
    let here = self[prefix.family]
    return here.writesRanges && !(port == 53 && here.dns.overlaps(prefix.range))
  }

  func writesRanges(of family: Family) -> Bool { self[family].writesRanges }

  /// Whether excluding a port lets the transport bypass.
  func portsExclude(_ transport: TransportProtocol) -> Bool { transport == .tcp || excludesUDP }

  /// Why no setting captures all of this traffic; nil where it is captured.
  func gap(_ port: UInt16, _ transport: TransportProtocol, to prefix: Prefix) -> Gap? {
    if capturesNothing { return .interceptionNone }
    let here = self[prefix.family]
    guard here.capturable.overlaps(prefix.range) else {
      return prefix.address.isLoopback ? .loopback : .ownAddress
    }
    let wanted = here.capturable.intersection(IntervalSet([prefix.range]))
    if wanted.isSubset(of: captured(port, transport, in: prefix.family)) { return nil }
    if transport != .tcp { return .udp }
    return here.hasRules ? .notIncluded : .noRules(prefix.family)
  }
}
