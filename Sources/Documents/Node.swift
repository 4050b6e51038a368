/// A value of a YAML or JSON document and where it stands.
public struct Node: Sendable {
  public enum Value: Sendable {
    case null
    case scalar(Scalar)
    case sequence([Node])
    case mapping(Mapping)
  }

  public var value: Value
  /// Its first byte; the anchor or tag if it has one. An aliased value stands where it is written out.
  public var mark: Mark
  private let storedEnd: UInt32

  init(_ value: Value, at mark: Mark, end: Int) {
    self.value = value
    self.mark = mark
    storedEnd = UInt32(clamping: end)
  }

  /// The bytes it is written with, quotes included.
  public var range: Range<Int> { mark.offset..<max(mark.offset, Int(storedEnd)) }

  /// `a mapping`, `the integer 3307`, … for messages.
  public var kind: String {
    switch value {
    case .null: "null"
    case .sequence: "a sequence"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.type {
      case .string: "the string '\(scalar.text.excerpt)'"
      case .boolean: "the boolean \(scalar.text.excerpt)"
      case .integer: "the integer \(scalar.text.excerpt)"
      case .float: "the number \(scalar.text.excerpt)"
      }
    }
  }
}

/// A text, and what a reader takes it for.
public struct Scalar: Hashable, Sendable {
  public enum Style: Hashable, Sendable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  public enum ScalarType: Hashable, Sendable {
    case string, boolean, integer, float
  }

  /// Without quotes, with escapes and folds undone; a number's own digits.
  public var text: String
  public var style: Style
  public var type: ScalarType

  public init(text: String, style: Style, type: ScalarType) {
    self.text = text
    self.style = style
    self.type = type
  }
}

/// Keys and values in the order of the text; no key twice.
public struct Mapping: Sendable {
  public struct Entry: Sendable {
    public var key: Key
    public var value: Node
  }

  /// A key as its JSON form spells it, and where it stands: a plain `on:` is the key `true`, `0x10:`
  /// is `16`, as in sigs.k8s.io/yaml.
  public struct Key: Sendable {
    public var name: String
    public var mark: Mark
  }

  public internal(set) var entries: [Entry]

  public subscript(key: String) -> Node? {
    entries.first { $0.key.name == key }?.value
  }

  /// Where the key itself stands.
  public func key(_ name: String) -> Key? {
    entries.first { $0.key.name == name }?.key
  }
}
