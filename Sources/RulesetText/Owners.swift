/// Numbers for the user and group names that rules may hold.
///
/// A name without a number makes its match an unknown: the numbers live where the rules are loaded.
public struct Owners: Hashable, Sendable {
  public var users: [String: UInt32]
  public var groups: [String: UInt32]

  public init(users: [String: UInt32] = ["root": 0], groups: [String: UInt32] = ["root": 0]) {
    self.users = users
    self.groups = groups
  }
}
