/// A result on its way out; the JSON and the YAML writer print the same value.
///
///     let document: JSONValue = ["apiVersion": "bypass-plan/v1", "ports": [3307, 11211]]
///
/// Objects keep the order they are given. Absent values are best left out: see `object(_:)`.
public enum JSONValue: Hashable, Sendable {
  public struct Field: Hashable, Sendable {
    public var key: String
    public var value: JSONValue

    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  case null
  case bool(Bool)
  /// The digits of a JSON number; what no machine integer holds fits too.
  case number(String)
  case string(String)
  case array([JSONValue])
  case fields([Field])

  /// An object of the fields that are not nil.
  public static func object(_ fields: KeyValuePairs<String, JSONValue?>) -> JSONValue {
    .fields(fields.compactMap { key, value in value.map { Field(key, $0) } })
  }

  public static func integer(_ number: some BinaryInteger) -> JSONValue { .number("\(number)") }

  /// Null for what JSON has no number for.
  public static func double(_ number: Double) -> JSONValue {
    number.isFinite ? .number("\(number)") : .null
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .fields(elements.map(Field.init))
  }
}

extension JSONValue {
  /// What a reader made of a document, to be printed again: a number keeps its digits if JSON has them
  /// so, an integer in another base becomes decimal, anything else its text.
  public init(_ node: Node) {
    switch node.value {
    case .null: self = .null
    case .sequence(let items): self = .array(items.map(JSONValue.init))
    case .mapping(let mapping):
      self = .fields(mapping.entries.map { Field($0.key.name, JSONValue($0.value)) })
    case .scalar(let scalar):
      switch scalar.type {
      case .string: self = .string(scalar.text)
      case .boolean: self = .bool(scalar.boolean == true)
      case .integer, .float:
        self = Self.isJSONNumber(scalar.text) ? .number(scalar.text) : Self.decimal(scalar)
      }
    }
  }

  private static func decimal(_ scalar: Scalar) -> JSONValue {
    if let integer = scalar.integer { return .integer(integer) }
    return scalar.number.map(JSONValue.double) ?? .string(scalar.text)
  }

  static func isJSONNumber(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var scanner = JSONScanner(bytes, in: bytes.indices)
    guard let token = try? scanner.value(), scanner.isAtEnd else { return false }
    switch token {
    case .integer, .float: return true
    default: return false
    }
  }
}
