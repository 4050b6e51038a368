public import PacketPath
public import Ruleset

/// A question about one packet, as users write it, and perhaps the answer they expect.
public struct Probe: Hashable, Sendable {
  public var name: String?
  public var packet: Packet
  /// Where an established connection is mapped to (`--nat`).
  public var mapping: SocketAddress?
  public var expected: Expectation?

  public init(
    name: String? = nil, _ packet: Packet, mapping: SocketAddress? = nil,
    expected: Expectation? = nil
  ) {
    self.name = name
    self.packet = packet
    self.mapping = mapping
    self.expected = expected
  }
}

/// What a user expects of a packet: a verdict, or a fate such as `captured`.
public enum Expectation: Hashable, Sendable {
  case verdict(String)
  case fate(Fate)

  /// Words of `Outcome.word` and `Fate`; where a word is both, both mean the same.
  public static let words =
    Fate.allCases.map(\.rawValue) + ["redirect", "tproxy", "dnat", "forward"]

  public init?(_ word: String) {
    if let fate = Fate(rawValue: word), fate != .bypass {
      self = .fate(fate)
    } else if Self.words.contains(word) {
      self = .verdict(word)
    } else {
      return nil
    }
  }

  public func holds(for outcome: Outcome) -> Bool {
    switch self {
    case .verdict(let word): outcome.word == word
    case .fate(let fate): outcome.fate == fate
    }
  }
}

extension Expectation: CustomStringConvertible {
  public var description: String {
    switch self {
    case .verdict(let word): word
    case .fate(let fate): fate.rawValue
    }
  }
}
