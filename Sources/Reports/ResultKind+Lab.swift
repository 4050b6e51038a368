extension ResultKind {
  static let labKeys: [Shape.Key] = [
    .always(
      "scenarios",
      .list(
        .object([
          .always("name", .string, "the scenario, a slash, and the connection"),
          .sometimes("client", .string, "the real client library, where one was asked for"),
          .always("way", .word(["Envoy", "direct"]), "what the rules do with the connection"),
          .always("expected", .string, "what the model says becomes of it"),
          .always("measured", .string, "what became of it"),
          .always("agrees", .boolean, "whether the two agree, within 2 % or 0.3 s"),
        ])), "every connection of every scenario, in the order they were run"),
    .always(
      "settings",
      .list(
        .object([
          .always("scenario", .string, "the scenario's name"),
          .always("shows", .string, "what it shows"),
          .always("scale", .string, "how its seconds stand for those of real life"),
          .always(
            "sockets",
            .list(
              .object([
                .always("holder", .word(["app", "envoy"]), "whose socket it is"),
                .always("local", .string, "address and port"),
                .always("remote", .string, "address and port"),
                .always("timer", .string, "off, or which timer runs and what is left of it"),
              ])), "the pod's sockets just after the connections were opened"),
          .sometimes("keptAs", .string, "the lab's name, with --keep"),
        ])), "one of each scenario"),
  ]
}
