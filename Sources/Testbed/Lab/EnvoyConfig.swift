internal import Addresses
internal import Documents
internal import IdleTimeouts
internal import Planning

/// What the lab's Envoy is told: Istio's outbound listener with nothing but a TCP proxy behind it.
///
/// Every server address may be treated in its own way, so that one Envoy shows several settings at
/// once.
struct EnvoyConfig {
  /// How connections to one server address are treated.
  struct Route {
    var address: IPAddress
    var sidecar: Sidecar
  }

  var outboundPort: UInt16
  var routes: [Route]
  /// Changes nothing but the filter chains' hash, as any push may.
  var revision = 1

  /// Istio's, unless the rules send connections there.
  var adminPort: UInt16 { outboundPort == 15000 ? 15001 : 15000 }

  /// The listener's, so of all routes alike; absent where protocols are not detected.
  private var detection: Sidecar.Detection? { routes.first?.sidecar.detection }

  /// - Parameter listeners: the file that holds them, which is watched.
  func bootstrap(listeners: String) -> JSONValue {
    .object([
      "node": ["id": "bypass-plan-lab", "cluster": "bypass-plan-lab"],
      "admin": ["address": Self.socket("127.0.0.1", adminPort)],
      "dynamic_resources": [
        "lds_config": [
          "resource_api_version": "V3", "path_config_source": ["path": .string(listeners)],
        ]
      ],
      "static_resources": ["clusters": .array(routes.indices.map(cluster))],
    ])
  }

  /// The listeners as a discovery answer.
  var listeners: JSONValue {
    .object([
      "version_info": .string("\(revision)"),
      "resources": [
        .object([
          "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
          "name": "virtualOutbound", "address": Self.socket("0.0.0.0", outboundPort),
          "listener_filters_timeout": detection.map { .string($0.timeout.inSeconds) },
          "continue_on_listener_filters_timeout": detection.map { .bool($0.continues) },
          "listener_filters": .array(listenerFilters.map(Self.listenerFilter)),
          "filter_chains": .array(routes.indices.map(filterChain)),
        ])
      ],
    ])
  }

  private var listenerFilters: [String] {
    ["original_dst"] + (detection == nil ? [] : ["tls_inspector", "http_inspector"])
  }

  private static func listenerFilter(_ name: String) -> JSONValue {
    [
      "name": .string(name),
      "typed_config": [
        "@type": .string(
          "type.googleapis.com/envoy.extensions.filters.listener.\(name).v3."
            + name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
            .joined())
      ],
    ]
  }

  private func clusterName(_ index: Int) -> String {
    index == 0 ? "PassthroughCluster" : "PassthroughCluster-\(index)"
  }

  private func filterChain(_ index: Int) -> JSONValue {
    let route = routes[index]
    let idle: Span? =
      switch route.sidecar.idleTimeout {
      case .unset: nil
      case .off: Span(milliseconds: 0)
      case .after(let span): span
      }
    return .object([
      "name": .string("\(clusterName(index)) revision \(revision)"),
      "filter_chain_match": [
        "prefix_ranges": [
          ["address_prefix": .string("\(route.address)"), "prefix_len": 32]
        ]
      ],
      "filters": [
        .object([
          "name": "tcp_proxy",
          "typed_config": .object([
            "@type":
              "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
            "stat_prefix": .string(clusterName(index)), "cluster": .string(clusterName(index)),
            "idle_timeout": idle.map { .string($0.inSeconds) },
            "max_downstream_connection_duration": route.sidecar.maxConnectionDuration.milliseconds
              .map { .string(Span(milliseconds: $0).inSeconds) },
          ]),
        ])
      ],
    ])
  }

  private func cluster(_ index: Int) -> JSONValue {
    let keepalive = ProbeSchedule(routes[index].sidecar.upstreamKeepalive)
    return .object([
      "name": .string(clusterName(index)), "type": "ORIGINAL_DST",
      "lb_policy": "CLUSTER_PROVIDED", "connect_timeout": "10s",
      "upstream_connection_options": keepalive.map { schedule in
        [
          "tcp_keepalive": [
            "keepalive_time": .integer(schedule.time.wholeSeconds),
            "keepalive_interval": .integer(schedule.interval.wholeSeconds),
            "keepalive_probes": .integer(schedule.probes),
          ]
        ]
      },
    ])
  }

  private static func socket(_ address: String, _ port: UInt16) -> JSONValue {
    ["socket_address": ["address": .string(address), "port_value": .integer(port)]]
  }
}
