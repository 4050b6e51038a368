extension ResultKind {
  static let journeyKeys: [Shape.Key] = [
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
