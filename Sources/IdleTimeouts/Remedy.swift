public import Addresses
public import Planning

/// One thing to change, what the model says of the path once it is changed, and its price.
public struct Remedy: Hashable, Sendable {
  public enum Change: Hashable, Sendable {
    case poolMaxIdle(Span)
    case envoyKeepalive(ProbeSchedule)
    /// A longer idle timeout of Envoy.
    case raiseIdleTimeout(Span)
    /// A shorter one than the device's, so that it is closed in the open.
    case lowerIdleTimeout(Span)
    case excludePort(UInt16)
    case excludeRange([Prefix])
    case serverKeepalive(ProbeSchedule)
    case clientKeepalive(ProbeSchedule)
    case readTimeout(Span)
    /// A round trip before a pooled connection is handed out.
    case ping

    /// The word scripts see.
    public var kind: String {
      switch self {
      case .poolMaxIdle: "poolMaxIdle"
      case .envoyKeepalive: "envoyKeepalive"
      case .raiseIdleTimeout: "idleTimeout"
      case .lowerIdleTimeout: "idleTimeoutBelowDevice"
      case .excludePort: "excludePort"
      case .excludeRange: "excludeRange"
      case .serverKeepalive: "serverKeepalive"
      case .clientKeepalive: "clientKeepalive"
      case .readTimeout: "readTimeout"
      case .ping: "ping"
      }
    }
  }

  public var change: Change
  /// As it is without the remedy.
  public var path: IdlePath
  public var before: Judgement
  public var after: Judgement
  /// Why it cannot be done at all, where it cannot.
  public var obstacle: String?

  public enum Effect: Hashable, Sendable, Comparable {
    /// No error and no device that forgets.
    case cures
    /// What troubles this path is gone, and something later, in the open, is left.
    case postpones
    case none
    /// Envoy's close, the only one that clears a forgotten connection away, comes later.
    case worsens
  }

  public var effect: Effect {
    guard obstacle == nil else { return .none }
    switch (change, after.closer) {
    // These two work on dead connections; the others are to keep them from dying.
    case (.ping, _), (.readTimeout, _): return after.verdict == .fails ? .none : .cures
    case (.raiseIdleTimeout, .device): return .worsens
    case (_, .device): return .none
    default:
      if after.verdict != .fails { return .cures }
      return after.after > before.after ? .postpones : .none
    }
  }

  public var holds: Bool { effect <= .postpones }
}

extension IdlePath {
  /// The same path with one thing changed.
  public func applying(_ change: Remedy.Change) -> IdlePath {
    var path = self
    switch change {
    case .poolMaxIdle(let span): path.client.poolMaxIdle = span
    case .envoyKeepalive(let schedule): path.sidecar?.upstreamKeepalive = Keepalive(schedule)
    case .raiseIdleTimeout(let span), .lowerIdleTimeout(let span):
      path.sidecar?.idleTimeout = .after(span)
    case .excludePort, .excludeRange: path.sidecar = nil
    case .serverKeepalive(let schedule): path.server.keepalive = Keepalive(schedule)
    case .clientKeepalive(let schedule): path.client.keepalive = Keepalive(schedule)
    case .readTimeout(let span): path.client.readTimeout = span
    case .ping: path.client.reuse = .ping
    }
    return path
  }

  /// What is worth trying on this path, each with the model's verdict; the best first, and among
  /// equals the cheapest. Empty where nothing needs a remedy.
  public func remedies(for endpoint: Endpoint, library: ClientLibrary? = nil) -> [Remedy] {
    let before = judgement
    guard before.verdict != .holds else { return [] }
    let remedies = changes(before, endpoint).map { change in
      Remedy(
        change: change, path: self, before: before, after: applying(change).judgement,
        obstacle: Self.obstacle(to: change, endpoint, library))
    }
    let effects: [Remedy.Effect] = [.cures, .postpones, .none, .worsens]
    return effects.flatMap { effect in remedies.filter { $0.effect == effect } }
  }

  private static func obstacle(
    to change: Remedy.Change, _ endpoint: Endpoint, _ library: ClientLibrary?
  ) -> String? {
    switch change {
    case .serverKeepalive:
      guard let kind = ServerKind.of(endpoint.assumedMiddleware?.name), kind.keepaliveSetting == nil
      else { return nil }
      return "\(kind.middleware) cannot be told to probe"
    case .poolMaxIdle:
      guard let library, library.poolSetting == nil, endpoint.idle.client.poolMaxIdle == nil
      else { return nil }
      return "\(library.name) has no idle limit to set"
    default: return nil
    }
  }

  /// Ranked by what they ask of the user, as the decision table ranks them.
  private func changes(_ before: Judgement, _ endpoint: Endpoint) -> [Remedy.Change] {
    let isHidden = before.kind == .hidden
    let firstEnd = ([server.idleTimeout] + devices.map(\.idleTimeout))
      .reduce(sidecar?.idleTimeout.span ?? .never, min)
    let pool = firstEnd.roundedDownWithMargin.map { [Remedy.Change.poolMaxIdle($0)] } ?? []
    let schedule = proposedSchedule
    var changes: [Remedy.Change] = []
    if sidecar != nil {
      if isHidden { changes.append(.envoyKeepalive(schedule)) }
      changes += pool
      if isHidden {
        changes += excluding(endpoint)
        changes += [.serverKeepalive(schedule), .ping, .clientKeepalive(schedule)]
        if let shortest = forgetfulSpan?.roundedDownWithMargin {
          changes.append(.lowerIdleTimeout(shortest))
        }
      }
      changes += raising
      if !isHidden { changes += excluding(endpoint) + [.ping] }
    } else {
      if isHidden { changes.append(.clientKeepalive(schedule)) }
      changes += pool
      if isHidden { changes.append(.serverKeepalive(schedule)) }
      changes.append(.ping)
    }
    if case .hang = before.symptom, client.readTimeout == .never {
      changes.append(.readTimeout(.seconds(5)))
    }
    return changes
  }

  private var raising: [Remedy.Change] {
    guard let sidecar, sidecar.idleTimeout.span < Self.aDay else { return [] }
    return [.raiseIdleTimeout(Self.aDay)]
  }

  private static let aDay = Span.seconds(86_400)

  private func excluding(_ endpoint: Endpoint) -> [Remedy.Change] {
    [.excludePort(endpoint.port)]
      + (endpoint.prefixes.isEmpty ? [] : [.excludeRange(endpoint.prefixes)])
  }

  private var forgetfulSpan: Span? {
    devices.filter { !refresh(of: $0).isInTime }.map(\.idleTimeout).min()
  }

  /// Probes in time for every device of the path, one lost: 60/10/3, or faster where a device asks
  /// for it.
  var proposedSchedule: ProbeSchedule {
    let usual = ProbeSchedule.usual
    guard let shortest = devices.map(\.idleTimeout).min(), usual.time + usual.interval >= shortest
    else { return usual }
    let seconds = shortest.wholeSeconds
    return ProbeSchedule(
      time: .seconds(max(1, seconds / 3)), interval: .seconds(max(1, seconds / 9)), probes: 3)
  }
}
