/// What `timeouts` finds on the way of an idle connection.
public enum IdleCodes {
  public static let all = [
    forgotten, longerIsWorse, lateKeepalive, exclusionAlone, closedUnseen, fixedAge, drain,
    thinKeepalive, idleTimeoutOff, endlessHang, serverFirst, unanswered,
  ]

  public static let forgotten = Code(
    "BP401", "a device forgets the connection, and nobody knows", .error,
    """
    A NAT gateway, load balancer or firewall keeps an entry per flow and drops it when the flow has
    been silent for its idle time. Neither end is told. The pool hands the connection out as good;
    the first write after that is answered by RST, or by nothing at all. Looking at the socket
    before use does not help: no FIN has arrived. Go's MySQL driver says "invalid connection".

    Envoy's socket towards the server has keepalive off unless configured, and the app's own
    probes end at Envoy. Let Envoy probe sooner than the device's timer, or let the pool drop
    connections sooner. `bypass-plan timeouts` says which remedy holds on which path.
    """)

  public static let longerIsWorse = Code(
    "BP402", "a longer idle_timeout makes it worse here", .warning,
    """
    Envoy's idle timeout is the last thing that closes a connection in the open once a device has
    forgotten it. Raised to a day, or switched off, the dead connection stays in the pool for as
    long, and every first use of it fails. "Larger than the client's and the server's timeout" is
    the wrong rule where a device forgets first.

    Put it below the device's timer, or make somebody probe in time and leave it alone.
    """)

  public static let lateKeepalive = Code(
    "BP403", "keepalive comes later than the device forgets", .warning,
    """
    A keepalive refreshes a device only if its first probe comes before the device's timer is up.
    Linux's own 7200/75/9, which many examples copy, is later than nearly every device: AWS NLB
    and NAT gateway 350 s, Azure 240 s, GCP 600 s. Such a keepalive does nothing for the flow.

    60/10/3 is in time for all of those, with one probe to lose.
    """)

  public static let exclusionAlone = Code(
    "BP404", "exclusion alone does not help", .error,
    """
    Excluded from the sidecar, the connection is one, from the app's own socket. Envoy no longer
    closes it, and the device on the way still forgets it: with the app's keepalive off, or later
    than the device's timer, nothing has changed but the cost.

    Switch the app's keepalive on (Go's dialer has it, most others do not), or let the pool drop
    connections sooner than the device forgets them.
    """)

  public static let closedUnseen = Code(
    "BP405", "closed in the open, but the client does not look", .warning,
    """
    Envoy after its idle timeout, or the server after its own, closes with FIN or RST, which
    arrives at once. A library that looks at the socket before use replaces the connection and
    shows no error; this one does not look, so its next use fails once.

    Let the pool drop connections sooner than whoever closes them.
    """)

  public static let fixedAge = Code(
    "BP406", "connections are cut at a fixed age, busy or not", .warning,
    """
    A maximum connection duration (DestinationRule tcp.maxConnectionDuration) cuts a connection at
    that age even in the middle of a query. The pool must retire connections before.

    Set the pool's lifetime below the duration.
    """)

  public static let drain = Code(
    "BP407", "a configuration push cuts long connections", .info,
    """
    When a push changes a filter chain or a listener, Envoy keeps the old one for the drain time
    (45 s in Istio) with the old settings, and then closes every connection on it, idle or busy.
    Pushes that change nothing there cut nothing.

    Fewer pushes (a Sidecar resource that narrows what the proxy is told), a longer drainDuration,
    retries, or excluding the port.
    """)

  public static let thinKeepalive = Code(
    "BP408", "one lost probe is enough to be forgotten", .warning,
    """
    The first probe comes in time, the second would not: a single lost packet and the device
    forgets the flow. Keepalive time and interval together should be below the device's timer.
    """)

  public static let idleTimeoutOff = Code(
    "BP409", "idle_timeout 0 leaves half-closed connections", .warning,
    """
    With Envoy's idle timeout off, a connection that the server has closed stays half closed in
    Envoy until the app closes its own end too; nothing else clears it away.

    A long timeout, such as 86400s, does the same without leaking.
    """)

  public static let endlessHang = Code(
    "BP410", "no read timeout: the app hangs for a quarter of an hour", .warning,
    """
    Where a device drops silently, a write to a forgotten connection is sent again until the kernel
    gives up, 924.6 s with tcp_retries2 at 15. Without a read timeout the app waits as long.

    A read timeout cures nothing, but turns the hang into an error that can be retried.
    """)

  public static let serverFirst = Code(
    "BP411", "detection waits for a client that waits for its server", .error,
    """
    A server that speaks first (MySQL's protocol, NATS) says nothing to a client of Envoy's until
    Envoy has connected to it; and where Envoy is to detect the protocol, it connects only after the
    client's first bytes. With Istio's protocolDetectionTimeout of 0s both wait for ever; with a
    timeout every new connection loses as much.

    Declare the port's protocol in the Service or ServiceEntry: `protocol: TCP` or MySQL, or a
    name that starts with tcp- or mysql-. Ports in no registry are not detected.
    """)

  public static let unanswered = Code(
    "BP412", "Envoy's connection to the server is not answered", .error,
    """
    Seen in a live namespace: Envoy's socket towards the server sends the same bytes, or its SYN,
    again and again. The application is connected to Envoy and knows nothing of it; it will hang for
    its read timeout, or see EOF or a reset when Envoy gives up.

    Where the connection had been idle, a device on the way has forgotten it (BP401). Where it is
    new, the server or the way to it is down: a successful connect() is no health check behind a
    sidecar.
    """)
}
