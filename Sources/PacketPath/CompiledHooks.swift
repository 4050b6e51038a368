import Addresses
import Ruleset

/// What each hook runs for one family, as entries into one program.
struct CompiledHooks: Sendable {
  struct Stage: Sendable {
    var priority: Int32
    var entry: UInt32
    var isNAT: Bool
    /// A change of the mark here routes the packet anew.
    var isRoute: Bool
    /// Whether its order among the chains of its priority cannot be read from a dump.
    var isOrderKnown: Bool
    /// Whether a connection that passed here when it was new may have been mapped.
    var canMap: Bool
  }

  let program: Program
  private(set) var stages: [Stage] = []
  private(set) var ranges: [Range<Int>] = []
  /// Fields that any rule tests and that may not be known of every packet.
  let tested: TestedFields

  init(_ simulator: Simulator, for family: Family) {
    program = ChainCompiler.compile(simulator, for: family)
    tested = TestedFields(simulator.ruleset)
    for hook in Hook.allCases {
      let start = stages.count
      for stage in simulator.order(at: hook, for: family).stages {
        switch stage {
        case .chains(let tier): append(tier, isNAT: false, at: tier.priority, simulator)
        case .nat(let tiers):
          let priority: Int32 = hook == .prerouting || hook == .output ? -100 : 100
          for tier in tiers { append(tier, isNAT: true, at: priority, simulator) }
        }
      }
      ranges.append(start..<stages.count)
    }
  }

  private mutating func append(
    _ tier: HookOrder.Tier, isNAT: Bool, at priority: Int32, _ simulator: Simulator
  ) {
    for chain in tier.legacy + tier.native {
      stages.append(
        Stage(
          priority: priority, entry: program.entries[chain] ?? 0, isNAT: isNAT,
          isRoute: simulator.ruleset.base(chain).kind == .route,
          isOrderKnown: tier.legacy.isEmpty || tier.native.isEmpty,
          canMap: simulator.reach[chain.table][chain.chain].contains(.captures)))
    }
  }
}

/// Which of the fields that are not known of every packet any rule of a ruleset tests.
struct TestedFields: OptionSet, Sendable {
  let rawValue: UInt8

  static let tcpFlags = TestedFields(rawValue: 1)
  static let icmp = TestedFields(rawValue: 2)
  static let owner = TestedFields(rawValue: 4)
  static let destination = TestedFields(rawValue: 8)
  static let outputInterface = TestedFields(rawValue: 16)
  static let addressType = TestedFields(rawValue: 32)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ ruleset: Ruleset) {
    self = []
    for rule in ruleset.tables.lazy.flatMap(\.chains).flatMap(\.rules) {
      for case .test(let test) in rule.steps {
        for constraint in test.arms.flatMap(\.box.constraints) { note(constraint.field) }
      }
    }
  }

  private mutating func note(_ field: Field) {
    switch field {
    case .tcpFlags: insert(.tcpFlags)
    case .icmp: insert(.icmp)
    case .uid, .gid: insert(.owner)
    case .destination: insert(.destination)
    case .sourceType, .destinationType: insert(.addressType)
    case .outputInterface: insert(.outputInterface)
    default: break
    }
  }
}
