extension ResultKind {
  static let planKeys: [Shape.Key] = [
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
                .sometimes("reason", .string, "why it is unknown"),
                .sometimes("when", cover, "which of them, where not all"),
                .sometimes("decidedBy", rule, "absent where a policy decided"),
              ])), "the fate of every part, exactly"),
          .always(
            "collateral",
            .list(
              .object([
                .sometimes("endpoint", .string, "another of these, by the same rule; up to 100"),
                .sometimes("cover", cover, "all such traffic"),
              ])), "what else bypasses by the same exclusion"),
        ])), "the servers asked about"),
    .always("collateral", cover, "everything else that bypasses because of the exclusions"),
    .always("annotations", .map(.string), "what to paste under the pod template's annotations"),
    .always("cautions", .list(finding), "what applies to this plan"),
  ]
}
