extension ResultKind {
  private static let variant = Shape.object([
    .always("feasible", .boolean, "whether there is one"),
    .sometimes("excludeOutboundPorts", .list(.integer), "new ports"),
    .sometimes("excludeOutboundIPRanges", .list(.string), "new ranges"),
    .sometimes("cost", .integer, "new entries"),
  ])

  static let suggestionKeys: [Shape.Key] = [
    .always("feasible", .boolean, "whether an exclusion does what is wanted"),
    .always("excludeOutboundPorts", .list(.integer), "ports to exclude, kept ones too"),
    .always("excludeOutboundIPRanges", .list(.string), "ranges to exclude, kept ones too"),
    .sometimes("cost", .integer, "new entries; absent where there is no exclusion"),
    .always(
      "proof",
      .object([
        .always("kind", .word(["packing", "certificate"]), "of the least, or of none at all"),
        .always(
          "endpoints", .anything,
          "packing: endpoint, address, port and share of wants, where no entry there could be costs "
            + "less than the shares of all it would serve; certificate: the names of the endpoints in it"
        ),
        .sometimes("statements", .list(.string), "the certificate in sentences"),
      ]), "why there is none of fewer entries, or none"),
    .always(
      "collateral",
      .list(
        .object([
          .sometimes("endpoint", .string, "an endpoint that wants neither"),
          .sometimes("cover", coverItem, "traffic of the exclusion that nobody asked for"),
        ])), "what else bypasses"),
    .sometimes(
      "collateralHoldsWanted", .boolean,
      "whether the covers hold wanted traffic too, their difference being too large to list"),
    .sometimes("risks", .list(.integer), "excluded ports that others use too"),
    .sometimes("withoutRisks", variant, "the least exclusion without those ports"),
    .sometimes("annotations", .map(.string), "what to paste under the pod template's annotations"),
    .sometimes("verified", .boolean, "whether Istio's rules do it, for all packets"),
    .sometimes(
      "holdsFor",
      .object([
        .sometimes("uids", .string, "senders' users"),
        .sometimes("gids", .string, "senders' groups"),
        .sometimes("otherInterfacesThan", .list(.string), "ways out that the settings leave out"),
      ]), "the traffic the rules capture at all, where that is not all app traffic"),
    .sometimes("cautions", .list(finding), "what applies to this exclusion"),
    .sometimes("impossible", .list(.string), "all endpoints that cannot have what they want"),
    .sometimes(
      "alternatives",
      .list(
        .object([
          .always("withoutWants", .list(.string), "endpoints whose want is given up"),
          .sometimes("without", .list(.string), "other conditions given up"),
          .always("exclusion", variant, "what the rest needs then"),
        ])), "the nearest questions that have an answer"),
  ]
}
