import Documents

/// Prints a result value in the two formats every command has.
enum Document {
  static func json(_ value: JSONValue) { Output.write(value.json(.pretty)) }
  static func yaml(_ value: JSONValue) { Output.write(value.yaml()) }
}
