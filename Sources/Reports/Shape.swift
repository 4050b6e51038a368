import Documents

/// The form of a JSON value, from which its JSON Schema is printed.
indirect enum Shape: Sendable {
  case string
  case integer
  case integerOrNull
  case boolean
  case anything
  /// One of these words.
  case word([String])
  case list(Shape)
  case map(Shape)
  case object([Key])

  struct Key: Sendable {
    var name: String
    var shape: Shape
    var isRequired: Bool
    var meaning: String

    /// A key that is always there.
    static func always(_ name: String, _ shape: Shape, _ meaning: String) -> Key {
      Key(name: name, shape: shape, isRequired: true, meaning: meaning)
    }

    /// A key that is left out where it has nothing to say.
    static func sometimes(_ name: String, _ shape: Shape, _ meaning: String) -> Key {
      Key(name: name, shape: shape, isRequired: false, meaning: meaning)
    }
  }

  var schema: JSONValue { schema(described: nil) }

  private func schema(described meaning: String?) -> JSONValue {
    var fields: [JSONValue.Field] = []
    if let meaning { fields.append(.init("description", .string(meaning))) }
    func type(_ name: String) { fields.append(.init("type", .string(name))) }
    switch self {
    case .string: type("string")
    case .integer: type("integer")
    case .integerOrNull: fields.append(.init("type", ["integer", "null"]))
    case .boolean: type("boolean")
    case .anything: break
    case .word(let words): fields.append(.init("enum", .array(words.map { .string($0) })))
    case .list(let item):
      type("array")
      fields.append(.init("items", item.schema))
    case .map(let item):
      type("object")
      fields.append(.init("additionalProperties", item.schema))
    case .object(let keys):
      type("object")
      let properties = keys.map {
        JSONValue.Field($0.name, $0.shape.schema(described: $0.meaning))
      }
      fields.append(.init("properties", .fields(properties)))
      fields.append(
        .init("required", .array(keys.filter(\.isRequired).map { .string($0.name) })))
      fields.append(.init("additionalProperties", false))
    }
    return .fields(fields)
  }
}
