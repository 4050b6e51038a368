public import Addresses

/// One field in one set.
public struct Constraint: Hashable, Sendable {
  public var field: Field
  public var set: IntervalSet

  public init(_ field: Field, in set: IntervalSet) {
    self.field = field
    self.set = set
  }

  public init(_ field: Field, is value: UInt128) {
    self.init(field, in: IntervalSet(value))
  }
}

/// All constraints at once, in the order they were written; an empty box holds for every packet.
public struct Box: Hashable, Sendable {
  public var constraints: [Constraint]

  public init(_ constraints: [Constraint] = []) {
    self.constraints = constraints
  }

  public static let everything = Box()
}

/// What one step of a rule asks of the packet: the first arm whose box holds decides, and where
/// none holds the rule fails.
///
/// A plain match is one arm. `--ports` (either port), concatenated sets, their negations and
/// verdict maps are several.
public struct Test: Hashable, Sendable {
  public enum Result: Hashable, Sendable {
    /// The rule goes on with its next step.
    case goOn
    /// The rule does not match.
    case fail
    /// The rule ends here with this verdict (verdict maps).
    case verdict(Verdict)
  }

  public struct Arm: Hashable, Sendable {
    public var box: Box
    public var result: Result

    public init(_ box: Box, _ result: Result) {
      self.box = box
      self.result = result
    }
  }

  public var arms: [Arm]

  public init(_ arms: [Arm]) {
    self.arms = arms
  }

  /// Holds where all constraints do.
  public static func all(_ constraints: [Constraint]) -> Test {
    Test([Arm(Box(constraints), .goOn)])
  }

  /// Holds where any of `boxes` does.
  public static func any(_ boxes: [Box]) -> Test {
    Test(boxes.map { Arm($0, .goOn) })
  }

  /// Holds where none of `boxes` does.
  public static func none(_ boxes: [Box]) -> Test {
    Test(boxes.map { Arm($0, .fail) } + [Arm(.everything, .goOn)])
  }
}
