import Planning

extension Remedy {
  private var changed: IdlePath { path.applying(change) }

  /// Why it holds or does not, in a sentence.
  public var because: String {
    if let obstacle { return obstacle }
    let outcome = changed.outcome(after)
    switch change {
    case .poolMaxIdle: return outcome
    case .envoyKeepalive(let schedule): return "Envoy probes after \(schedule.time); \(outcome)"
    case .raiseIdleTimeout(let span):
      guard effect == .worsens else { return outcome }
      let before = path.sidecar?.idleTimeout.span ?? .never
      return
        "makes it worse: \(outcome), and Envoy's close, which would clear it away, comes after "
        + "\(span) and not after \(before)"
    case .lowerIdleTimeout: return outcome
    case .excludePort, .excludeRange: return exclusion(outcome)
    case .serverKeepalive(let schedule):
      return
        "the server probes after \(schedule.time), which passes the devices from the other side; "
        + outcome
    case .clientKeepalive(let schedule):
      return path.isProxied
        ? "the app's probes end at Envoy and never reach a device; \(outcome)"
        : "the app probes after \(schedule.time); \(outcome)"
    case .readTimeout(let span):
      return after.verdict == .fails
        ? "keeps nothing alive: the hang becomes an error after \(span)"
        : "keeps nothing alive, but after \(span) the library replaces the dead connection"
    case .ping:
      guard after.kind == .hidden else { return outcome }
      return after.verdict == .fails
        ? "the round trip meets the same: \(after.symptom)"
        : "a round trip finds the dead connection, and it is replaced"
          + (after.symptomStall.map { " after \($0)" } ?? "")
    }
  }

  private func exclusion(_ outcome: String) -> String {
    guard after.kind == .hidden else {
      return "one connection from the app, keepalive \(IdlePath.words(path.client.keepalive)); "
        + outcome
    }
    let schedule = path.proposedSchedule
    let together = changed.applying(.clientKeepalive(schedule)).judgement
    let also =
      together.kind == .hidden || together.verdict == .fails
      ? "" : "; with keepalive \(schedule) in the app as well it holds"
    return "exclusion alone does not help: the app's keepalive is "
      + "\(IdlePath.words(path.client.keepalive)), so \(outcome)\(also)"
  }

  /// What it costs, in a sentence.
  public var price: String {
    switch change {
    case .poolMaxIdle: "a new connection after each quiet spell"
    case .envoyKeepalive(let schedule):
      "a probe per connection every \(schedule.time); connections of now keep theirs off until the "
        + "pods are restarted"
    case .raiseIdleTimeout, .lowerIdleTimeout:
      "as an EnvoyFilter it changes the filter chain, so connections of now are cut when the drain "
        + "ends (\(path.sidecar?.drain ?? Sidecar.istioDrain.value))"
    case .excludePort:
      "no mTLS, telemetry or policy on this port, for every destination; pods restart"
    case .excludeRange:
      "no mTLS, telemetry or policy to these addresses, on every port; pods restart"
    case .serverKeepalive: "a setting of the server, for all its clients"
    case .clientKeepalive: "a probe per connection"
    case .readTimeout: "queries that take longer fail"
    case .ping: "a round trip per use; the read timeout once where a device drops silently"
    }
  }
}
