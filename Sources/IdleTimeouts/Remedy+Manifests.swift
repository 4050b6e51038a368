public import Planning

extension Remedy {
  /// A way to bring the change about.
  public struct Manifest: Hashable, Sendable {
    /// When to take this one, in a few words.
    public var title: String
    public var yaml: String
  }

  /// The ways to write the change down, the first being what fits where nothing more is known.
  /// Empty where it is no matter of manifests: see `how`.
  public func manifests(for endpoint: Endpoint, workload: Workload = Workload()) -> [Manifest] {
    switch change {
    case .envoyKeepalive(let schedule):
      [
        Manifest(
          title: "servers in no registry, one workload",
          yaml: IstioResource.passthroughKeepalive(schedule, for: workload)),
        Manifest(title: "the whole mesh", yaml: IstioResource.meshKeepalive(schedule)),
      ]
        + registration(of: endpoint, keepalive: schedule, idleTimeout: nil, workload)
    case .raiseIdleTimeout(let span), .lowerIdleTimeout(let span):
      [
        Manifest(
          title: "servers in no registry; pods restart", yaml: IstioResource.proxyIdleTimeout(span)),
        Manifest(
          title: "every outbound TCP filter of one workload",
          yaml: IstioResource.idleTimeout(.after(span), for: workload)),
      ]
        + registration(of: endpoint, keepalive: path.proposedSchedule, idleTimeout: span, workload)
    case .excludePort(let port):
      [
        Manifest(
          title: "pod template; it replaces every other list",
          yaml: IstioResource.excludePort(port, for: workload))
      ]
    case .excludeRange(let prefixes):
      [
        Manifest(
          title: "pod template; it replaces every other list",
          yaml: IstioResource.excludeRanges(prefixes, for: workload))
      ]
    case .poolMaxIdle, .serverKeepalive, .clientKeepalive, .readTimeout, .ping: []
    }
  }

  private func registration(
    of endpoint: Endpoint, keepalive: ProbeSchedule, idleTimeout: Span?, _ workload: Workload
  ) -> [Manifest] {
    let yaml = IstioResource.registration(
      of: endpoint, keepalive: keepalive, idleTimeout: idleTimeout, for: workload)
    var title = "this server only"
    if case .host = endpoint.place {
      title = "this port only, for every server on it, as the entry has no address"
    }
    if idleTimeout != nil {
      title +=
        "; idleTimeout for TCP is in Istio's source since "
        + "\(Sidecar.destinationRuleIdleTimeout.value), reported without effect on 1.27"
    }
    return yaml.map { [Manifest(title: title, yaml: $0)] } ?? []
  }

  /// The setting in a line, where the change is made outside Kubernetes or in one annotation.
  public func how(for endpoint: Endpoint, library: ClientLibrary? = nil) -> String? {
    guard obstacle == nil else { return nil }
    let kind = ServerKind.of(endpoint.assumedMiddleware?.name)
    switch change {
    case .poolMaxIdle(let span):
      return library?.setting(poolMaxIdle: span)
        ?? "the pool's idle limit at \(span), if it has one"
    case .envoyKeepalive(let schedule):
      return "tcp_keepalive \(schedule) on Envoy's socket to the server"
    case .raiseIdleTimeout(let span), .lowerIdleTimeout(let span):
      return "idle_timeout: \(span.inSeconds)"
    case .excludePort(let port):
      return "add \(port) to the annotation excludeOutboundPorts"
    case .excludeRange(let prefixes):
      let list = prefixes.map(\.description).joined(separator: ",")
      return "add \(list) to the annotation excludeOutboundIPRanges"
    case .serverKeepalive: return kind?.keepaliveSetting
    case .clientKeepalive(let schedule):
      return "SO_KEEPALIVE with TCP_KEEPIDLE \(schedule.time.wholeSeconds), TCP_KEEPINTVL "
        + "\(schedule.interval.wholeSeconds), TCP_KEEPCNT \(schedule.probes) on the app's socket"
    case .readTimeout(let span): return "the client's read timeout at \(span)"
    case .ping: return "ping, or the pool's test on borrow, before each use"
    }
  }
}
