import Ruleset

extension ResultKind {
  static let rulesKeys: [Shape.Key] = [
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
}
