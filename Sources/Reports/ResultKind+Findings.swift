extension ResultKind {
  static let findingsKeys: [Shape.Key] = [
    .always("findings", .list(finding), "by file, line and column"),
    .always(
      "summary",
      .object([
        .always("errors", .integer, "findings of severity error"),
        .always("warnings", .integer, "findings of severity warning"),
        .always("infos", .integer, "findings of severity info"),
        .always("suppressed", .integer, "findings left out"),
        .always("workloads", .integer, "objects that make pods"),
        .always("objects", .integer, "objects of any kind"),
      ]), "how many"),
  ]
}
