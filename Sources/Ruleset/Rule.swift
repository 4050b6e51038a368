/// One rule: its steps run in order until one fails or gives a verdict.
public struct Rule: Hashable, Sendable {
  public enum Step: Hashable, Sendable {
    case test(Test)
    case effect(Effect)
    case verdict(Verdict)
  }

  /// Where the rule was read.
  public enum Origin: Hashable, Sendable {
    /// Line of the source, from 1.
    case line(Int)
    /// The kernel's handle.
    case handle(UInt64)
    /// Place in a legacy table, which has no handles: the entry's offset in bytes.
    case offset(Int)
  }

  public var steps: [Step]
  /// The rule in its own dialect, without table and chain: `-p tcp --dport 3307 -j RETURN`, or
  /// `tcp dport 3307 counter return`.
  public var text: String
  public var comment: String?
  public var counter: Counter?
  public var origin: Origin?

  public init(
    _ steps: [Step], text: String, comment: String? = nil, counter: Counter? = nil,
    origin: Origin? = nil
  ) {
    self.steps = steps
    self.text = text
    self.comment = comment
    self.counter = counter
    self.origin = origin
  }
}

/// Packets and bytes that reached a rule's end, or a policy.
public struct Counter: Hashable, Sendable {
  public var packets: UInt64
  public var bytes: UInt64

  public init(packets: UInt64, bytes: UInt64) {
    self.packets = packets
    self.bytes = bytes
  }
}

/// A rule by its place, so that every answer can point at one.
public struct RuleReference: Hashable, Sendable {
  public var family: TableFamily
  public var table: String
  public var chain: String
  /// Place in its chain, from 1.
  public var number: Int
  public var text: String
  public var origin: Rule.Origin?

  public init(
    family: TableFamily, table: String, chain: String, number: Int, text: String,
    origin: Rule.Origin? = nil
  ) {
    self.family = family
    self.table = table
    self.chain = chain
    self.number = number
    self.text = text
    self.origin = origin
  }
}
