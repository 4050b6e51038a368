import Addresses
import Ruleset

/// The tables as a script leaves them, by nft's own rules for `add`, `insert`, `flush` and the like.
struct NFTTransaction {
  struct TableKey: Hashable {
    var family: TableFamily
    var name: String
  }

  struct DraftChain {
    var name: String
    var base: BaseChain?
    var rules: [NFTRuleDraft] = []
  }

  struct DraftTable {
    var key: TableKey
    var isDormant = false
    var chains: [DraftChain] = []
    var chainIndex: [String: Int] = [:]
    /// In order of declaration.
    var setNames: [String] = []
    var sets: [String: NFTSet] = [:]
    var dynamicSets: Set<String> = []
    var hasExtensions = false

    init(_ key: TableKey) { self.key = key }
  }

  private(set) var tables: [DraftTable] = []
  private var index: [TableKey: Int] = [:]
  /// Tables that a listing's warning says iptables-nft keeps.
  var managed: Set<TableKey> = []
  private var pendingDynamic: [String] = []
  private var pendingExtension = false

  // MARK: - Tables

  func table(_ key: TableKey) -> Int? { index[key] }

  subscript(table: Int) -> DraftTable {
    _read { yield tables[table] }
    _modify { yield &tables[table] }
  }

  mutating func addTable(_ key: TableKey) -> Int {
    if let known = index[key] { return known }
    index[key] = tables.count
    tables.append(DraftTable(key))
    return tables.count - 1
  }

  mutating func deleteTable(_ key: TableKey) {
    guard let gone = index[key] else { return }
    tables.remove(at: gone)
    reindex()
  }

  mutating func flushRuleset(_ family: TableFamily?) {
    tables.removeAll { family == nil || $0.key.family == family }
    reindex()
  }

  private mutating func reindex() {
    index = [:]
    for (place, table) in tables.enumerated() { index[table.key] = place }
  }

  // MARK: - What a rule's text says of its table

  mutating func noteDynamic(_ set: String) { pendingDynamic.append(set) }

  mutating func noteExtension() { pendingExtension = true }

  /// The rule just read stands in this table.
  mutating func settleNotes(in table: Int) {
    if !pendingDynamic.isEmpty {
      tables[table].dynamicSets.formUnion(pendingDynamic)
      pendingDynamic = []
    }
    if pendingExtension {
      tables[table].hasExtensions = true
      pendingExtension = false
    }
  }
}

extension NFTTransaction.DraftTable {
  mutating func addChain(_ name: String) -> Int {
    if let known = chainIndex[name] { return known }
    chainIndex[name] = chains.count
    chains.append(NFTTransaction.DraftChain(name: name))
    return chains.count - 1
  }

  mutating func deleteChain(_ chain: Int) {
    chains.remove(at: chain)
    reindexChains()
  }

  mutating func renameChain(_ chain: Int, to name: String) {
    chains[chain].name = name
    reindexChains()
  }

  private mutating func reindexChains() {
    chainIndex = [:]
    for (place, chain) in chains.enumerated() { chainIndex[chain.name] = place }
  }

  mutating func add(_ set: NFTSet) {
    if sets[set.name] == nil { setNames.append(set.name) }
    sets[set.name] = set
  }

  mutating func deleteSet(_ name: String) {
    sets[name] = nil
    setNames.removeAll { $0 == name }
  }
}

// MARK: - The ruleset

extension NFTTransaction {
  func ruleset() -> Ruleset {
    Ruleset(tables.map { table in self.table(table) })
  }

  private func table(_ draft: DraftTable) -> Table {
    var sets = draft.sets
    for name in draft.dynamicSets { sets[name]?.isDynamic = true }
    let backend = self.backend(draft)
    let chains = draft.chains.map { chain in
      var number = 0
      let rules = chain.rules.map { rule in
        number += 1
        return rule.rule(
          sets: sets, hasGaps: backend == .iptablesNFT,
          place: "\(draft.key.family.rawValue) \(draft.key.name) \(chain.name) \(number)")
      }
      return Chain(chain.name, base: chain.base, rules: rules)
    }
    return Table(
      draft.key.family, draft.key.name, backend: backend, chains: chains,
      sets: draft.setNames.compactMap { sets[$0]?.named }, isDormant: draft.isDormant)
  }

  /// iptables-nft's tables look like any other in a listing: by nft's warning, by its extensions, or
  /// by base chains that are all iptables' own.
  private func backend(_ table: DraftTable) -> Backend {
    if managed.contains(table.key) || table.hasExtensions { return .iptablesNFT }
    guard table.key.family == .ip || table.key.family == .ip6 else { return .nftables }
    let bases = table.chains.filter { $0.base != nil }
    let areBuiltIn = bases.allSatisfy { chain in
      guard let base = chain.base,
        let own = BuiltInChains.base(chain.name, in: table.key.name)
      else { return false }
      return (own.kind, own.hook, own.priority) == (base.kind, base.hook, base.priority)
    }
    return areBuiltIn && !bases.isEmpty ? .iptablesNFT : .nftables
  }
}
