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
    let protocols = region.protocolWords
    let ports = region.ports.map { "\(protocols ?? "any protocol") \(Self.choice($0))" }
    guard let destinations = region.destinations else {
      let service = ports ?? protocols.map { "any \($0) port" } ?? "any port"
      return "any other server on \(service), inside the mesh too\(region.familyWords)"
        + region.groupWords
    }
    let service = ports ?? protocols.map { "every \($0) port" } ?? "every port"
    let place = destinations.map(\.description).joined(separator: ", ")
    return "\(service) at \(place), pods and services too\(region.groupWords)"
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
    let command = ShellCommand("  bypass-plan", flags: flags, then: ["-o patch |"])
    return ["OR RUN, which rolls the pods; rules are written only when a pod starts"]
      + command.lines(indent: 6)
      + ["    kubectl patch deployment NAME -n NAMESPACE --patch-file /dev/stdin"]
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
    plan.cautions.isEmpty ? [] : ["CAUTIONS"] + plan.cautions.lines
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
        : ShellCommand(start, flags: flags, then: ["--to 10.20.30.40:3307"])
          .lines(indent: indent.count)
    return ["NEXT  your own servers:  --endpoint 10.20.30.40:3307 (repeatable), --inventory"]
      + simulate + ["      a running pod:     bypass-plan audit pid:N"]
  }
}

// MARK: - Words for sets

extension PlanReport {
  static func address(of endpoint: Endpoint) -> String {
    endpoint.prefixes.map(\.short).joined(separator: ",")
  }

  /// `3307, 8000-8010 or 11211`.
  private static func choice(_ set: IntervalSet) -> String {
    let items = set.intervals.map(\.words)
    guard items.count > 1, let last = items.last else { return items.joined() }
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
