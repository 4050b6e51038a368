public import Planning

/// How an idle connection ends on its path, and what that does to the next use of it.
public struct Judgement: Hashable, Sendable {
  public enum Closer: Hashable, Sendable {
    case nobody
    case pool
    case envoy
    case server
    /// Closes nothing: it forgets, and the ends do not know. The index is that of the path.
    case device(Int)
  }

  public enum Kind: String, Hashable, Sendable {
    case none
    /// FIN or RST reaches the application's end at once.
    case clean
    /// The application's end learns nothing until it writes.
    case hidden
  }

  public enum Symptom: Hashable, Sendable {
    case nothing
    case eof
    case reset
    /// No answer for so long, and then an error.
    case hang(Span)
    /// The write succeeds, and nobody reads it.
    case silentLoss
  }

  public enum Verdict: String, Hashable, Sendable {
    /// The application never meets a dead connection.
    case holds
    /// It does, and its library replaces it without an error.
    case recovers
    case fails
  }

  public var closer: Closer
  /// Counted from the last byte of data.
  public var after: Span
  public var kind: Kind
  public var symptom: Symptom
  public var verdict: Verdict
  /// How long the library needs to notice before it recovers.
  public var stall: Span
}

extension Judgement.Symptom: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nothing: "nothing"
    case .eof: "EOF"
    case .reset: "connection reset"
    case .hang(let span): "hang for \(span)"
    case .silentLoss: "silent loss"
    }
  }
}

// MARK: - Refreshing

extension IdlePath {
  /// An end whose keepalive travels through the devices.
  public enum End: String, Hashable, Sendable {
    case app
    case envoy
    case server
  }

  /// How well keepalive keeps a device from forgetting.
  public enum Refresh: Hashable, Sendable {
    /// No end probes.
    case none
    /// The first probe comes after the device has forgotten.
    case late(End, Span)
    /// In time, but the loss of one probe is enough to be forgotten.
    case thin(End, Span)
    case sure(End, Span)

    public var isInTime: Bool {
      switch self {
      case .none, .late: false
      case .thin, .sure: true
      }
    }
  }

  /// The end on the pod's side of every device: a captured application's probes stop at Envoy.
  public var nearEnd: (end: End, keepalive: Keepalive) {
    if let sidecar { (.envoy, sidecar.upstreamKeepalive) } else { (.app, client.keepalive) }
  }

  /// The best that either end does for this device. Probes of both ends count, and so do their
  /// answers; what matters is the first probe, and the second where the first is lost.
  public func refresh(of device: StatefulDevice) -> Refresh {
    let near = nearEnd
    // Of equals, max takes the last: the end that the pod's owner can change.
    return max(
      refresh(of: device, by: .server, server.keepalive),
      refresh(of: device, by: near.end, near.keepalive))
  }

  private func refresh(of device: StatefulDevice, by end: End, _ keepalive: Keepalive) -> Refresh {
    guard let schedule = ProbeSchedule(keepalive) else { return .none }
    if schedule.time >= device.idleTimeout { return .late(end, schedule.time) }
    let spare = schedule.time + schedule.interval < device.idleTimeout
    return spare ? .sure(end, schedule.time) : .thin(end, schedule.time)
  }
}

extension IdlePath.Refresh: Comparable {
  /// The better the greater; of two as good, the earlier probe.
  public static func < (a: Self, b: Self) -> Bool {
    a.rank == b.rank ? a.time > b.time : a.rank < b.rank
  }

  private var rank: Int {
    switch self {
    case .none: 0
    case .late: 1
    case .thin: 2
    case .sure: 3
    }
  }

  private var time: Span {
    switch self {
    case .none: .never
    case .late(_, let time), .thin(_, let time), .sure(_, let time): time
    }
  }
}

// MARK: - Judging

extension IdlePath {
  /// Who ends it first. Where two come at once the worse counts: a device before whoever closes in
  /// the open, the pool last.
  public var judgement: Judgement {
    var closer = Judgement.Closer.nobody
    var after = Span.never
    func consider(_ candidate: Judgement.Closer, _ span: Span) {
      guard span < after, candidate == .pool || span <= heartbeat ?? .never else { return }
      closer = candidate
      after = span
    }
    for (index, device) in devices.enumerated() where !refresh(of: device).isInTime {
      consider(.device(index), device.idleTimeout)
    }
    consider(.server, server.idleTimeout)
    if let sidecar { consider(.envoy, sidecar.closes) }
    consider(.pool, client.retires)
    return judge(closer, after)
  }

  private func judge(_ closer: Judgement.Closer, _ after: Span) -> Judgement {
    func judgement(
      _ kind: Judgement.Kind, _ symptom: Judgement.Symptom, stall: Span = Span(milliseconds: 0)
    ) -> Judgement {
      let verdict: Judgement.Verdict =
        kind == .none || closer == .pool ? .holds : symptom == .nothing ? .recovers : .fails
      return Judgement(
        closer: closer, after: after, kind: kind, symptom: symptom, verdict: verdict, stall: stall)
    }
    switch closer {
    case .nobody: return judgement(.none, .nothing)
    case .pool: return judgement(.clean, .nothing)
    case .envoy, .server:
      let seen: Judgement.Symptom = closer == .server && server.close == .reset ? .reset : .eof
      return judgement(
        .clean, client.awaitsReply ? client.reuse == .asIs ? seen : .nothing : .silentLoss)
    case .device(let index):
      guard client.awaitsReply else { return judgement(.hidden, .silentLoss) }
      let replaces = client.reuse == .ping || client.reuse == .retry
      guard devices[index].onExpiry == .drop else {
        return judgement(.hidden, replaces ? .nothing : .reset)
      }
      // Without a read timeout the library waits as long as the kernel does: that is no recovery.
      let stall = min(client.readTimeout, Kernel.retransmissionTimeout(retries: retries))
      let recovers = replaces && stall == client.readTimeout
      return judgement(.hidden, recovers ? .nothing : .hang(stall), stall: stall)
    }
  }
}
