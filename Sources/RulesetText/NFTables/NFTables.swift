public import Ruleset

/// nft's language: what `nft -f` takes and `nft list ruleset` prints.
public enum NFTables {
  /// The tables a script leaves in an empty kernel.
  ///
  /// Both forms are read, commands (`add rule inet t c …`) and blocks (`table inet t { … }`), with
  /// nft's own semantics of `add`, `insert … index`, `flush` and `delete`; so is a listing, with its
  /// counters and handles. A statement that is nft's but not the model's is kept by its text; one
  /// that is not nft's is an error, and so is what nft itself refuses: a port above 65535, a jump
  /// to no chain, a match on no set, `tcp` and `udp` in one rule.
  public static func read(
    _ source: [UInt8], owners: Owners = Owners()
  ) throws(ReadError) -> Ruleset {
    var reader = try NFTReader(source, owners: owners)
    try reader.script()
    try reader.requireSets()
    let ruleset = reader.transaction.ruleset()
    do {
      try ruleset.validateJumps()
    } catch {
      throw reader.transaction.readError(error)
    }
    return ruleset
  }

  public static func read(
    _ text: some StringProtocol, owners: Owners = Owners()
  ) throws(ReadError) -> Ruleset {
    try read(Array(text.utf8), owners: owners)
  }
}

extension NFTReader {
  /// Every set that a rule asks for is one of its table.
  fileprivate func requireSets() throws(ReadError) {
    for table in transaction.tables {
      for rule in table.chains.lazy.flatMap(\.rules) {
        guard let missing = rule.sets.first(where: { table.sets[$0.name] == nil }) else { continue }
        throw cursor.error(
          at: missing.place, "expected a set of the table, found '@\(missing.name)'")
      }
    }
  }
}

extension NFTTransaction {
  /// The jump's own place in the text.
  fileprivate func readError(_ error: JumpError) -> ReadError {
    let reference = error.rule
    let key = TableKey(family: reference.family, name: reference.table)
    guard let table = table(key), let chain = tables[table].chainIndex[reference.chain],
      tables[table].chains[chain].rules.indices.contains(reference.number - 1)
    else { return ReadError(line: 1, column: 1, message: "\(error)") }
    let rule = tables[table].chains[chain].rules[reference.number - 1]
    return ReadError(line: rule.line, column: rule.column, message: "\(error)")
  }
}
