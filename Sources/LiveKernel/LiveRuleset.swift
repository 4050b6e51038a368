internal import Addresses
public import Ruleset

/// All packet-filter rules of a network namespace, as the kernel holds them now.
public struct LiveRuleset: Hashable, Sendable {
  /// Tables of nf_tables in order of creation, then those of legacy x_tables.
  public var ruleset: Ruleset
  /// nf_tables' count of changes to this namespace; nil where the kernel has no nf_tables.
  public var generation: UInt32?
  /// Nothing changed while it was read. Otherwise its chains may be of different moments.
  public var isStable: Bool
  public var notes: [Note]

  public init(
    ruleset: Ruleset, generation: UInt32? = nil, isStable: Bool = true, notes: [Note] = []
  ) {
    self.ruleset = ruleset
    self.generation = generation
    self.isStable = isStable
    self.notes = notes
  }

  /// What a reader of the rules should know beyond them.
  public enum Note: Hashable, Sendable {
    /// Other processes kept changing rules; `attempts` readings in a row were torn.
    case unstable(attempts: Int)
    /// Both back ends hold tables, and both run. At equal priority the one registered last runs
    /// first, which the kernel does not tell.
    case bothBackends
    /// Two base chains of different tables at one hook and priority: the one created last runs
    /// first, which a listing does not tell; taken to be the one of the younger table.
    case equalPriority(hook: Hook, priority: Int32, tables: [String])
    /// The kernel has no nf_tables, or no legacy x_tables.
    case missing(LiveError.Facility)
  }

  /// Tables that could do something: `iptables-legacy -F` leaves its table behind, empty.
  public var hasLegacy: Bool {
    ruleset.tables.contains { $0.backend == .iptablesLegacy && !$0.isIdle }
  }

  public var hasNFT: Bool {
    ruleset.tables.contains { $0.backend != .iptablesLegacy && !$0.isIdle }
  }
}

extension LiveRuleset.Note: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unstable(let attempts):
      "the rules kept changing while they were read (\(attempts) times); chains may be of different moments"
    case .bothBackends:
      "iptables-legacy and nf_tables both hold rules, and both run; at equal priority their order cannot be read"
    case .equalPriority(let hook, let priority, let tables):
      "\(tables.joined(separator: " and ")) both hook \(hook) at priority \(priority); their order cannot be read"
    case .missing(let facility): "this kernel has no \(facility.rawValue)"
    }
  }
}

extension NetworkNamespace {
  /// Reads every table of both back ends. Nothing in the namespace changes by it.
  ///
  /// Needs CAP_NET_ADMIN in the namespace's user namespace, and CAP_SYS_ADMIN to enter one that is
  /// not the caller's own.
  public func readRuleset() throws(LiveError) -> LiveRuleset {
    try LiveRuleset(try enter { () throws(LiveError) in try Readers() })
  }
}

/// What must be opened inside a namespace to read its rules from anywhere.
///
/// The reading itself is left to the caller's thread: the heap of a short-lived one grows page by
/// page, which for ten thousand rules is two thousand system calls.
private struct Readers {
  /// nil where the kernel has no nf_tables.
  var nft: NFTReader?
  /// Of the families the kernel has legacy tables of.
  var legacy: [LegacyReader]

  init() throws(LiveError) {
    legacy = [try LegacyReader(.ipv4), try LegacyReader(.ipv6)].compactMap(\.self)
    do throws(LiveError) {
      nft = try NFTReader()
    } catch {
      guard case .missing = error.kind else { throw error }
    }
  }
}

extension LiveRuleset {
  fileprivate init(_ readers: Readers) throws(LiveError) {
    self.init(ruleset: Ruleset(), generation: nil, isStable: true, notes: [])
    var tables: [Table] = []
    do throws(LiveError) {
      if let snapshot = try readers.nft?.read() {
        tables = snapshot.tables
        generation = snapshot.generation
        isStable = snapshot.isStable
        if !isStable { notes.append(.unstable(attempts: NFTReader.attempts)) }
      }
    } catch {
      guard case .missing = error.kind else { throw error }
    }
    if generation == nil { notes.append(.missing(.nfTables)) }
    if readers.legacy.isEmpty { notes.append(.missing(.legacyTables)) }
    for reader in readers.legacy { tables += try reader.read() }
    ruleset = Ruleset(tables)
    if hasLegacy, hasNFT { notes.append(.bothBackends) }
    notes += ruleset.equalPriorities
  }
}

extension Table {
  /// It has no rule, and no policy that drops.
  fileprivate var isIdle: Bool {
    chains.allSatisfy { $0.rules.isEmpty && $0.base?.policy != .drop }
  }
}

extension Ruleset {
  /// Base chains of different nf_tables tables that share hook, priority and family.
  fileprivate var equalPriorities: [LiveRuleset.Note] {
    var notes: [LiveRuleset.Note] = []
    for hook in Hook.allCases {
      for family in [Addresses.Family.ipv4, .ipv6] {
        let chains = baseChains(at: hook, for: family)
          .filter { tables[$0.table].backend != .iptablesLegacy }
        for (first, second) in zip(chains, chains.dropFirst())
        where first.table != second.table
          && self[first].base?.priority == self[second].base?.priority
        {
          let note = LiveRuleset.Note.equalPriority(
            hook: hook, priority: self[first].base?.priority ?? 0,
            tables: [first, second].map {
              "\(tables[$0.table].family.rawValue) \(tables[$0.table].name)"
            }
            .sorted())
          if !notes.contains(note) { notes.append(note) }
        }
      }
    }
    return notes
  }
}
