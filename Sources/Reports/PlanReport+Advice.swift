import Addresses
import Findings
import FlowSets
import Istio
import Planning
import Ruleset

// What to paste, what it costs, and where to go on.
extension PlanReport {
  private var settings: PlanSettings? { plan.settings }

  var alsoBypasses: [String] {
    guard let settings, !plan.collateral.isEmpty else { return [] }
    let isPort = !settings.excludedPorts.isEmpty
    let isRange = !settings.excludedRanges.isEmpty
    let why =
      isPort && isRange
      ? "a port is excluded for every destination, a range for every port"
      : isPort ? "a port is excluded for every destination" : "a range is excluded for every port"
    var lines = "ALSO BYPASSES, because \(why)".wrapped(to: 80)
    for region in plan.collateral { lines += words(for: region).wrapped(to: 76).map { "  \($0)" } }
    let holdsUDP = plan.collateral.contains { region in
      region.protocols?.contains(UInt128(TransportProtocol.udp.rawValue)) ?? true
    }
    if isPort, !holdsUDP { lines.append("  (\(fateOfUDP(settings)))") }
    return lines
  }

  /// What becomes of UDP on the excluded ports, where an excluded port means TCP alone. Only DNS
  /// capture takes UDP at all.
  private func fateOfUDP(_ settings: PlanSettings) -> String {
    let ports = settings.excludedPortNumbers
    let takesDNS =
      settings.capture.config.map { $0.redirectDNS && !$0.capturesNoDNSServer } ?? false
    let staysCaptured = takesDNS && ports.contains(53)
    let others = ports.filter { !staysCaptured || $0 != 53 }
    let untouched: String? =
      switch others.count {
      case 0: nil
      case 1: "UDP \(others[0]) was"
      case 2: "UDP \(others[0]) and \(others[1]) were"
      default: "UDP on \(staysCaptured ? "the others" : "these ports") was"
      }
    return [
      staysCaptured ? "UDP 53 stays captured" : nil,
      untouched.map { "\($0) never captured: no change" },
    ].compactMap(\.self).joined(separator: "; ")
  }

  private func words(for region: Region) -> String {
    let protocols = region.protocols.map { set in
      TransportProtocol.names.map(\.value).filter { set.contains(UInt128($0.rawValue)) }
        .map(\.description).joined(separator: " and ")
    }
    let ports = region.ports.map {
      "\(protocols ?? "any protocol") \(PlanReport.numbers($0, or: true))"
    }
    let family = region.family.map { $0 == .ipv4 ? " over IPv4" : " over IPv6" } ?? ""
    let owners = region.gids.map { " for gid \(PlanReport.numbers($0))" } ?? ""
    guard let destinations = region.destinations else {
      return "any other server on \(ports ?? "any port"), inside the mesh too\(family)\(owners)"
    }
    let place = destinations.map(\.description).joined(separator: ", ")
    return "\(ports ?? "every \(protocols ?? "") port") at \(place), pods and services too\(owners)"
  }

  var paste: [String] {
    // A manifest has them already.
    guard source == nil, let annotations = settings?.annotations, !annotations.isEmpty else {
      return []
    }
    return ["PASTE under spec.template.metadata.annotations (not the Deployment's own)"]
      + annotations.map { "  \($0.key): \"\($0.value)\"" }
  }

  var run: [String] {
    guard source == nil, settings?.annotations.isEmpty == false else { return [] }
    let command = flags.isEmpty ? "bypass-plan" : "bypass-plan \(flags)"
    return [
      "OR RUN, which rolls the pods; rules are written only when a pod starts",
      "  \(command) -o patch |",
      "    kubectl patch deployment NAME -n NAMESPACE --patch-file /dev/stdin",
    ]
  }

  var price: [String] {
    let places = [
      settings?.excludesPorts == true ? "on these ports" : nil,
      settings?.excludesRanges == true ? "in these ranges" : nil,
    ].compactMap(\.self)
    guard !places.isEmpty else { return [] }
    return [
      "YOU LOSE \(places.joined(separator: " and "))",
      "  servers outside the mesh: TCP metrics, access log, REGISTRY_ONLY and egress",
      "    policy, connection limits, TLS that a DestinationRule would start",
      "  servers inside the mesh:  mTLS as well; one in STRICT mode will refuse you",
    ]
  }

  var cautions: [String] {
    guard !plan.cautions.isEmpty else { return [] }
    return ["CAUTIONS"]
      + plan.cautions.sorted { $0.severity > $1.severity }.flatMap { caution -> [String] in
        let start = "  \(caution.severity.rawValue.padded(to: 7)) \(caution.code)  "
        let body = caution.message.wrapped(to: 80 - start.count)
        let indent = String(repeating: " ", count: start.count)
        let fix = (caution.fix.map { "fix  \($0)" }?.wrapped(to: 80 - start.count) ?? [])
        return (body + fix).enumerated().map { ($0 == 0 ? start : indent) + $1 }
      }
  }

  var next: [String] {
    let start = "      one packet:        bypass-plan simulate"
    let indent = "                           "
    let isShort = start.count + flags.count + 3 <= 80
    let simulate =
      flags.isEmpty
      ? ["\(start) --to 10.20.30.40:3307"]
      : isShort
        ? ["\(start) \(flags) \\", "\(indent)--to 10.20.30.40:3307"]
        : ["\(start) \\", "\(indent)\(flags) \\", "\(indent)--to 10.20.30.40:3307"]
    return ["NEXT  your own servers:  --endpoint 10.20.30.40:3307 (repeatable), --inventory"]
      + simulate + ["      a running pod:     bypass-plan audit pid:N"]
  }
}

// MARK: - Words for sets

extension PlanReport {
  static func address(of endpoint: Endpoint) -> String {
    endpoint.prefixes.map { $0.length == $0.family.width ? "\($0.address)" : "\($0)" }
      .joined(separator: ",")
  }

  /// `3307 or 11211`, `8000-8010, 9000`.
  static func numbers(_ set: IntervalSet, or isChoice: Bool = false) -> String {
    let items = set.intervals.map {
      $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    guard isChoice, items.count > 1, let last = items.last else {
      return items.joined(separator: ", ")
    }
    return items.dropLast().joined(separator: ", ") + " or " + last
  }

  /// Addresses as prefixes, or as what they leave out where that is shorter.
  static func places(_ set: IntervalSet, _ family: Family) -> String {
    let all = Prefix.cover(of: set, in: family)
    let rest = Prefix.cover(of: family.unicast.subtracting(set), in: family)
    if rest.isEmpty { return "anywhere" }
    let isShort = all.count <= rest.count
    let list = (isShort ? all : rest).map(\.description)
    let shown = list.prefix(4).joined(separator: ", ")
    let more = list.count > 4 ? " and \(list.count - 4) more" : ""
    return (isShort ? "to " : "anywhere but ") + shown + more
  }
}
