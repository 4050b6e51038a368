import Addresses
import Findings
import Istio

/// What the lists of a workload do and do not do, given a config that every stage takes.
struct EffectCheck {
  private let check: WorkloadCheck
  private let pod: PodTraffic
  private let config: CaptureConfig
  private let scope: CaptureScope
  private var found: [Finding] = []

  init(_ check: WorkloadCheck, _ pod: PodTraffic, _ config: CaptureConfig) {
    self.check = check
    self.pod = pod
    self.config = config
    scope = CaptureScope(config, backend: check.run.backend)
  }

  consuming func findings() -> [Finding] {
    for (setting, entry) in check.settings {
      guard let text = entry.text else { continue }
      switch setting {
      case .excludeOutboundPorts: checkExcludedPorts(entry, text)
      case .excludeOutboundIPRanges: checkExcludedRanges(entry, text)
      case .includeOutboundPorts: checkIncludedPorts(entry, text)
      case .includeOutboundIPRanges: checkIncludedRanges(entry, text)
      case .excludeInboundPorts: checkExcludedInboundPorts(entry, text)
      case .includeInboundPorts: checkIncludedInboundPorts(entry, text)
      case .excludeInterfaces, .rerouteVirtualInterfaces,
        .kubevirtInterfaces, .interceptionMode, .statusPort:
        break
      }
    }
    return found
  }

  private mutating func report(
    _ code: Code, _ severity: Finding.Severity? = nil, on entry: Metadata.Entry,
    _ word: ListWords.Word, _ message: String, fix: String? = nil, related: [Location] = []
  ) {
    found.append(
      check.finding(
        code, severity, at: entry.location(ofCharacter: word.offset), message, fix: fix,
        related: related))
  }

  private mutating func reportFutile(
    _ why: String, on entry: Metadata.Entry, _ word: ListWords.Word, _ text: String,
    severity: Finding.Severity? = nil, related: [Location] = []
  ) {
    let rest = ListWords.dropping(word, from: text)
    report(
      PlanCodes.noEffect, severity, on: entry, word, "\(word.text) changes nothing: \(why)",
      fix: rest.isEmpty ? "remove the annotation" : line(entry.name, rest), related: related)
  }

  private func related(_ settings: TrafficSetting...) -> [Location] {
    settings.compactMap { check.entry($0)?.location }
  }
}

// MARK: - Ports

extension EffectCheck {
  private mutating func checkExcludedPorts(_ entry: Metadata.Entry, _ text: String) {
    var seen: Set<UInt16> = []
    for word in ListWords(text).words {
      guard let port = CaptureScope.port(of: word.text) else { continue }
      checkOctal(word, port, on: entry, text)
      if !seen.insert(port).inserted {
        reportFutile("it stands in the list already", on: entry, word, text)
      } else if !scope.captures(port: port) {
        reportFutile(
          "connections to it are not captured anyway", on: entry, word, text,
          related: related(.includeOutboundIPRanges, .excludeOutboundIPRanges))
      } else {
        checkPrice(of: port, on: entry, word)
      }
    }
  }

  private mutating func checkPrice(
    of port: UInt16, on entry: Metadata.Entry, _ word: ListWords.Word
  ) {
    if port == 53 { checkDNS(entry, word) }
    // The CNI plugin excludes this one of its own accord.
    let isDefault = check.run.install == .cni && port == IstioPort.metrics.rawValue
    if !isDefault, let owner = IstioPort(rawValue: port) {
      report(
        PlanCodes.proxyPort, owner.isServedToOthers ? .info : .warning, on: entry, word,
        "\(port) is \(owner.use)")
    }
    let services = check.run.meshServices
    report(services.hit(byPort: port, from: check.workload), on: entry, word)
    for hit in services.autoAllocated(port: port) {
      report(
        ManifestCodes.autoAllocated, scope.capturesDNS ? .error : .info, on: entry, word,
        "\(hit.object) listens on \(port) and has no addresses: \(onceDNSIsCaptured)its name "
          + "resolves to one that only Envoy reaches", related: [hit.location])
    }
  }

  /// Only the agent's answers hold allocated addresses.
  private var onceDNSIsCaptured: String { scope.capturesDNS ? "" : "once DNS is captured, " }

  private mutating func checkOctal(
    _ word: ListWords.Word, _ port: UInt16, on entry: Metadata.Entry, _ text: String
  ) {
    guard let meant = UInt16(word.text), meant != port else { return }
    let list = ListWords(text).words.map { UInt16($0.text).map { "\($0)" } ?? $0.text }
    report(
      PlanCodes.octalPort, on: entry, word,
      "\(word.text) is port \(port) to the kernel's tools, which take a leading zero for octal",
      fix: line(entry.name, list.joined(separator: ",")))
  }

  private mutating func checkDNS(_ entry: Metadata.Entry, _ word: ListWords.Word) {
    let protocols = check.run.version.has(.everyProtocolInOutput) ? "TCP and UDP" : "TCP"
    report(
      PlanCodes.endsDNSCapture, .warning, on: entry, word,
      scope.capturesDNS
        ? "DNS capture is on for this pod, and excluding 53 ends it for \(protocols)"
        : "excluding 53 would end DNS capture for \(protocols) as soon as it is switched on")
  }

  private mutating func report(
    _ hits: [MeshServices.Hit], on entry: Metadata.Entry, _ word: ListWords.Word
  ) {
    for hit in hits {
      if let strict = hit.strict {
        report(
          ManifestCodes.meshService, .error, on: entry, word,
          "calls to \(hit.service.object) of \(hit.service.namespace) bypass the sidecar too, and "
            + "\(strict.object) is STRICT: without mutual TLS they are refused",
          related: [hit.service.location, strict.location])
      } else {
        report(
          ManifestCodes.meshService, .info, on: entry, word,
          "calls to \(hit.service.object) of \(hit.service.namespace) bypass the sidecar too, "
            + "without mutual TLS", related: [hit.service.location])
      }
    }
  }

  /// Nobody before the tool looks at this list, so a range of ports may have come this far.
  private mutating func checkIncludedPorts(_ entry: Metadata.Entry, _ text: String) {
    var seen = IntervalSet.empty
    for word in ListWords(text).words {
      guard let interval = CaptureScope.ports(of: word.text) else { continue }
      let ports = IntervalSet([interval])
      if let port = CaptureScope.port(of: word.text) {
        checkOctal(word, port, on: entry, text)
      } else {
        report(
          ManifestCodes.portRange, .info, on: entry, word,
          "\(word.text) is a range: iptables takes it, the CNI plugin and native nftables do not")
      }
      if ports.isSubset(of: seen) {
        reportFutile("it stands in the list already", on: entry, word, text)
      } else if ports.isSubset(of: scope.excludedPorts) {
        reportFutile(
          "excludeOutboundPorts has it too, and comes first", on: entry, word, text,
          related: related(.excludeOutboundPorts))
      } else if scope.capturesEveryAddress {
        reportFutile(
          "every port is captured already, since includeOutboundIPRanges is "
            + "'\(config.outboundIPRangesInclude)'; to capture only the ports listed, set that to \"\"",
          on: entry, word, text, related: related(.includeOutboundIPRanges))
      }
      seen = seen.union(ports)
    }
  }

  private mutating func checkExcludedInboundPorts(_ entry: Metadata.Entry, _ text: String) {
    guard let first = ListWords(text).words.first(where: { !$0.text.isEmpty }) else { return }
    let included = config.inboundPortsInclude
    guard included == "*" else {
      found.append(
        check.finding(
          PlanCodes.noEffect, at: entry.location(ofCharacter: first.offset),
          "excludeInboundPorts is heeded only where includeInboundPorts is *; here it is "
            + "'\(included)'", fix: "remove the annotation", related: related(.includeInboundPorts))
      )
      return
    }
    for word in ListWords(text).words {
      guard let port = CaptureScope.port(of: word.text) else { continue }
      checkOctal(word, port, on: entry, text)
      if [15008, 15020, 15021, 15090].contains(port) {
        reportFutile(
          "Istio never captures it inbound", on: entry, word, text, severity: .info)
      } else if let owner = IstioPort(rawValue: port) {
        report(PlanCodes.proxyPort, .warning, on: entry, word, "\(port) is \(owner.use)")
      }
    }
  }

  /// A list of ports takes the place of the rules that keep Istio's own from being captured.
  private mutating func checkIncludedInboundPorts(_ entry: Metadata.Entry, _ text: String) {
    for word in ListWords(text).words {
      guard let port = CaptureScope.port(of: word.text) else { continue }
      checkOctal(word, port, on: entry, text)
      guard let owner = IstioPort(rawValue: port) else { continue }
      report(
        PlanCodes.proxyPort, .warning, on: entry, word,
        "\(port) is \(owner.use); listed here it is sent to Envoy like an app's own")
    }
  }
}

// MARK: - Ranges

extension EffectCheck {
  private mutating func checkExcludedRanges(_ entry: Metadata.Entry, _ text: String) {
    for (range, why) in zip(scope.excluded, scope.futilities()) {
      let prefix = range.prefix
      checkForm(of: range, on: entry)
      if !config.enableIPv6, prefix.family == .ipv6, prefix.unmapped == nil {
        checkIPv6(range, on: entry)
      } else if let why {
        reportFutile(
          why, on: entry, range.word, text, related: related(.includeOutboundIPRanges))
      } else {
        let services = check.run.meshServices
        report(services.hit(byRange: prefix, from: check.workload), on: entry, range.word)
        checkAutoAllocated(range, on: entry)
      }
    }
  }

  private mutating func checkForm(of range: CaptureScope.Entry, on entry: Metadata.Entry) {
    let prefix = range.prefix
    if prefix.length == 0 {
      report(
        ManifestCodes.everything, on: entry, range.word,
        "\(range.word.text) is every \(prefix.family.title) address, and none "
          + "of \(prefix.family == .ipv4 ? Family.ipv6.title : Family.ipv4.title)")
    } else if prefix.network != prefix {
      report(
        ManifestCodes.hostBits, on: entry, range.word,
        "\(range.word.text) is all of \(prefix.network) to the kernel", fix: nil)
    }
  }

  private mutating func checkIPv6(_ range: CaptureScope.Entry, on entry: Metadata.Entry) {
    if check.run.backend == .nftables {
      report(
        PlanCodes.ipv6Captured, .warning, on: entry, range.word,
        "\(range.word.text) is not written while IPv6 is off, and native nftables captures IPv6 all "
          + "the same")
    } else {
      reportUncapturedIPv6(range, on: entry)
    }
  }

  private mutating func reportUncapturedIPv6(
    _ range: CaptureScope.Entry, on entry: Metadata.Entry
  ) {
    report(
      PlanCodes.ipv6NotCaptured, .info, on: entry, range.word,
      "\(range.word.text) counts only in pods whose first address is IPv6, or in dual-stack mode; "
        + "elsewhere IPv6 is not captured at all")
  }

  /// Source: pilot/pkg/serviceregistry/serviceentry and pkg/config/analysis, the ranges of
  /// auto-allocated addresses.
  private static let autoAllocated = [
    Prefix(IPAddress(.ipv4, 240 << 24 | 240 << 16), length: 16),
    Prefix(IPAddress(.ipv6, 0x2001_0002 << 96), length: 48),
  ]

  private mutating func checkAutoAllocated(_ range: CaptureScope.Entry, on entry: Metadata.Entry) {
    guard
      Self.autoAllocated.contains(where: {
        $0.family == range.prefix.family && $0.range.overlaps(range.prefix.range)
      })
    else { return }
    for hit in check.run.meshServices.autoAllocated(port: nil) {
      report(
        ManifestCodes.autoAllocated, scope.capturesDNS ? .error : .info, on: entry, range.word,
        "\(hit.object) has no addresses, so \(onceDNSIsCaptured)its name resolves to one of this "
          + "range, which only Envoy reaches", related: [hit.location])
    }
  }

  private mutating func checkIncludedRanges(_ entry: Metadata.Entry, _ text: String) {
    for range in scope.included {
      checkForm(of: range, on: entry)
      let addresses = IntervalSet([range.prefix.range])
      if !config.enableIPv6, range.prefix.family == .ipv6 {
        reportUncapturedIPv6(range, on: entry)
      } else if addresses.isSubset(of: scope.excluded(range.prefix.family)) {
        reportFutile(
          "excludeOutboundIPRanges covers it, and comes first", on: entry, range.word, text,
          related: related(.excludeOutboundIPRanges))
      }
    }
  }
}
