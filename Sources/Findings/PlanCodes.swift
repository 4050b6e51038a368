/// Cautions of plans and suggestions.
public enum PlanCodes {
  public static let all = [
    replacesMeshList, replacesCNIDefault, keepaliveIsYours, endsDNSCapture, excludedRangeBeats,
    ipv6NotCaptured, ipv6Captured, noInterception, rangeHoldsCluster, noEffect, proxyPort,
    addressesMove, ambient, notAsWanted, annotationTooLong, octalPort,
  ]

  public static let replacesMeshList = Code(
    "BP102", "the annotation replaces the mesh-wide list", .warning,
    """
    An annotation is used verbatim in place of the Helm value of the same name; the two are never
    merged. A pod that excludes one port of its own silently loses every port that
    global.proxy.excludeOutboundPorts (or excludeIPRanges) excludes for the mesh, and an empty
    annotation cancels the whole list.

    Write the mesh-wide entries into the annotation too. With --values FILE the line to paste
    holds both.
    """)

  public static let replacesCNIDefault = Code(
    "BP103", "the annotation replaces the CNI plugin's default of 15020", .warning,
    """
    Where neither annotation nor Helm value is set, Istio's CNI plugin excludes outbound port
    15020, the agent's merged metrics and health port, for every pod; istio-init never did. An
    excludeOutboundPorts annotation replaces that default, so calls from this pod to port 15020 of
    another pod go through Envoy from then on.

    Add 15020 to the list where pods scrape each other.
    """)

  public static let keepaliveIsYours = Code(
    "BP105", "keepalive is now the application's own affair", .warning,
    """
    A captured connection is two: app to Envoy and Envoy to the server. Excluded, it is one, from
    the app's own socket. Envoy's idle timeout (1 h by default) no longer closes it, and a
    keepalive configured for Envoy no longer refreshes it: the app's keepalive, or the server's,
    must come more often than the idle timer of every NAT gateway, load balancer and firewall on
    the way, or the pool must drop idle connections sooner than that.

    Go dials with 15 s. Linux's own default is 7200 s, which is later than almost every device:
    AWS NLB and NAT gateway 350 s, Azure 240 s, GCP 600 s. `bypass-plan timeouts` works it out.
    """)

  public static let endsDNSCapture = Code(
    "BP106", "excluding port 53 ends DNS capture", .warning,
    """
    Excluded ports are the first rules of ISTIO_OUTPUT, before DNS capture. With 53 among them,
    the app's TCP queries, and from Istio 1.25 on its UDP queries too, go straight to the resolver
    in resolv.conf: names that only the agent knows (ServiceEntry hosts, auto-allocated addresses,
    multi-cluster names) stop resolving.

    Exclude the resolver's address instead only if that is what you want: DNS capture comes before
    excluded ranges, so a range does not end it.
    """)

  public static let excludedRangeBeats = Code(
    "BP107", "an excluded range beats includeOutboundPorts", .warning,
    """
    Rules for excludeOutboundIPRanges come before those for includeOutboundPorts, so a port named
    there is not captured at excluded addresses.
    """)

  public static let ipv6NotCaptured = Code(
    "BP108", "IPv6 is not captured", .info,
    """
    Istio programs ip6tables only where it finds an IPv6 address of the pod: the first non-loopback
    one decides, unless ISTIO_DUAL_STACK is set. Without those rules all the pod's IPv6 traffic
    bypasses the sidecar, whatever is excluded.
    """)

  public static let ipv6Captured = Code(
    "BP109", "IPv6 is captured, and ranges do not reach it", .warning,
    """
    The native nftables back end writes one inet ruleset for both families. With IPv6 off in
    Istio's eyes, rules without an address (ports, owners, the wildcard include) still act on IPv6,
    while IPv6 ranges are not written: excluding an IPv6 range does nothing there.
    """)

  public static let noInterception = Code(
    "BP110", "interception mode NONE captures nothing", .warning,
    """
    With sidecar.istio.io/interceptionMode: NONE the injector adds no istio-init, so no rule exists
    and every exclusion is without effect; under Istio's CNI plugin that value is refused.
    """)

  public static let rangeHoldsCluster = Code(
    "BP111", "the range holds pod or service addresses", .warning,
    """
    Everything inside an excluded range bypasses the sidecar on every port. Where the range holds
    pods or services of the mesh, traffic to them loses mTLS, telemetry and policy, and servers in
    STRICT mode refuse it.

    Give the pod and service ranges of the cluster with --cluster-range to have this checked
    exactly.
    """)

  public static let noEffect = Code(
    "BP112", "the entry changes nothing", .warning,
    """
    The traffic this entry excludes was not captured in the first place: an earlier rule already
    lets it pass, or no include rule takes it.
    """)

  public static let proxyPort = Code(
    "BP113", "a port of Envoy or the agent is excluded", .warning,
    """
    15000-15090 are Istio's own: Envoy's listeners, the agent's health, metrics and DNS. Excluding
    15002 breaks istio-validation's self-test under CNI.
    """)

  public static let addressesMove = Code(
    "BP114", "a host name's addresses move", .info,
    """
    Rules know addresses only and are written once, at pod start. The addresses a name has now are
    not those it has after the next failover or deployment.
    """)

  public static let ambient = Code(
    "BP115", "ambient pods read no exclusion", .error,
    """
    In ambient mode the node agent writes the rules in the pod, and they test neither ports nor
    ranges: none of the include and exclude annotations is read. What counts is the label
    istio.io/dataplane-mode, and ambient.istio.io/bypass-inbound-capture for inbound traffic.
    """)

  public static let notAsWanted = Code(
    "BP116", "an endpoint does not get what its inventory wants", .warning,
    """
    The inventory says want: bypass or want: captured, and under these settings some of the
    endpoint's traffic meets another fate. `bypass-plan suggest` finds the least exclusion that
    gives every endpoint what it wants, or shows why there is none.
    """)

  public static let annotationTooLong = Code(
    "BP117", "the annotation is longer than Kubernetes takes", .error,
    """
    All annotations of an object together may hold 256 KiB; the API server refuses a pod with more.
    A list of many thousand ranges does not fit, and the kernel would look through it one rule after
    the other for each connection.

    Let wider ranges stand for many: `bypass-plan suggest --aggregate 24` gives away addresses nobody
    asked for, and says which.
    """)

  public static let octalPort = Code(
    "BP118", "a port with a leading zero", .warning,
    """
    The webhook and the CNI plugin read 03306 as 3306 and pass the text on as it is written.
    iptables and nft read it as C does, where a leading zero makes a number octal: the rule is for
    port 1734, and 3306 stays captured.

    Write the port without the zero.
    """)
}
