import Answers
import Ruleset

/// Kinds whose answers are exact sets of packets.
extension ResultKind {
  static let analysisKeys: [Shape.Key] = [
    .always("universe", .string, "of which packets it speaks"),
    .always("source", .string, "whose rules these are"),
    .always(
      "sets",
      .list(
        .object(
          [.always("fate", fate, "what becomes of these packets")] + traffic
            + [.sometimes("decidedBy", rule, "for the witness; absent where a policy decided")])),
      "all packets of the universe, each in one set"),
    .sometimes(
      "deadRules",
      .list(
        .object(
          ruleKeys + [
            .always("shadowedBy", .list(rule), "rules before it that take what it asks for")
          ])),
      "rules that no packet ever reaches and matches, in the order of the ruleset; absent where "
        + "telling them takes too much room"),
    .sometimes(
      "assertions",
      .list(
        .object([
          .always("assertion", .string, "as written"),
          .always(
            "result", .word(AssertionCheck.Result.allCases.map(\.rawValue)),
            "empty: it speaks of no packet"),
          .sometimes("fate", fate, "another one that packets have"),
          .sometimes("count", .string, "how many packets have it"),
          .sometimes("cover", cover, "which packets have it"),
          .sometimes("witness", witness, "one that has it"),
          .sometimes("decidedBy", rule, "for the witness; absent where a policy decided"),
        ])), "in the order they were given"),
  ]

  static let differenceKeys: [Shape.Key] = [
    .sometimes("universe", .string, "of which packets it speaks; absent of manifests"),
    .sometimes("old", .string, "whose rules the old ones are; absent of manifests"),
    .sometimes("new", .string, "whose rules the new ones are; absent of manifests"),
    .sometimes("notes", .list(.string), "workloads that only one side has"),
    .always(
      "changes",
      .list(
        .object(
          [
            .sometimes("workload", .string, "of manifests: whose traffic it is"),
            .always("direction", .word(["outbound", "inbound"]), "which way the packets go"),
            .always("from", fate, "under the old rules"),
            .always("to", fate, "under the new rules; the same where only the outcome differs"),
          ] + traffic + [
            .always("old", side, "what the old rules do to the witness"),
            .always("new", side, "what the new rules do to the witness"),
          ])), "empty when equal"),
  ]

  // MARK: - Parts

  private static let traffic: [Shape.Key] = [
    .always("count", .string, "how many, exactly: a decimal number of any length"),
    .always("cover", cover, "which, exactly"),
    .always("witness", witness, "one of them"),
  ]

  private static let witness = Shape.object([
    .always("protocol", .string, "the protocol above IP"),
    .always("destination", .string, "an address"),
    .sometimes("destinationPort", .integer, "of protocols with ports"),
    .sometimes("source", .string, "an address"),
    .sometimes("sourcePort", .integer, "of protocols with ports"),
    .always("uid", .integerOrNull, "null without a socket"),
    .always("gid", .integerOrNull, "null without a socket"),
    .sometimes("icmpType", .integer, "of ICMP and ICMPv6, where known"),
    .sometimes("icmpCode", .integer, "of ICMP and ICMPv6, where known"),
    .sometimes("inInterface", .string, "of inbound packets"),
    .sometimes("outInterface", .string, "of outbound packets"),
  ])

  private static let side = Shape.object([
    .always("verdict", .string, "as `simulate` has it"),
    .sometimes("port", .integer, "where redirect, tproxy and dnat send it"),
    .sometimes("decidedBy", rule, "absent where a policy decided"),
  ])
}
