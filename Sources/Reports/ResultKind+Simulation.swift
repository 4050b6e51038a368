extension ResultKind {
  static let simulationKeys: [Shape.Key] = [
    .always("protocol", .string, "the protocol above IP"),
    .sometimes("source", .string, "absent where routing chooses it"),
    .sometimes("sourcePort", .integer, "of protocols with ports"),
    .always("destination", .string, "the address asked for"),
    .sometimes("destinationPort", .integer, "of protocols with ports"),
    .sometimes("uid", .integer, "absent without a socket"),
    .sometimes("gid", .integer, "absent without a socket"),
    .sometimes("icmpType", .integer, "of ICMP and ICMPv6, where known"),
    .sometimes("icmpCode", .integer, "of ICMP and ICMPv6, where known"),
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
    .sometimes("policy", .string, "table and chain whose policy dropped it"),
    .sometimes("path", .list(step), "every rule looked at, with --trace"),
  ]
}
