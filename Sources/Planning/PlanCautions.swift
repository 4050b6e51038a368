public import Addresses
public import Findings
import Istio

extension PlanSettings {
  /// What there is to say about these settings and no others.
  ///
  /// - Parameter clusterRanges: pod and service ranges of the cluster, as far as the user gave them.
  public func cautions(clusterRanges: [Prefix] = []) -> [Finding] {
    guard capture.config != nil else {
      return [
        Finding(
          PlanCodes.noInterception,
          "Interception mode NONE: no rule is written, nothing is captured, and no exclusion counts."
        )
      ]
    }
    return [
      keepalive, dnsCapture, replacedLists, futileEntries, octalPorts, beatenPorts, proxyPorts,
      clusterOverlap(clusterRanges),
      otherFamily,
    ].flatMap(\.self)
  }

  /// Whether something bypasses by a port that the pod or the mesh excludes; the CNI plugin's own
  /// default is nobody's choice.
  public var excludesPorts: Bool {
    guard let scope, isChosen(.excludeOutboundPorts) else { return false }
    return excludedPortNumbers.contains { scope.captures(port: $0) }
  }

  /// The same by a range.
  public var excludesRanges: Bool {
    isChosen(.excludeOutboundIPRanges) && scope?.excludesAddresses == true
  }

  private var scope: CaptureScope? {
    capture.config.map { CaptureScope($0, backend: backend) }
  }

  private func isChosen(_ setting: TrafficSetting) -> Bool {
    capture.setting(setting)?.origin != .cniPlugin
  }

  private var keepalive: [Finding] {
    guard excludesPorts || excludesRanges else { return [] }
    return [
      Finding(
        PlanCodes.keepaliveIsYours,
        "Envoy's 1 h idle timeout no longer applies, but neither does Envoy's keepalive: the app's "
          + "(or server's) must be shorter than every NAT or LB timer on the way. Go dials with "
          + "15 s: fine. Linux's default is 7200 s: not fine behind AWS NLB (350 s).")
    ]
  }

  private var dnsCapture: [Finding] {
    guard let config = capture.config, config.redirectDNS, excludedPortNumbers.contains(53) else {
      return []
    }
    let udp = capture.version.has(.everyProtocolInOutput)
    return [
      Finding(
        PlanCodes.endsDNSCapture,
        "Port 53 is excluded and DNS capture is on: "
          + (udp ? "TCP and UDP queries go" : "TCP queries go (UDP ones stay captured up to 1.24)")
          + " past the agent, so names only Istio knows stop resolving.",
        fix: "take 53 out of excludeOutboundPorts")
    ]
  }

  /// Mesh-wide lists and the CNI plugin's default that an annotation took the place of.
  private var replacedLists: [Finding] {
    capture.settings.compactMap { setting -> Finding? in
      guard setting.origin == .annotation, let replaced = setting.replaced else { return nil }
      let name = setting.setting.rawValue
      let fix = setting.merged.map { "\(setting.setting.annotation): \"\($0)\"" }
      switch replaced.origin {
      case .mesh:
        return Finding(
          PlanCodes.replacesMeshList,
          "\(name) REPLACES the mesh-wide \(setting.setting.helmPath ?? name) "
            + "\"\(replaced.text)\"; nothing is merged.", fix: fix)
      case .cniPlugin:
        return Finding(
          PlanCodes.replacesCNIDefault,
          "\(name) REPLACES the CNI plugin's default \"\(replaced.text)\": calls to that port of "
            + "other pods are captured from now on.", fix: fix)
      case .annotation, .istio: return nil
      }
    }
  }

  /// Entries of the pod's own lists without which the same traffic would bypass.
  private var futileEntries: [Finding] {
    guard let scope else { return [] }
    let isOwn = { capture.setting($0)?.origin == .annotation }
    let ranges =
      isOwn(.excludeOutboundIPRanges)
      ? zip(scope.excluded, scope.futilities()).compactMap { range, why in
        why.map { (range.word.text, why: $0) }
      } : []
    let ports =
      isOwn(.excludeOutboundPorts)
      ? excludedPorts.compactMap { text in
        CaptureScope.port(of: text).flatMap {
          scope.captures(port: $0) ? nil : (text, why: "not captured anyway")
        }
      } : []
    return (ports + ranges).map { entry, why in
      Finding(PlanCodes.noEffect, "\(entry) changes nothing: \(why).")
    }
  }

  /// The annotation says one port and the rule another.
  private var octalPorts: [Finding] {
    excludedPorts.compactMap { text in
      guard let meant = UInt16(text), let port = CaptureScope.port(of: text), port != meant else {
        return nil
      }
      return Finding(
        PlanCodes.octalPort,
        "\(text) is \(port) to iptables and nft, which take a leading zero for octal: \(meant) stays "
          + "captured.", fix: "\(meant)")
    }
  }

  private var beatenPorts: [Finding] {
    let ports = capture.setting(.includeOutboundPorts)?.text ?? ""
    guard !ports.isEmpty, !excludedRanges.isEmpty else { return [] }
    return [
      Finding(
        PlanCodes.excludedRangeBeats,
        "Excluded ranges beat includeOutboundPorts \"\(ports)\": there the ports are not captured.")
    ]
  }

  private var proxyPorts: [Finding] {
    let own = excludedPortNumbers.filter { (15000...15090).contains($0) }
    guard !own.isEmpty, capture.setting(.excludeOutboundPorts)?.origin == .annotation else {
      return []
    }
    return [
      Finding(
        PlanCodes.proxyPort,
        "\(own.map(String.init).joined(separator: ", ")): ports 15000 to 15090 are Envoy's and the agent's own."
      )
    ]
  }

  private func clusterOverlap(_ clusterRanges: [Prefix]) -> [Finding] {
    excludedRanges.compactMap { Prefix($0) }.compactMap { range -> Finding? in
      let held = clusterRanges.filter {
        $0.family == range.family && $0.range.overlaps(range.range)
      }
      guard !held.isEmpty || range.length == 0 else { return nil }
      let what =
        held.isEmpty ? "every pod and service" : held.map(\.description).joined(separator: ", ")
      return Finding(
        PlanCodes.rangeHoldsCluster,
        "\(range) holds \(what): in-mesh traffic there loses mTLS and policy on every port.")
    }
  }

  /// What becomes of the family the plan is not about.
  private var otherFamily: [Finding] {
    guard let config = capture.config, !config.enableIPv6 else { return [] }
    switch backend {
    case .iptables:
      return [
        Finding(
          PlanCodes.ipv6NotCaptured,
          "IPv6 is not captured at all: without an IPv6 address of the pod in Istio's eyes no "
            + "ip6tables rule is written. With one: --ipv6.")
      ]
    case .nftables:
      let ranges = excludedRanges.compactMap { Prefix($0) }.filter { $0.family == .ipv6 }
      let unwritten =
        ranges.isEmpty
        ? "excluded ports count there too"
        : "\(ranges.map(\.description).joined(separator: ", ")) is not written and excludes nothing"
      return [
        Finding(
          PlanCodes.ipv6Captured,
          "Native nftables acts on IPv6 though Istio sees no IPv6 address of the pod: \(unwritten).",
          severity: ranges.isEmpty ? .info : .warning)
      ]
    }
  }
}
