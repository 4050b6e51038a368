import IdleTimeouts

extension ResultKind {
  static let timeoutsKeys: [Shape.Key] = [
    .always(
      "endpoints",
      .list(
        .object([
          .always("name", .string, "the endpoint's name"),
          .always("proxied", .boolean, "whether Envoy is on the way"),
          .always("firstToClose", .string, "envoy, server, pool, nobody, or device NAME"),
          .always("after", .string, "after which idle time"),
          .always("symptom", .string, "what the application sees on its next use"),
          .always("verdict", .word(["holds", "recovers", "fails"]), "how the next use ends"),
          .always("summary", .string, "in a sentence"),
          .sometimes(
            "cause", .word(Cause.allCases.map(\.rawValue)), "the row of the decision table"),
          .sometimes("shownBy", .string, "where the node, or Envoy, shows that cause"),
          .always(
            "remedies",
            .list(
              .object([
                .always("kind", .string, "what is changed"),
                .always("holds", .boolean, "whether the fault is gone then"),
                .always("because", .string, "why, in the model of this path"),
                .always("price", .string, "what it costs"),
                .sometimes("yaml", .string, "ready to apply"),
                .sometimes(
                  "others",
                  .list(
                    .object([
                      .always("when", .string, "for which case it is"),
                      .always("yaml", .string, "ready to apply"),
                    ])), "the same change by other ways"),
              ])), "the best first; empty where none is needed"),
          .always(
            "assumptions",
            .list(
              .object([
                .always("what", .string, "the value's name"),
                .always("value", .string, "what was taken"),
                .always("standing", .string, "measured, documented or memory"),
                .always("source", .string, "where it is from"),
              ])), "values nobody gave"),
          .always("opening", .string, "what becomes of a new connection"),
          .sometimes("evidence", evidence, "what a live namespace shows of it"),
        ])), "in the order given"),
    .always("findings", .list(finding), "what applies"),
  ]

  private static let evidence = Shape.object([
    .always(
      "connections",
      .list(
        .object([
          .always("holder", .word(["app", "envoy"]), "whose socket it is"),
          .always("local", .string, "address and port"),
          .always("remote", .string, "address and port of the server"),
          .always("state", .string, "as ss writes it"),
          .always("timer", .string, "off, or which timer runs and what is left of it"),
          .sometimes("idleMilliseconds", .integer, "since data went either way"),
          .sometimes("conntrackSecondsLeft", .integer, "until conntrack in the pod forgets it"),
          .always(
            "pairing", .word(["proxied", "certain", "likely", "unpaired", "direct", "untracked"]),
            "how an app's connection and Envoy's were told to belong together"),
        ])), "each end in the pod"),
    .always(
      "observations",
      .list(
        .object([
          .always(
            "kind", .word(IdleEvidence.Observation.Kind.allCases.map(\.rawValue)), "what is seen"),
          .sometimes(
            "cause", .word(Cause.allCases.map(\.rawValue)),
            "the row of the decision table it speaks for"),
          .always("count", .integer, "on how many connections"),
          .always("isFault", .boolean, "whether the present or next use fails"),
          .always("meaning", .string, "in a sentence"),
        ])), "the gravest first"),
  ])
}
