/// A value of a table, where it is from, and how far it can be trusted.
public struct Known<Value: Hashable & Sendable>: Hashable, Sendable {
  public var value: Value
  public var standing: Standing
  /// What was measured, or which document or source file says so.
  public var source: String

  static func measured(_ value: Value, _ source: String) -> Self {
    Self(value: value, standing: .measured, source: source)
  }

  static func documented(_ value: Value, _ source: String) -> Self {
    Self(value: value, standing: .documented, source: source)
  }

  static func memory(_ value: Value, _ source: String) -> Self {
    Self(value: value, standing: .memory, source: source)
  }
}

/// How a value of a table came to be there.
public enum Standing: String, Hashable, Sendable, CaseIterable {
  /// Seen on a real Envoy, server, client or kernel.
  case measured
  /// Read in the project's own documentation or source.
  case documented
  /// Common knowledge that nobody has checked for this table.
  case memory

  public var isVerified: Bool { self != .memory }
}
