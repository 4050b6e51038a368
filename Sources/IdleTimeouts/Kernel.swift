public import Planning

/// What Linux does unless a sysctl or the socket says otherwise.
public enum Kernel {
  public static let keepaliveTime = Known<Span>.measured(
    .seconds(7200), "/proc/sys/net/ipv4/tcp_keepalive_time")
  public static let keepaliveInterval = Known<Span>.measured(
    .seconds(75), "/proc/sys/net/ipv4/tcp_keepalive_intvl")
  public static let keepaliveProbes = Known<Int>.measured(
    9, "/proc/sys/net/ipv4/tcp_keepalive_probes")
  public static let retries = Known<Int>.documented(
    15, "/proc/sys/net/ipv4/tcp_retries2; kernel Documentation/networking/ip-sysctl")

  /// How long a write that nobody acknowledges is sent again before the socket fails
  /// (`tcp_retries2`): 200 ms doubled each time, at most 120 s. 15 retries are 924.6 s.
  public static func retransmissionTimeout(retries: Int) -> Span {
    var total: Int64 = 0
    var wait: Int64 = 200
    for _ in 0...max(0, min(retries, 255)) {
      total += wait
      wait = min(wait * 2, 120_000)
    }
    return Span(milliseconds: total)
  }
}
