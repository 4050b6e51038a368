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
        ])), "in the order given"),
    .always("findings", .list(finding), "what applies"),
  ]
}
