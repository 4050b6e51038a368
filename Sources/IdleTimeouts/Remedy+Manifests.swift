public import Istio
public import Manifests
public import Planning

extension Remedy {
  /// A way to bring the change about.
  public struct Manifest: Hashable, Sendable {
    /// When to take this one, in a few words.
    public var title: String
    public var paste: Paste
  }

  /// The ways to write the change down, the first being what fits where nothing more is known.
  /// Empty where it is no matter of manifests: see `how`.
  ///
  /// - Parameter target: Whose pods it is for. The lists they have already are kept.
  public func manifests(
    for endpoint: Endpoint, target: PasteTarget = .placeholder, version: IstioVersion = .newest
  ) -> [Manifest] {
    switch change {
    case .envoyKeepalive(let schedule):
      [
        Manifest(
          title: "servers in no registry, one workload",
          paste: .objects([IstioResource.passthroughKeepalive(schedule, for: target)])),
        Manifest(
          title: "the whole mesh", paste: .meshValues(IstioResource.meshKeepalive(schedule))),
      ]
        + registration(of: endpoint, keepalive: schedule, idleTimeout: nil, version, target)
    case .raiseIdleTimeout(let span), .lowerIdleTimeout(let span):
      [
        Manifest(
          title: "servers in no registry; pods restart",
          paste: .podAnnotations(IstioResource.proxyIdleTimeout(span, for: target))),
        Manifest(
          title: "every outbound TCP filter of one workload",
          paste: .objects([IstioResource.idleTimeout(span, for: target)])),
        Manifest(
          title: "the whole mesh; pods restart",
          paste: .meshValues(IstioResource.meshIdleTimeout(span))),
      ]
        + (version.has(.idleTimeoutForTCP)
          ? registration(
            of: endpoint, keepalive: path.proposedSchedule, idleTimeout: span, version, target)
          : [])
    case .excludePort(let port):
      [excluding(IstioResource.excluding(ports: [port], from: target))]
    case .excludeRange(let prefixes):
      [excluding(IstioResource.excluding(ranges: prefixes, from: target))]
    case .poolMaxIdle, .serverKeepalive, .clientKeepalive, .readTimeout, .ping: []
    }
  }

  private func excluding(_ annotations: PodAnnotations) -> Manifest {
    Manifest(
      title: "pod template; it replaces every other list", paste: .podAnnotations(annotations))
  }

  private func registration(
    of endpoint: Endpoint, keepalive: ProbeSchedule, idleTimeout: Span?, _ version: IstioVersion,
    _ target: PasteTarget
  ) -> [Manifest] {
    let objects = IstioResource.registration(
      of: endpoint, keepalive: keepalive, idleTimeout: idleTimeout, version: version, for: target)
    var title = "this server only"
    if case .host = endpoint.place {
      title = "this port only, for every server on it, as the entry has no address"
    }
    if idleTimeout != nil {
      title +=
        "; idleTimeout for TCP is in Istio's source since "
        + "\(Sidecar.destinationRuleIdleTimeout.value), reported without effect on 1.27"
    }
    return objects.isEmpty ? [] : [Manifest(title: title, paste: .objects(objects))]
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
