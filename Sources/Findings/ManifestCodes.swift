/// Faults in manifests. What is as true of a plan as of a manifest has its code in `PlanCodes`.
public enum ManifestCodes {
  public static let all = values + places + pods + resources

  static let values = [
    unreadable, notAString, badValue, bareAddress, spaces, emptyItem, portRange, wildcard,
    unknownName, everything, hostBits,
  ]
  static let places = [
    misspelt, wrongObject, noSidecar, deprecated, notReadYet, twoModes, drift,
  ]
  static let pods = [runsAsProxy, initContainer]
  static let resources = [
    meshService, autoAllocated, lenientDuration, meshWideFilter, ignoredIdleTimeout,
    captureModeNone,
  ]

  // MARK: - Documents and values

  public static let unreadable = Code(
    "BP001", "a document cannot be read", .error,
    """
    The text is no YAML or JSON, or what it holds is no Kubernetes object. kubectl refuses it as
    well. The other documents of the stream are checked all the same; the exit code is 2, because
    nothing can be said about this one.
    """)

  public static let notAString = Code(
    "BP002", "an annotation is no string", .error,
    """
    Annotations are strings. To YAML a bare 3307 is a number and a bare true a boolean, and the API
    server refuses the whole object: "cannot unmarshal number into Go struct field
    ObjectMeta.metadata.annotations of type string".

    Put the value in quotes.
    """)

  public static let badValue = Code(
    "BP003", "a value that some stage refuses", .error,
    """
    A setting passes three readers and a tool, and each takes something else: the injection webhook
    (annotations only; a refusal denies the pod), the CNI plugin (a refusal keeps the sandbox from
    being set up), Istio's rule generator, and iptables-restore or nft (a refusal fails istio-init
    and loads none of the rules). Two gaps matter most: includeOutboundPorts is checked by nobody
    before the tool, and values of the chart are checked by nobody before the generator.

    The message names the first stage that refuses the value and what it expects.
    """)

  public static let bareAddress = Code(
    "BP004", "an address without a length", .error,
    """
    Istio's ranges are CIDRs, and 10.1.2.3 is none: every stage uses Go's netip.ParsePrefix, which
    wants a slash. As an annotation the webhook denies the pod. As a value of the chart it is
    worse: up to Istio 1.26 the item is dropped in silence, from 1.27 on no rule is written.

    Write 10.1.2.3/32, or 2001:db8::1/128.
    """)

  public static let spaces = Code(
    "BP005", "white space in a list", .error,
    """
    A list of ranges must hold nothing but commas between its items: " 10.0.0.0/8" with the space
    is no CIDR to any stage. In a list of ports the space is let pass and travels all the way into
    the rule's text, where the tools skip it; so there it is only a remark.
    """)

  public static let emptyItem = Code(
    "BP006", "an empty item in a list", .error,
    """
    A leading, trailing or doubled comma makes an empty item. The webhook and the CNI plugin refuse
    it. The generator alone would drop it, which is why the same text works as a value of the chart.
    """)

  public static let portRange = Code(
    "BP007", "a range of ports", .error,
    """
    The lists take single ports only (istio/istio#45810). iptables could match 8000:8010, and a
    value that escapes the webhook does reach it; native nftables refuses that spelling.

    List each port, or exclude the addresses instead.
    """)

  public static let wildcard = Code(
    "BP008", "a * where none is taken", .error,
    """
    * stands for everything only as the whole value of includeOutboundIPRanges and
    includeInboundPorts. Excluding everything is spelled 0.0.0.0/0,::/0 for ranges, and cannot be
    said for ports. In includeOutboundPorts nobody objects until the tool does: `--dport *` fails
    istio-init, and the pod never starts.
    """)

  public static let unknownName = Code(
    "BP009", "a name that the pod's image must know", .warning,
    """
    The name of a group, as in ISTIO_OUTBOUND_OWNER_GROUPS, is looked up where the rules are loaded:
    in the image of istio-init, or on the node. Where the name is unknown none of the rules is
    loaded.

    A number works everywhere.
    """)

  public static let everything = Code(
    "BP010", "every address of a family", .info,
    """
    0.0.0.0/0 is every IPv4 address and ::/0 every IPv6 address, in the mesh and outside it. Among
    the excluded ranges it leaves the sidecar nothing outbound but ports that DNS capture takes and
    the other family. Among the included ones it is not the same as *, which is both families.
    """)

  public static let hostBits = Code(
    "BP011", "a range with bits beyond its length", .warning,
    """
    10.1.2.3/8 is taken by every stage, and the kernel keeps the 8 bits only: the rule is for all
    of 10.0.0.0/8. Either the address or the length is not what was meant.
    """)

  // MARK: - Names and places

  public static let misspelt = Code(
    "BP012", "no annotation of that name", .warning,
    """
    Nobody refuses an annotation that Istio does not know; it is simply never read. A slip such as
    excludeOutbondPorts (istio/istio#20307), another domain, or a setting under the wrong prefix
    changes nothing and says nothing.
    """)

  public static let wrongObject = Code(
    "BP013", "the annotation stands where nobody reads it", .warning,
    """
    Capture is decided pod by pod, and the injector sees nothing but the pod. Annotations of a
    Deployment, StatefulSet or CronJob are not those of its pods, and there is no form for a
    Namespace or a Service. A label of the same name is not read either.

    Put it under the pod template's metadata.annotations.
    """)

  public static let noSidecar = Code(
    "BP014", "the pod gets no sidecar", .warning,
    """
    Without a sidecar there are no rules, so nothing is captured and nothing needs excluding. The
    related place says what decides: hostNetwork, a label of the pod or of its namespace, or that
    nothing asks for a sidecar.
    """)

  public static let deprecated = Code(
    "BP015", "a deprecated name", .warning,
    """
    traffic.sidecar.istio.io/kubevirtInterfaces was replaced by istio.io/reroute-virtual-interfaces
    in Istio 1.25. The old name still works there, and loses where both are given. It never meant
    "leave this interface alone": that is excludeInterfaces.
    """)

  public static let notReadYet = Code(
    "BP016", "this version does not read the annotation yet", .warning,
    """
    istio.io/reroute-virtual-interfaces is read from Istio 1.25 on. Before,
    traffic.sidecar.istio.io/kubevirtInterfaces says the same; both may stand side by side.
    """)

  public static let twoModes = Code(
    "BP017", "two interception modes", .warning,
    """
    sidecar.istio.io/interceptionMode beats the interceptionMode in proxy.istio.io/config. Envoy is
    told by the first as well, so the second has no effect at all.
    """)

  public static let drift = Code(
    "BP018", "the running pod was started with something else", .warning,
    """
    Rules are written once, when a pod starts, from the arguments its istio-init got. This pod's
    annotation says something else than those arguments, so it was changed since, and has no
    effect until the pod is replaced. Change the template and roll the pods.
    """)

  // MARK: - Containers

  public static let runsAsProxy = Code(
    "BP019", "a container runs as Envoy's own user or group", .warning,
    """
    Istio tells Envoy's packets from the app's by their owner: uid and gid 1337. Whatever else runs
    as one of them is never captured, and when it calls the pod's own address it is sent to Envoy's
    inbound side as if Envoy had called.

    Take another number. On purpose it is done for init containers under the CNI plugin only.
    """)

  public static let initContainer = Code(
    "BP020", "an init container without a network", .warning,
    """
    Under the CNI plugin the rules exist before the first container starts, and Envoy does not: an
    init container's calls are sent to port 15001, where nobody listens, and are refused. With
    istio-init it was the other way round, for istio-init comes last (istio/istio#23802).

    Run the init container as user 1337, exclude what it calls, or use native sidecars
    (ENABLE_NATIVE_SIDECARS, Kubernetes 1.29 or later), where Envoy is started first. With DNS
    capture on only the first and the last help it to look up names.
    """)

  // MARK: - Other resources

  public static let meshService = Code(
    "BP021", "an exclusion also hits a service of the mesh", .info,
    """
    A port is excluded for every destination, and a range on every port. Calls to services of the
    mesh that it covers leave the pod in plain text, without mutual TLS, telemetry, retries and
    policy. A server whose PeerAuthentication is STRICT refuses them: then this is an error.

    Exclude the addresses outside the mesh instead of the port, or give the service another port.
    """)

  public static let autoAllocated = Code(
    "BP022", "an exclusion hits an auto-allocated address", .error,
    """
    With DNS capture the agent answers for a ServiceEntry without addresses with one of
    240.240.0.0/16 or 2001:2::/48, which only Envoy knows how to reach. Excluded by port or range,
    the connection leaves the pod for that very address, and no network has a route to it.

    Give the ServiceEntry its real addresses, label it networking.istio.io/enable-autoallocate-ip:
    "false", or do not exclude it.
    """)

  public static let lenientDuration = Code(
    "BP023", "a duration that only istiod understands", .warning,
    """
    Envoy takes durations in seconds with an s behind: 86400s. istiod reads an EnvoyFilter with an
    old and lenient parser that takes Go's 24h as well and hands it on in seconds, so it works; in
    a static Envoy config, with envoy --mode validate, or with any strict parser the same text is
    refused: "duration must end with a single 's'". What is no duration even to Go is refused by
    istiod too, and is an error.
    """)

  public static let meshWideFilter = Code(
    "BP024", "an EnvoyFilter that patches the whole mesh", .warning,
    """
    In the root namespace, istio-system unless meshConfig.rootNamespace says otherwise, an
    EnvoyFilter without a workloadSelector patches every proxy of the mesh, gateways included.

    Put it into the workload's own namespace with a workloadSelector.
    """)

  public static let ignoredIdleTimeout = Code(
    "BP025", "this version ignores the idleTimeout for TCP", .warning,
    """
    Before Istio 1.21 a DestinationRule's connectionPool.tcp.idleTimeout never reached the filter
    that closes idle TCP connections; Envoy's own hour held. From 1.21 on it is passed there.

    ISTIO_META_IDLE_TIMEOUT in proxy.istio.io/config, or an EnvoyFilter for the TCP proxy, works in
    the older versions.
    """)

  public static let captureModeNone = Code(
    "BP026", "captureMode NONE does not bypass the sidecar", .warning,
    """
    A Sidecar resource configures Envoy's listeners. The rules in the pod know nothing of it: what
    they capture still goes to Envoy, which treats it as unknown traffic (istio/istio#38190).

    Only the annotations, or the chart's values, keep traffic from Envoy.
    """)
}
