import Ruleset

extension ResultKind {
  static let auditKeys: [Shape.Key] = [
    .always(
      "namespaces",
      .list(
        .object([
          .always("name", .string, "as it was named"),
          .always("inode", .integer, "what tells two namespaces apart"),
          .always("pods", .list(auditedPod), "whose it is, as far as the node knows"),
          .always("rulesetHash", .string, "equal for equal rules, whatever their counters"),
          .always("backends", .list(.string), "those that hold rules"),
          .always("expectation", auditExpectation, "what was asked, and who says so"),
          .always("findings", .list(auditFinding), "the gravest first"),
          .always("connections", .list(connectionGroup), "by destination"),
          .always("middleware", .list(middlewareRow), "ports asked about or talked to"),
          .always("listeners", .list(listener), "ports that rules send to"),
        ])), "each network namespace that was read")
  ]

  private static let auditedPod = Shape.object([
    .sometimes("namespace", .string, "the pod's"),
    .sometimes("name", .string, "the pod's"),
    .sometimes("uid", .string, "as the API server has it"),
    .sometimes(
      "proxy",
      .object([
        .always("pid", .integer, "of Envoy or its agent"),
        .always("process", .string, "the command's name"),
        .always("uid", .integer, "whom it runs as"),
        .always("gid", .integer, "whom it runs as"),
      ]), "absent where none was found"),
  ])

  private static let auditExpectation = Shape.object([
    .always("istioVersions", .string, "which Istio writes the rules compared with: 1.25-1.31"),
    .always("backend", .string, "iptables or nftables"),
    .always("installs", .list(.word(["init", "cni"])), "who would write them"),
    .always("isEqual", .boolean, "whether the live rules do the same to every packet"),
    .always(
      "asked",
      .list(
        .object([
          .always("value", .string, "a setting"), .always("from", .string, "who says so"),
        ])), "empty where defaults hold"),
    .always("knowsMesh", .boolean, "whether mesh-wide lists were known"),
    .sometimes("gap", .string, "why nobody knows what was asked"),
  ])

  private static let auditRule = Shape.object([
    .always("family", .string, "the table's family"),
    .always("table", .string, "the table's name"),
    .always("chain", .string, "the chain's name"),
    .always("rule", .integer, "place in the chain, from 1"),
    .sometimes("handle", .integer, "the kernel's, of a live rule of nf_tables"),
    .always("text", .string, "the rule in its own dialect"),
  ])

  private static let auditFinding = Shape.object(
    findingKeys + [
      .sometimes("direction", .word(["outbound", "inbound"]), "of drift: which way"),
      .sometimes("sender", .word(["app", "proxy", "anyone"]), "of drift: who sends"),
      .sometimes("from", fate, "of drift: what was asked"),
      .sometimes("to", fate, "of drift: what is live"),
      .sometimes("count", .string, "of drift: how many packets, exactly"),
      .sometimes("cover", cover, "of drift: which, exactly"),
      .sometimes("witness", .anything, "of drift: one of them, as a line of probes"),
      .sometimes("asked", auditRule, "of drift: the rule that was asked for"),
      .sometimes("live", auditRule, "of drift: the rule that decides now"),
      .sometimes("rules", .list(auditRule), "the live rules that show it"),
      .sometimes("destinations", .list(.string), "the connections that show it"),
    ])

  private static let auditedSocket = Shape.object([
    .always("local", .string, "its own end"), .always("state", .string, "of TCP"),
    .always("uid", .integer, "whose it is"),
    .sometimes("pid", .integer, "the first process that holds it"),
    .sometimes("process", .string, "that process's name"),
    .always("timer", .string, "as `ss -o` shows it"),
    .always("keepalive", .boolean, "whether a keepalive timer runs"),
    .sometimes("idleMilliseconds", .integer, "since data last went either way"),
    .always("retransmits", .integer, "unanswered, now"),
    .always("sendQueue", .integer, "bytes not acknowledged"),
  ])

  private static let connectionGroup = Shape.object([
    .always("destination", .string, "address and port"),
    .sometimes("middleware", .string, "what usually listens there"),
    .always(
      "proxied",
      .list(
        .object([
          .always("application", auditedSocket, "the app's socket"),
          .sometimes("proxy", auditedSocket, "Envoy's socket to the same server"),
          .always("pairing", .word(["certain", "likely", "unpaired"]), "how sure the pair is"),
        ])), "through the proxy"),
    .always("direct", .list(auditedSocket), "past the proxy"),
    .always("unknown", .list(auditedSocket), "those conntrack says nothing of"),
    .always("unpairedUpstream", .list(auditedSocket), "Envoy's sockets without a pair"),
  ])

  private static let middlewareRow = Shape.object([
    .always("name", .string, "the kind of server"),
    .always("port", .integer, "where it listens"),
    .always("protocol", .string, "tcp"),
    .always("asked", fate, "what was asked for all traffic to the port"),
    .always("live", fate, "what the live rules do"),
    .always("direct", .integer, "open connections past the proxy"),
    .always("proxied", .integer, "open connections through it"),
    .always("unknown", .integer, "open connections nothing is known of"),
    .sometimes("newConnections", .integer, "hits of rules that decide of this traffic alone"),
  ])

  private static let listener = Shape.object([
    .always("port", .integer, "where rules send"), .always("protocol", .string, "tcp or udp"),
    .sometimes("pid", .integer, "who listens"), .sometimes("uid", .integer, "who listens"),
    .always("listens", .boolean, "whether anybody does"),
  ])
}
