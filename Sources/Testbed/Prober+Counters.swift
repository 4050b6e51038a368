internal import LiveKernel
internal import Ruleset

extension Prober {
  /// The rules that count a packet while it is sent alone: the kernel's way through them, in order of
  /// tables and chains.
  ///
  /// Rules of iptables count what matches them, those of nft where they say `counter`, as Istio's
  /// do. Chains of other types than nat count the answers too.
  func rulesThatCount(_ packet: Packet, patience: Int) throws(TestbedError) -> [RuleReference] {
    let before = try rules()
    _ = try observe([packet], patience: patience)
    let after = try rules()
    var counted: [RuleReference] = []
    for (t, table) in after.tables.enumerated() where before.tables.indices.contains(t) {
      for (c, chain) in table.chains.enumerated()
      where before.tables[t].chains.indices.contains(c) {
        let old = before.tables[t].chains[c].rules
        for (r, (was, now)) in zip(old, chain.rules).enumerated() {
          guard let count = now.counter?.packets, count > was.counter?.packets ?? 0 else {
            continue
          }
          counted.append(after.reference(to: r + 1, in: ChainIndex(table: t, chain: c)))
        }
      }
    }
    return counted
  }

  private func rules() throws(TestbedError) -> Ruleset {
    do throws(LiveError) {
      return try pod.namespace.readRuleset().ruleset
    } catch {
      throw .kernel(error)
    }
  }
}
