import Addresses
public import ArgumentParser
public import Istio

/// What is captured and what is not, each flag the name of the Istio setting it stands for.
struct CaptureOptions: ParsableArguments {
  @Option(help: "Ports that bypass, for every destination: 3307,11211.")
  var excludePorts: String?

  @Option(help: "Ranges that bypass, for every port: 10.20.0.0/16.")
  var excludeIpRanges: String?

  @Option(help: ArgumentHelp("Ports captured whatever the address.", visibility: .hidden))
  var includePorts: String?

  @Option(help: ArgumentHelp("Ranges captured; '*' is all, the default.", visibility: .hidden))
  var includeIpRanges: String?

  @Option(help: ArgumentHelp("Inbound ports not captured.", visibility: .hidden))
  var excludeInboundPorts: String?

  @Option(help: ArgumentHelp("Inbound ports captured; '*' is all.", visibility: .hidden))
  var includeInboundPorts: String?

  @Option(help: ArgumentHelp("Interfaces never captured.", visibility: .hidden))
  var excludeInterfaces: String?

  @Option(
    help: ArgumentHelp("Interfaces of VMs whose traffic counts as outbound.", visibility: .hidden))
  var rerouteVirtualInterfaces: String?

  @Option(help: ArgumentHelp("REDIRECT, TPROXY or NONE.", visibility: .hidden))
  var interceptionMode: String?

  @Flag(
    help: ArgumentHelp("DNS goes to the agent, whichever server is asked.", visibility: .hidden))
  var dnsCapture = false

  @Option(help: ArgumentHelp("Only queries to these servers are captured.", visibility: .hidden))
  var dnsServers: String?

  @Flag(help: ArgumentHelp("Invalid packets are dropped.", visibility: .hidden))
  var dropInvalid = false

  @Option(
    help: ArgumentHelp("The user Envoy runs as, by number.", valueName: "uid", visibility: .hidden))
  var proxyUid: UInt32?

  @Option(
    help: ArgumentHelp("The group Envoy runs as, by number.", valueName: "gid", visibility: .hidden)
  )
  var proxyGid: UInt32?

  @Option(help: ArgumentHelp("Only these groups are captured.", visibility: .hidden))
  var ownerGroups: String?

  @Option(help: ArgumentHelp("These groups are not captured.", visibility: .hidden))
  var excludeOwnerGroups: String?

  @Flag(
    name: .customLong("ipv6"), inversion: .prefixedNo,
    help: ArgumentHelp("Whether the pod has IPv6 rules.", visibility: .hidden))
  var givenIPv6: Bool?

  @Option(
    name: .customLong("istio-version"),
    help: "1.19 to 1.31, the default; an injected pod's image says its own.")
  var givenVersion: IstioVersion?

  @Option(
    name: .customLong("backend"),
    help: ArgumentHelp("iptables (unless said), or nftables from 1.27 on.", valueName: "backend"))
  var givenBackend: Istio.Backend?

  @Option(
    name: .customLong("install"),
    help: ArgumentHelp(
      "Who writes the rules: init (istio-init, unless said) or cni (the CNI plugin).",
      valueName: "install", visibility: .hidden))
  var givenInstall: PodTraffic.Install?

  @Option(
    help: ArgumentHelp(
      "Mesh-wide defaults: a file of Helm values.", valueName: "file", visibility: .hidden))
  var values: String?

  @Option(
    help: ArgumentHelp(
      "The whole config as istio-iptables gets it, instead of the flags.", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "A group's number, for names in owner lists (repeatable).", valueName: "name=gid",
      visibility: .hidden))
  var group: [GroupNumber] = []
}

/// `java=4242`.
struct GroupNumber: ExpressibleByArgument {
  var name: String
  var number: UInt32

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let number = UInt32(parts[1]) else { return nil }
    name = String(parts[0])
    self.number = number
  }
}

extension IstioVersion: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Istio.Backend: ExpressibleByArgument {}
extension PodTraffic.Install: ExpressibleByArgument {}

// MARK: - What the flags mean

extension CaptureOptions {
  var ipv6: Bool { givenIPv6 ?? false }
  var istioVersion: IstioVersion { givenVersion ?? .newest }
  var install: PodTraffic.Install { givenInstall ?? .`init` }

  var backend: Istio.Backend {
    get { givenBackend ?? .iptables }
    set { givenBackend = newValue }
  }

  /// The annotations the flags stand for, in the order of Istio's own table.
  var annotations: [(setting: TrafficSetting, value: String)] {
    let flags: [(TrafficSetting, String?)] = [
      (.includeOutboundIPRanges, includeIpRanges), (.excludeOutboundIPRanges, excludeIpRanges),
      (.includeOutboundPorts, includePorts), (.excludeOutboundPorts, excludePorts),
      (.includeInboundPorts, includeInboundPorts), (.excludeInboundPorts, excludeInboundPorts),
      (.excludeInterfaces, excludeInterfaces),
      (.rerouteVirtualInterfaces, rerouteVirtualInterfaces), (.interceptionMode, interceptionMode),
    ]
    return flags.compactMap { setting, value in value.map { (setting, $0) } }
  }

  /// The flags as a user would type them again, in the order of the help.
  var asTyped: String {
    let texts: [(String, String?)] = [
      ("exclude-ports", excludePorts), ("exclude-ip-ranges", excludeIpRanges),
      ("include-ports", includePorts), ("include-ip-ranges", includeIpRanges),
      ("exclude-inbound-ports", excludeInboundPorts),
      ("include-inbound-ports", includeInboundPorts), ("exclude-interfaces", excludeInterfaces),
      ("reroute-virtual-interfaces", rerouteVirtualInterfaces),
      ("interception-mode", interceptionMode), ("dns-servers", dnsServers),
      ("proxy-uid", proxyUid.map { "\($0)" }), ("proxy-gid", proxyGid.map { "\($0)" }),
      ("owner-groups", ownerGroups), ("exclude-owner-groups", excludeOwnerGroups),
      ("istio-version", istioVersion == .newest ? nil : "\(istioVersion)"),
      ("backend", backend == .iptables ? nil : backend.rawValue),
      ("install", install == .`init` ? nil : install.rawValue), ("values", values),
      ("config", config),
    ]
    let flags = [("dns-capture", dnsCapture), ("drop-invalid", dropInvalid), ("ipv6", ipv6)]
    return
      (texts.compactMap { name, value in value.map { "--\(name) \(Self.quoted($0))" } }
      + group.map { "--group \(Self.quoted("\($0.name)=\($0.number)"))" }
      + flags.filter(\.1).map { "--\($0.0)" }).joined(separator: " ")
  }

  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || ",./:-_".contains($0) }
    return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }

  /// Flags that stand for a setting `--config` gives itself.
  var flagsGiven: Bool { settingsGiven || values != nil || install == .cni }

  /// Flags that say how a pod is captured, rather than by which Istio.
  var settingsGiven: Bool {
    choosesTraffic || dnsServers != nil || proxyUid != nil || proxyGid != nil || ipv6
  }

  /// Flags that say what is captured, which rules from elsewhere say themselves.
  var choosesTraffic: Bool {
    !annotations.isEmpty || dnsCapture || dropInvalid || ownerGroups != nil
      || excludeOwnerGroups != nil
  }

  /// The servers of the pod's resolv.conf, as far as the user gave them.
  func nameServers() throws -> [IPAddress]? {
    try dnsServers?.split(separator: ",").map { text in
      guard let server = IPAddress(text) else {
        throw UnusableInput("--dns-servers: '\(text)' is no IP address")
      }
      return server
    }
  }

  /// The pod the flags describe, in a mesh of these values.
  func pod(in mesh: MeshValues) throws -> PodTraffic {
    var pod = PodTraffic()
    pod.mesh = mesh.settings
    pod.proxyMetadata = mesh.proxyMetadata
    for (setting, value) in annotations { pod.annotations[setting.annotation] = value }
    if dnsCapture || dnsServers != nil { pod.proxyMetadata["ISTIO_META_DNS_CAPTURE"] = "true" }
    if let servers = try nameServers() {
      pod.nameServers = servers
    } else if dnsCapture {
      pod.proxyMetadata["CAPTURE_ALL_DNS"] = "true"
    }
    if dropInvalid { pod.proxyMetadata["INVALID_DROP"] = "true" }
    if let proxyUid {
      pod.mesh.proxyUID = "\(proxyUid)"
      pod.runAsUser = proxyUid
    }
    if let proxyGid {
      pod.proxyMetadata["PROXY_GID"] = "\(proxyGid)"
      pod.runAsGroup = proxyGid
    }
    if let ownerGroups { pod.proxyMetadata["ISTIO_OUTBOUND_OWNER_GROUPS"] = ownerGroups }
    if let excludeOwnerGroups {
      pod.proxyMetadata["ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE"] = excludeOwnerGroups
    }
    pod.ipv6 = .known(ipv6)
    return pod
  }
}
