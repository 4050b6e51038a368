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
    var table = Table(
      draft.key.family, draft.key.name, backend: .nftables,
      chains: draft.chains.map { Chain($0.name, base: $0.base) },
      sets: draft.setNames.compactMap { sets[$0]?.named }, isDormant: draft.isDormant)
    // iptables-nft's tables look like any other in a listing: by nft's warning, by its extensions,
    // or by base chains that are all iptables' own.
    if managed.contains(draft.key) || draft.hasExtensions || table.hasBuiltInChainsOnly {
      table.backend = .iptablesNFT
    }
    let hasGaps = table.backend == .iptablesNFT
    if draft.hasExtensions || hasGaps && draft.hasGaps { table.dialect = .nftListing }
    for (place, chain) in draft.chains.enumerated() {
      table.chains[place].rules = chain.rules.map { $0.rule(sets: sets, hasGaps: hasGaps) }
    }
    return table
  }
}

extension NFTTransaction.DraftTable {
  /// Whether nft may have left something out of a rule.
  fileprivate var hasGaps: Bool { chains.contains { $0.rules.contains(where: \.hasGaps) } }
}

extension Table {
  /// Whether the kernel calls its chains under iptables' own names, hooks and priorities.
  var hasBuiltInChainsOnly: Bool {
    guard family == .ip || family == .ip6 else { return false }
    let bases = chains.filter { $0.base != nil }
    let areBuiltIn = bases.allSatisfy { chain in
      guard let base = chain.base, let own = BuiltInChains.base(chain.name, in: name) else {
        return false
      }
      return (own.kind, own.hook, own.priority) == (base.kind, base.hook, base.priority)
    }
    return areBuiltIn && !bases.isEmpty
  }
}
