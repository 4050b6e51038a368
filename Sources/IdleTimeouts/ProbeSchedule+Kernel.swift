public import Planning

extension ProbeSchedule {
  /// What Linux does for a socket that asks for SO_KEEPALIVE and says no more (7200/75/9).
  public static let kernel = ProbeSchedule(
    time: Kernel.keepaliveTime.value, interval: Kernel.keepaliveInterval.value,
    probes: Kernel.keepaliveProbes.value)

  /// Absent where keepalive is off.
  public init?(_ keepalive: Keepalive) {
    guard case .on(let time, let interval, let probes) = keepalive else { return nil }
    self.init(
      time: time, interval: interval ?? Self.kernel.interval, probes: probes ?? Self.kernel.probes)
  }

  /// When a peer that answers nothing is given up.
  public var givesUp: Span { time + interval * probes }

  /// The seconds that `TCP_KEEPIDLE` and `TCP_KEEPINTVL` take, and the probes of `TCP_KEEPCNT`
  /// (`MAX_TCP_KEEPIDLE`, `MAX_TCP_KEEPINTVL`, `MAX_TCP_KEEPCNT` of the kernel's tcp.h).
  static let longest: Int64 = 32_767
  static let mostProbes = 127

  func validate(_ text: String) throws(KeepaliveError) {
    for span in [time, interval] {
      guard let milliseconds = span.milliseconds, milliseconds % 1000 == 0,
        (1...Self.longest).contains(milliseconds / 1000)
      else { throw KeepaliveError(text: text, reason: .seconds(span)) }
    }
    guard (1...Self.mostProbes).contains(probes) else {
      throw KeepaliveError(text: text, reason: .probes(String(probes)))
    }
  }
}

extension Keepalive {
  /// Switched on with nothing else said.
  public static let kernel = Keepalive.on(
    time: ProbeSchedule.kernel.time, interval: nil, probes: nil)

  init(_ schedule: ProbeSchedule) {
    self = .on(time: schedule.time, interval: schedule.interval, probes: schedule.probes)
  }
}
