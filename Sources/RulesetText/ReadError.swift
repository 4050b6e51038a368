/// Why a text is no ruleset, and where.
public struct ReadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  public var line: Int
  /// From 1, in bytes as compilers and nft count them.
  public var column: Int
  /// What was expected there and what was found, for people.
  public var message: String

  public init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  /// `LINE:COLUMN: message`; the caller puts the file's name in front.
  public var description: String { "\(line):\(column): \(message)" }
}
