/// TCP keepalive with nothing left to the operating system: when a silent end probes.
public struct ProbeSchedule: Hashable, Sendable {
  public var time: Span
  public var interval: Span
  public var probes: Int

  public init(time: Span, interval: Span, probes: Int) {
    self.time = time
    self.interval = interval
    self.probes = probes
  }

  /// 60/10/3: in time for every device that keeps a flow for longer than 70 s, one probe lost.
  public static let usual = ProbeSchedule(time: .seconds(60), interval: .seconds(10), probes: 3)
}

extension ProbeSchedule: CustomStringConvertible {
  /// `60/10/3`, as sysctl's three numbers are usually written.
  public var description: String {
    "\(time.wholeSeconds)/\(interval.wholeSeconds)/\(probes)"
  }
}
