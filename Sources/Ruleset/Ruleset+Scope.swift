public import Addresses

extension Ruleset {
  /// Whether any rule, or policy but accept, could decide about packets of `family`.
  public func decides(_ family: Family) -> Bool {
    tables.contains { table in
      table.family.sees(family)
        && table.chains.contains { !$0.rules.isEmpty || $0.base?.policy == .drop }
    }
  }
}
