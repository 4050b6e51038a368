public import Addresses
public import Documents
public import Istio
public import Planning

/// What Istio is told instead of, or besides, an exclusion. Every EnvoyFilter selects one workload
/// in its own namespace (in the root namespace it would patch the whole mesh), and every duration
/// is in seconds, the one unit that both istiod and Envoy read.
public enum IstioResource {
  // MARK: - Pod templates

  /// The pods' list of excluded ports, and one more.
  public static func excluding(ports: [UInt16], from target: PasteTarget) -> PodAnnotations {
    excluding(ports.map(\.description), .excludeOutboundPorts, target)
  }

  public static func excluding(ranges: [Prefix], from target: PasteTarget) -> PodAnnotations {
    excluding(ranges.map(\.description), .excludeOutboundIPRanges, target)
  }

  /// An annotation replaces what it finds, so the pods' own items stay in it.
  private static func excluding(
    _ items: [String], _ setting: TrafficSetting, _ target: PasteTarget
  ) -> PodAnnotations {
    let own = ListWords(target.annotations[setting.annotation] ?? "").words.map(\.text)
    let all = own.filter { !$0.isEmpty && !items.contains($0) } + items
    return PodAnnotations([(key: setting.annotation, value: all.joined(separator: ","))])
  }

  /// Istio's own switch for the idle timeout of unregistered destinations. What else the pods' own
  /// proxy config says is kept.
  public static func proxyIdleTimeout(_ span: Span, for target: PasteTarget) -> PodAnnotations {
    let key = Workload.proxyConfigAnnotation
    let own = (target.annotations[key]?.utf8).flatMap { try? Node(reading: Array($0)) }
    var config = own.map { JSONValue($0) } ?? .fields([])
    config.set(.string(span.inSeconds), at: ["proxyMetadata", "ISTIO_META_IDLE_TIMEOUT"])
    return PodAnnotations([(key: key, value: String(decoding: config.yaml(), as: UTF8.self))])
  }

  // MARK: - The mesh

  /// The same for every pod of the mesh.
  public static func meshIdleTimeout(_ span: Span) -> JSONValue {
    ["meshConfig": ["defaultConfig": ["proxyMetadata": idleMetadata(span)]]]
  }

  private static func idleMetadata(_ span: Span) -> JSONValue {
    ["ISTIO_META_IDLE_TIMEOUT": .string(span.inSeconds)]
  }

  /// Keepalive of every upstream socket of the mesh, without an EnvoyFilter.
  public static func meshKeepalive(_ schedule: ProbeSchedule) -> JSONValue {
    ["meshConfig": ["tcpKeepalive": keepalive(schedule)]]
  }

  private static func keepalive(_ schedule: ProbeSchedule) -> JSONValue {
    [
      "time": .string(schedule.time.inSeconds), "interval": .string(schedule.interval.inSeconds),
      "probes": .integer(schedule.probes),
    ]
  }

  // MARK: - One server

  /// Registers the server, so that a DestinationRule reaches it; without the ServiceEntry a rule
  /// for a host in no registry does nothing. The port is declared TCP: a server that speaks first
  /// hangs under protocol detection.
  ///
  /// Empty for a server without addresses. The idle timeout is left out where the version ignores
  /// it for TCP; users report that 1.27 does so too, so look at the proxy's config.
  public static func registration(
    of endpoint: Endpoint, keepalive schedule: ProbeSchedule, idleTimeout: Span?,
    version: IstioVersion = .newest, for target: PasteTarget
  ) -> [JSONValue] {
    let host: String
    let place: [JSONValue.Field]
    switch endpoint.place {
    case .anywhere: return []
    case .host(let name):
      host = name
      place = [.init("resolution", "DNS")]
    case .prefixes(let prefixes):
      host = dnsLabel(endpoint.name) + ".internal"
      // Endpoints are addresses; a range has none, so Envoy goes where the app was going.
      let isSingle = prefixes.allSatisfy { $0.length == $0.family.width }
      place =
        [
          .init("addresses", .array(prefixes.map { .string("\($0)") })),
          .init("resolution", isSingle ? "STATIC" : "NONE"),
        ]
        + (isSingle
          ? [.init("endpoints", .array(prefixes.map { ["address": .string("\($0.address)")] }))]
          : [])
    }
    let idle = version.has(.idleTimeoutForTCP) ? idleTimeout : nil
    let port: JSONValue = [
      "number": .integer(endpoint.port), "name": "tcp-\(endpoint.port)", "protocol": "TCP",
    ]
    let tcp = JSONValue.object([
      "idleTimeout": idle.map { .string($0.inSeconds) }, "tcpKeepalive": keepalive(schedule),
    ])
    let entry: [JSONValue.Field] =
      [
        .init("hosts", [.string(host)]), .init("location", "MESH_EXTERNAL"),
        .init("exportTo", ["."]),
      ] + place + [.init("ports", [port])]
    let rule: JSONValue = [
      "host": .string(host), "exportTo": ["."],
      "trafficPolicy": ["connectionPool": ["tcp": tcp]],
    ]
    let name = dnsLabel(endpoint.name)
    return [
      object("ServiceEntry", "v1beta1", name, .fields(entry), target),
      object("DestinationRule", "v1beta1", name, rule, target),
    ]
  }

  // MARK: - Instead of a bypass

  /// What keeps connections to these servers alive while Envoy keeps them: probes in time for what is
  /// on the way, and a day instead of Envoy's hour.
  public enum Instead {
    /// Where Istio has an object for it: each server that has an address is registered; for the rest,
    /// and where this version ignores a DestinationRule's idle timeout, Envoy is told by filters.
    public static func objects(
      for endpoints: [Endpoint], version: IstioVersion, target: PasteTarget
    ) -> [JSONValue] {
      let servers = endpoints.filter { $0.transport == .tcp }
      var objects: [JSONValue] = []
      for endpoint in servers {
        objects += registration(
          of: endpoint, keepalive: .usual, idleTimeout: aDay, version: version, for: target)
      }
      let isRegistered = servers.allSatisfy { $0.place != .anywhere }
      if !isRegistered { objects.append(passthroughKeepalive(.usual, for: target)) }
      if !isRegistered || !version.has(.idleTimeoutForTCP) {
        objects.append(idleTimeout(aDay, for: target))
      }
      return objects
    }

    /// The idle timeout of servers in no registry. There is no annotation for keepalive.
    public static func annotations(for target: PasteTarget) -> PodAnnotations {
      proxyIdleTimeout(aDay, for: target)
    }

    /// Both for every pod of the mesh.
    public static var meshValues: JSONValue {
      [
        "meshConfig": [
          "tcpKeepalive": keepalive(.usual),
          "defaultConfig": ["proxyMetadata": idleMetadata(aDay)],
        ]
      ]
    }

    private static let aDay = Span.seconds(86_400)
  }

  // MARK: - Envoy

  /// Keepalive towards destinations that are in no registry, which all share one cluster.
  public static func passthroughKeepalive(_ schedule: ProbeSchedule, for target: PasteTarget)
    -> JSONValue
  {
    let options: JSONValue = [
      "tcp_keepalive": [
        "keepalive_time": .integer(schedule.time.wholeSeconds),
        "keepalive_interval": .integer(schedule.interval.wholeSeconds),
        "keepalive_probes": .integer(schedule.probes),
      ]
    ]
    return envoyFilter(
      "passthrough-keepalive", applyTo: "CLUSTER",
      match: .init("cluster", ["name": "PassthroughCluster"]),
      value: ["upstream_connection_options": options], target)
  }

  /// An outbound TCP proxy's `idle_timeout`. None writes null, which gives Envoy's own hour back;
  /// 0 is off. It touches neither inbound listeners nor gateways.
  public static func idleTimeout(_ timeout: Span?, for target: PasteTarget) -> JSONValue {
    let name = "envoy.filters.network.tcp_proxy"
    let config: JSONValue = [
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      "idle_timeout": timeout.map { .string($0.inSeconds) } ?? .null,
    ]
    return envoyFilter(
      "idle-timeout", applyTo: "NETWORK_FILTER",
      match: .init("listener", ["filterChain": ["filter": ["name": .string(name)]]]),
      value: ["name": .string(name), "typed_config": config], target)
  }

  private static func envoyFilter(
    _ purpose: String, applyTo place: String, match: JSONValue.Field, value: JSONValue,
    _ target: PasteTarget
  ) -> JSONValue {
    let labels = target.labels.map { JSONValue.Field($0.name, .string($0.value)) }
    let patch: JSONValue = [
      "applyTo": .string(place), "match": .fields([.init("context", "SIDECAR_OUTBOUND"), match]),
      "patch": ["operation": "MERGE", "value": value],
    ]
    return object(
      "EnvoyFilter", "v1alpha3", "\(dnsLabel(target.object.name))-\(purpose)",
      ["workloadSelector": ["labels": .fields(labels)], "configPatches": [patch]], target)
  }

  // MARK: - Objects

  private static func object(
    _ kind: String, _ version: String, _ name: String, _ spec: JSONValue, _ target: PasteTarget
  ) -> JSONValue {
    [
      "apiVersion": .string("networking.istio.io/\(version)"), "kind": .string(kind),
      "metadata": ["name": .string(name), "namespace": .string(target.namespace)], "spec": spec,
    ]
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
