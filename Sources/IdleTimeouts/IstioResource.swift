public import Addresses
public import Planning

/// Whose pods a resource is for. The names are placeholders unless the user gave theirs.
public struct Workload: Hashable, Sendable {
  public var namespace: String
  /// The value of the label `app`, and the start of every resource's name.
  public var app: String
  /// What its pods exclude already, by annotation or by the mesh-wide list. An annotation replaces
  /// both, so whatever is printed must hold them.
  public var excludedPorts: [UInt16]
  public var excludedRanges: [Prefix]

  public init(
    namespace: String = "my-namespace", app: String = "my-app", excludedPorts: [UInt16] = [],
    excludedRanges: [Prefix] = []
  ) {
    self.namespace = namespace
    self.app = app
    self.excludedPorts = excludedPorts
    self.excludedRanges = excludedRanges
  }
}

/// Ready YAML for what `timeouts` proposes. Every EnvoyFilter selects one workload in its own
/// namespace (in the root namespace it would patch the whole mesh), and every duration is in
/// seconds, the one unit that both istiod and Envoy read.
public enum IstioResource {
  // MARK: - Pod templates

  public static func excludePort(_ port: UInt16, for workload: Workload) -> String {
    let others = workload.excludedPorts.filter { $0 != port }
    return annotation(
      "traffic.sidecar.istio.io/excludeOutboundPorts",
      (others + [port]).map(\.description).joined(separator: ","))
  }

  public static func excludeRanges(_ prefixes: [Prefix], for workload: Workload) -> String {
    let others = workload.excludedRanges.filter { !prefixes.contains($0) }
    return annotation(
      "traffic.sidecar.istio.io/excludeOutboundIPRanges",
      (others + prefixes).map(\.description).joined(separator: ","))
  }

  /// Istio's own switch for the idle timeout of unregistered destinations.
  public static func proxyIdleTimeout(_ span: Span) -> String {
    """
    spec:
      template:
        metadata:
          annotations:
            proxy.istio.io/config: |
              proxyMetadata:
                ISTIO_META_IDLE_TIMEOUT: \(span.inSeconds)

    """
  }

  private static func annotation(_ key: String, _ value: String) -> String {
    """
    spec:
      template:
        metadata:
          annotations:
            \(key): \(quoted(value))

    """
  }

  // MARK: - Envoy's keepalive

  /// For destinations that are in no registry, which all share one cluster.
  public static func passthroughKeepalive(_ schedule: ProbeSchedule, for workload: Workload)
    -> String
  {
    """
    apiVersion: networking.istio.io/v1alpha3
    kind: EnvoyFilter
    metadata:
      name: \(quoted(workload.app + "-passthrough-keepalive"))
      namespace: \(quoted(workload.namespace))
    spec:
      workloadSelector:
        labels:
          app: \(quoted(workload.app))
      configPatches:
        - applyTo: CLUSTER
          match:
            context: SIDECAR_OUTBOUND
            cluster:
              name: PassthroughCluster
          patch:
            operation: MERGE
            value:
              upstream_connection_options:
                tcp_keepalive:
                  keepalive_time: \(schedule.time.wholeSeconds)
                  keepalive_interval: \(schedule.interval.wholeSeconds)
                  keepalive_probes: \(schedule.probes)

    """
  }

  /// The same for the whole mesh, without an EnvoyFilter.
  public static func meshKeepalive(_ schedule: ProbeSchedule) -> String {
    """
    meshConfig:
      tcpKeepalive:
        time: \(schedule.time.inSeconds)
        interval: \(schedule.interval.inSeconds)
        probes: \(schedule.probes)

    """
  }

  /// Registers the server, so that a DestinationRule reaches it; without the ServiceEntry a rule
  /// for a host in no registry does nothing. The port is declared TCP: a server that speaks first
  /// hangs under protocol detection.
  ///
  /// Absent for a server without addresses. Istio hands `idleTimeout` to the TCP proxy since 1.21
  /// by its source; users report that 1.27 does not, so look at the proxy's config.
  public static func registration(
    of endpoint: Endpoint, keepalive: ProbeSchedule, idleTimeout: Span?, for workload: Workload
  ) -> String? {
    let place: String
    let host: String
    switch endpoint.place {
    case .anywhere: return nil
    case .host(let name):
      host = name
      place = "  resolution: DNS\n"
    case .prefixes(let prefixes):
      host = dnsLabel(endpoint.name) + ".internal"
      // Endpoints are addresses; a range has none, so Envoy goes where the app was going.
      let single = prefixes.allSatisfy { $0.length == $0.family.width }
      place =
        "  addresses: [\(prefixes.map { quoted($0.description) }.joined(separator: ", "))]\n"
        + (single
          ? "  resolution: STATIC\n  endpoints:\n"
            + prefixes.map { "    - address: \(quoted($0.address.description))\n" }.joined()
          : "  resolution: NONE\n")
    }
    let name = quoted(dnsLabel(endpoint.name))
    let metadata = "metadata:\n  name: \(name)\n  namespace: \(quoted(workload.namespace))\n"
    let idle = idleTimeout.map { "\n        idleTimeout: \($0.inSeconds)" } ?? ""
    return """
      apiVersion: networking.istio.io/v1beta1
      kind: ServiceEntry
      \(metadata)spec:
        hosts: [\(quoted(host))]
        location: MESH_EXTERNAL
        exportTo: ["."]
      \(place)  ports:
          - number: \(endpoint.port)
            name: tcp-\(endpoint.port)
            protocol: TCP
      ---
      apiVersion: networking.istio.io/v1beta1
      kind: DestinationRule
      \(metadata)spec:
        host: \(quoted(host))
        exportTo: ["."]
        trafficPolicy:
          connectionPool:
            tcp:\(idle)
              tcpKeepalive:
                time: \(keepalive.time.inSeconds)
                interval: \(keepalive.interval.inSeconds)
                probes: \(keepalive.probes)

      """
  }

  // MARK: - Envoy's idle timeout

  /// An outbound TCP proxy's `idle_timeout`. `unset` writes null, which gives Envoy's own hour
  /// back; `off` is 0s. It touches neither inbound listeners nor gateways.
  public static func idleTimeout(_ timeout: Sidecar.IdleTimeout, for workload: Workload) -> String {
    let value =
      switch timeout {
      case .unset: "null"
      case .off: "0s"
      case .after(let span): span.inSeconds
      }
    return """
      apiVersion: networking.istio.io/v1alpha3
      kind: EnvoyFilter
      metadata:
        name: \(quoted(workload.app + "-idle-timeout"))
        namespace: \(quoted(workload.namespace))
      spec:
        workloadSelector:
          labels:
            app: \(quoted(workload.app))
        configPatches:
          - applyTo: NETWORK_FILTER
            match:
              context: SIDECAR_OUTBOUND
              listener:
                filterChain:
                  filter:
                    name: envoy.filters.network.tcp_proxy
            patch:
              operation: MERGE
              value:
                name: envoy.filters.network.tcp_proxy
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                  idle_timeout: \(value)

      """
  }

  // MARK: - Scalars

  /// Quoted where YAML could read it as something other than this text.
  private static func quoted(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "-")
    }
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    if plain, !text.isEmpty, !text.hasPrefix("-"), !words.contains(text.lowercased()) {
      return text
    }
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"" + escaped.joined() + "\""
  }

  /// A name that Kubernetes takes, from any text.
  static func dnsLabel(_ text: String) -> String {
    let kept = text.lowercased().unicodeScalars.map { scalar -> Character in
      scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
        ? Character(scalar) : "-"
    }
    let trimmed = String(kept.drop { $0 == "-" }.prefix(63))
    let last = trimmed.lastIndex { $0 != "-" }
    return last.map { String(trimmed[...$0]) } ?? "endpoint"
  }
}
