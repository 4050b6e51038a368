/// Why an assertion is refused, and where.
public struct AssertionError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case noFate(String)
    case notUnderstood(String)
    case twice(String)
    case notAPort(String)
    case notAnID(of: String, String)
    case portsWithout(String)
    /// Packets to it leave as IPv4.
    case mapped(why: String)
  }

  public let reason: Reason
  /// From 1.
  public let column: Int

  public var description: String { "\(column): \(problem)" }

  private var problem: String {
    switch reason {
    case .noFate(let word):
      "'\(word)' is no fate; expected captured, dns, bypass, local, drop, reject or unknown, and a "
        + "colon"
    case .notUnderstood(let word):
      "'\(word)' is neither a prefix, a protocol, a list of ports, 'uid' nor 'gid'"
    case .twice(let what): "\(what) is said twice"
    case .notAPort(let word): "'\(word)' is no port or range of ports; expected 0 to 65535"
    case .notAnID(let what, let word):
      word.isEmpty
        ? "expected a number after '\(what)'"
        : "'\(word)' is no \(what); expected a number up to 4294967295"
    case .portsWithout(let name): "\(name) has no ports"
    case .mapped(let why): why
    }
  }
}
