/// What `audit` finds in live pods.
public enum AuditCodes {
  public static let all = [
    captured, bypasses, otherFate, notUnderstood, notCaptured, oneFamily, bothBackends,
    foreignRules, nobodyListens, leftovers, unstable, nothingAsked, proxyCaptured, unprobed, stray,
  ]

  public static let captured = Code(
    "BP301", "drift: asked to bypass, is captured", .error,
    """
    The pod's annotations (or the expectation that was given) let this traffic past the sidecar,
    and the rules in the pod's network namespace send it to Envoy.

    Istio writes rules once, when the pod starts: istio-init, or the CNI plugin, reads the
    annotations of the pod as it is created. An annotation added to a running pod, or to a
    Deployment's own metadata instead of its pod template, changes nothing. Put it under
    spec.template.metadata.annotations and roll the pods; then audit again.

    The comparison is exact: all packets, as sets, of which one is shown with the rule that was
    asked for and the rule that decides now.
    """)

  public static let bypasses = Code(
    "BP302", "drift: asked to be captured, bypasses", .error,
    """
    Envoy should see this traffic, and the live rules let it past: no mTLS, no policy, no
    telemetry. Rules of an older template, a list that was shortened since the pod started, or a
    hand that edited the namespace are the usual reasons.

    Mesh-wide lists of the chart (global.proxy.excludeOutboundPorts, excludeIPRanges) are handed to
    istio-init as arguments and cannot be seen from inside the pod. Where one of those may be the
    reason this is a warning; give the chart's values with --values to have it checked.
    """)

  public static let otherFate = Code(
    "BP303", "drift: traffic ends otherwise than asked", .error,
    """
    The live rules drop or refuse the traffic, or send it to another port than was asked.
    """)

  public static let notUnderstood = Code(
    "BP304", "a match that is not understood could decide", .warning,
    """
    A live rule holds a match or a target that this program does not model, and the fate of some
    traffic hangs on it. It is neither called drift nor passed over: what it does is not known.

    `bypass-plan simulate --rules pid:N` with the packet shown names the rule and the match.
    """)

  public static let notCaptured = Code(
    "BP305", "the pod is not captured at all", .error,
    """
    A sidecar is there, or was asked for, and no rule sends anything to it. All the pod's traffic
    goes past Envoy, in both directions. istio-init failed or was skipped, the CNI plugin was not
    installed when the pod started (its race with the first pods of a node), or somebody flushed
    the tables.

    With the CNI plugin, istio-validation should have kept such a pod from starting.
    """)

  public static let oneFamily = Code(
    "BP306", "only one address family is captured", .warning,
    """
    The pod has IPv4 and IPv6 addresses, and rules for one of them only: traffic over the other
    bypasses the sidecar. istio-iptables writes ip6tables rules where the first address of the pod
    is IPv6, or where ISTIO_DUAL_STACK is set and any is.
    """)

  public static let bothBackends = Code(
    "BP307", "iptables-legacy and nf_tables both hold rules", .warning,
    """
    The kernel runs both. The first that maps a connection wins, and at equal priority the one
    registered last comes first, which no listing tells. `iptables-save` shows only the half that
    its own build speaks to; an audit reads both.

    Usually an image with another iptables variant than Istio's wrote into the pod.
    """)

  public static let foreignRules = Code(
    "BP308", "rules that are not Istio's change the answer", .warning,
    """
    Besides Istio's own chains the namespace holds rules of others, and with them some traffic
    ends differently than without. An init container of the app, a CNI plugin (port mappings,
    network policies), or another agent of the node wrote them.
    """)

  public static let nobodyListens = Code(
    "BP309", "nothing listens where rules send traffic", .error,
    """
    Rules redirect connections to a port of the pod where no socket listens, so the kernel refuses
    every one of them. Envoy is not running (not yet, or not any more), or listens on other ports
    than the rules say (meshConfig.proxyListenPort, which the CNI plugin does not read).

    Or it listens for one address family where rules capture both: those of the nftables backend see
    IPv6 in any pod, and ISTIO_DUAL_STACK in a pod's proxyMetadata makes rules, but no listeners.
    """)

  public static let leftovers = Code(
    "BP310", "chains of another Istio version or another mesh", .warning,
    """
    The namespace holds chains that the Istio which fits best does not write: of an older or newer
    istio-init that ran before, or of Linkerd, Kuma, Consul or another mesh. Their rules run as
    long as something jumps to them.
    """)

  public static let unstable = Code(
    "BP311", "the rules changed while they were read", .warning,
    """
    Another process kept writing rules into the namespace, so what was read may be of different
    moments. Audit again when it has finished.
    """)

  public static let nothingAsked = Code(
    "BP312", "the pod does not say what was asked", .warning,
    """
    No proxy was found in the namespace, or its annotations file could not be read, and no
    expectation was given: the live rules are compared with what Istio writes for a pod without
    annotations. Give --manifest, --config or the capture flags.
    """)

  public static let proxyCaptured = Code(
    "BP313", "the proxy's own traffic is captured", .error,
    """
    What Envoy sends is redirected to Envoy again: a loop that ends in exhausted connections. The
    rules let the proxy pass by its user and group; one that runs as another user (runAsUser on
    istio-proxy, before Istio 1.23) is taken for an app.
    """)

  public static let unprobed = Code(
    "BP321", "middleware through Envoy, upstream keepalive off", .warning,
    """
    Each of these connections is two: app to Envoy, and Envoy to the server. The app's keepalive
    ends at Envoy; the socket that crosses the network has none, so nothing refreshes it in the
    NAT gateways and load balancers on the way. One that forgets it sooner than Envoy's idle
    timeout (1 h unless set) turns the pool's next use of it into "invalid connection".

    The kernel keeps no link between the two sockets: a pair is certain where there is one on each
    side, likely where both carried the same bytes and no other did.
    """)

  public static let stray = Code(
    "BP322", "connections go another way than the rules say", .warning,
    """
    NAT is decided once, on a connection's first packet. A connection opened before the rules were
    written, or before they changed, keeps the way it has until it is closed. Long-lived pools can
    hold such connections for days.
    """)
}
