import Findings
import Ruleset

extension ResultKind {
  var keys: [Shape.Key] {
    switch self {
    case .plan: Self.planKeys
    case .rules: Self.rulesKeys
    case .simulation: Self.simulationKeys
    case .journey: Self.journeyKeys
    case .analysis: Self.analysisKeys
    case .difference: Self.differenceKeys
    }
  }

  // MARK: - Parts

  static let fate = Shape.word(Fate.allCases.map(\.rawValue) + ["mixed"])
  private static let family = Shape.word(["ipv4", "ipv6"])

  static let rule = Shape.object(ruleKeys)

  static let ruleKeys: [Shape.Key] = [
    .always("table", .string, "the table's name"),
    .always("chain", .string, "the chain's name"),
    .always("rule", .integer, "place in the chain, from 1"),
    .always("text", .string, "the rule in its own dialect"),
  ]

  private static let step = Shape.object([
    .always("table", .string, "the table's name"),
    .always("chain", .string, "the chain's name"),
    .always("rule", .integer, "place in the chain, from 1"),
    .always("text", .string, "the rule in its own dialect"),
    .sometimes("matched", .boolean, "absent where that is not known"),
    .sometimes("why", .string, "the first condition that failed and the two values compared"),
  ])

  /// A set as ports × prefixes × owners; a key left out stands for every value.
  static let cover = Shape.list(
    .object([
      .sometimes("families", .list(family), "families of the packets"),
      .sometimes("protocol", .string, "the protocol above IP"),
      .sometimes("ports", .string, "destination ports: 3307,8000-8010"),
      .sometimes("destinations", .list(.string), "prefixes of destinations"),
      .sometimes("sources", .list(.string), "prefixes of sources"),
      .sometimes("sourcePorts", .string, "source ports"),
      .sometimes("icmp", .string, "type × 256 + code of ICMP or ICMPv6"),
      .sometimes("uids", .string, "owners' user numbers; none: no socket"),
      .sometimes("gids", .string, "owners' group numbers; none: no socket"),
      .sometimes("interfaces", .list(.string), "interfaces"),
      .sometimes("conditions", .list(.string), "anything else"),
    ]))

  private static let finding = Shape.object([
    .always("code", .string, "a code that `explain` knows"),
    .always("severity", .word(Finding.Severity.allCases.map(\.rawValue)), "how bad it is"),
    .always("message", .string, "what is the case"),
    .sometimes("file", .string, "the file"),
    .sometimes("line", .integer, "from 1"),
    .sometimes("column", .integer, "from 1"),
    .sometimes("object", .string, "Kind/name, or a pod"),
    .sometimes("fix", .string, "what to do, exact where that is certain"),
  ])

  // MARK: - Kinds

  private static let planKeys: [Shape.Key] = [
    .always(
      "config",
      .object([
        .sometimes("istioVersion", .string, "1.19 to 1.31"),
        .sometimes("backend", .string, "iptables or nftables"),
        .sometimes("install", .string, "init or cni"),
        .sometimes("interceptionMode", .string, "REDIRECT, TPROXY or NONE"),
        .sometimes("dnsCapture", .boolean, "whether DNS goes to the agent"),
        .sometimes("settings", .map(.string), "every traffic setting that holds, by name"),
        .sometimes("source", .string, "where the rules come from"),
        .always("families", .list(family), "the families the plan speaks of"),
      ]), "what was asked and what was assumed"),
    .always(
      "endpoints",
      .list(
        .object([
          .always("name", .string, "the endpoint's name"),
          .always("address", .string, "addresses, or 'any' without one"),
          .always("port", .integer, "the destination port"),
          .always("protocol", .string, "tcp or udp"),
          .sometimes("want", .word(["bypass", "captured", "either"]), "what the inventory wants"),
          .always("fate", fate, "what becomes of its traffic; mixed where that differs"),
          .always(
            "fates",
            .list(
              .object([
                .always("family", family, "the packets' family"),
                .always("fate", fate, "what becomes of them"),
                .sometimes("when", cover, "which of them, where not all"),
                .sometimes("decidedBy", rule, "absent where a policy decided"),
              ])), "the fate of every part, exactly"),
        ])), "the servers asked about"),
    .always("collateral", cover, "everything else that bypasses because of the exclusions"),
    .always("annotations", .map(.string), "what to paste under the pod template's annotations"),
    .always("cautions", .list(finding), "what applies to this plan"),
  ]

  private static let rulesKeys: [Shape.Key] = [
    .always(
      "tables",
      .list(
        .object([
          .always("family", .word(TableFamily.allCases.map(\.rawValue)), "the table's family"),
          .always("name", .string, "the table's name"),
          .always("backend", .string, "who keeps it"),
          .always(
            "chains",
            .list(
              .object([
                .always("name", .string, "the chain's name"),
                .sometimes("type", .string, "filter, nat or route, of a base chain"),
                .sometimes("hook", .string, "where the kernel calls it"),
                .sometimes("priority", .integer, "lower runs first"),
                .sometimes("policy", .string, "accept or drop"),
                .always(
                  "rules",
                  .list(
                    .object([
                      .always("number", .integer, "place in the chain, from 1"),
                      .sometimes("handle", .integer, "the kernel's handle"),
                      .always("text", .string, "the rule in its own dialect"),
                      .sometimes("purpose", .string, "what it is there for, where known"),
                      .sometimes("packets", .integer, "packets counted"),
                    ])), "in order"),
              ])), "in order of creation"),
          .always(
            "sets",
            .list(
              .object([
                .always("name", .string, "the set's name"),
                .always("body", .list(.string), "its declaration"),
              ])), "named sets and maps"),
        ])), "in order of creation")
  ]

  private static let simulationKeys: [Shape.Key] = [
    .always("protocol", .string, "the protocol above IP"),
    .sometimes("source", .string, "absent where routing chooses it"),
    .sometimes("sourcePort", .integer, "of protocols with ports"),
    .always("destination", .string, "the address asked for"),
    .sometimes("destinationPort", .integer, "of protocols with ports"),
    .sometimes("uid", .integer, "absent without a socket"),
    .sometimes("gid", .integer, "absent without a socket"),
    .sometimes("inInterface", .string, "of inbound packets"),
    .sometimes("outInterface", .string, "of outbound packets"),
    .always("state", .string, "what conntrack says"),
    .always(
      "verdict",
      .word([
        "redirect", "tproxy", "dnat", "bypass", "local", "forward", "drop", "reject", "unknown",
      ]), "what becomes of it"),
    .always("fate", fate, "what that means for the sidecar"),
    .sometimes("toAddress", .string, "where redirect, tproxy and dnat send it"),
    .sometimes("port", .integer, "where redirect, tproxy and dnat send it"),
    .sometimes("reason", .string, "why it is unknown"),
    .sometimes("decidedBy", rule, "absent where a policy decided"),
    .sometimes("path", .list(step), "every rule looked at, with --trace"),
  ]

  private static let journeyKeys: [Shape.Key] = [
    .always(
      "legs",
      .list(
        .object([
          .always(
            "sender", .word(["client", "outboundProxy", "inboundProxy", "dnsProxy"]),
            "who sends the packet"),
          .always("simulation", .anything, "its way, of kind Simulation"),
        ])), "packet by packet"),
    .always("isLoop", .boolean, "whether the sidecar's packets come back to it"),
    .sometimes("fate", fate, "where the last packet ends"),
  ]
}
