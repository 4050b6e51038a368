import Addresses
import Ruleset

/// What each hook runs for one family, as entries into one program.
///
/// A class, so that a walk takes one reference along and not a dozen.
final class CompiledHooks: Sendable {
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
  let stages: [Stage]
  /// Of each hook, its stages.
  let ranges: [Range<Int>]
  /// Fields that any rule tests and that may not be known of every packet.
  let tested: TestedFields
  let network: PodNetwork
  /// Where REDIRECT leads what comes in from outside, for each scope.
  let redirectTargets: [PodNetwork.RedirectTarget]

  init(_ simulator: Simulator, for family: Family) {
    let program = ChainCompiler.compile(simulator, for: family)
    var stages: [Stage] = []
    var ranges: [Range<Int>] = []
    for hook in Hook.allCases {
      let start = stages.count
      for stage in simulator.order(at: hook, for: family).stages {
        switch stage {
        case .chains(let tier):
          stages += tier.stages(isNAT: false, at: tier.priority, in: program, simulator)
        case .nat(let tiers):
          for tier in tiers {
            stages += tier.stages(isNAT: true, at: hook.natPriority, in: program, simulator)
          }
        }
      }
      ranges.append(start..<stages.count)
    }
    self.program = program
    self.stages = stages
    self.ranges = ranges
    tested = TestedFields(simulator.ruleset)
    network = simulator.network
    redirectTargets = AddressScope.allCases.map {
      simulator.network.redirectTarget(of: family, in: $0)
    }
  }
}

extension HookOrder.Tier {
  fileprivate func stages(
    isNAT: Bool, at priority: Int32, in program: Program, _ simulator: Simulator
  ) -> [CompiledHooks.Stage] {
    (legacy + native).map { chain in
      CompiledHooks.Stage(
        priority: priority, entry: program.entries[chain] ?? 0, isNAT: isNAT,
        isRoute: simulator.ruleset.base(chain).kind == .route,
        isOrderKnown: legacy.isEmpty || native.isEmpty,
        canMap: simulator.reach[chain.table][chain.chain].contains(.captures))
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
