import Documents

/// As much of JSON Schema as the schemas of SARIF, PolicyReport and Istio's resources use. A keyword
/// it does not know is a failure, so that no test passes by not looking.
struct JSONSchema {
  let root: Node
  /// Whether a key that no `properties` names is a fault, as in Kubernetes' structural schemas, where
  /// it would be dropped without a word.
  var refusesUnknownKeys = false

  init(root: Node) { self.root = root }

  /// Of one version of a CustomResourceDefinition.
  init(of definition: Node, version: String) throws {
    let versions = try definition["spec", "versions"]?.sequence() ?? []
    guard
      let schema = try versions.first(where: { try $0["name"]?.text() == version })?[
        "schema", "openAPIV3Schema"]
    else { throw Missing(description: "no schema of \(version)") }
    root = schema
    refusesUnknownKeys = true
  }

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Every way in which the value breaks the schema, with its path.
  func faults(in value: Node) throws -> [String] {
    try faults(value, root, "$")
  }

  private static let annotations: Set<String> = [
    "$schema", "$id", "id", "title", "description", "default", "definitions", "format", "examples",
    "$comment", "nullable",
  ]

  private func faults(_ value: Node, _ schema: Node, _ path: String) throws -> [String] {
    var found: [String] = []
    for (name, rule) in try schema.mapping().entries.map({ ($0.key.name, $0.value) }) {
      switch name {
      case _ where Self.annotations.contains(name) || name.hasPrefix("x-"): break
      case "$ref": found += try faults(value, resolve(rule.text()), path)
      case "type":
        let types = try rule.scalar.map { [$0.text] } ?? rule.sequence().map { try $0.text() }
        if !types.contains(where: { value.isOf($0) }) {
          found.append("\(path): \(value.kind), expected \(types)")
        }
      case "enum":
        let words = try rule.sequence().map { $0.scalar?.text }
        if !words.contains(value.scalar?.text) { found.append("\(path): not one of \(words)") }
      case "required":
        for key in try rule.sequence().map({ try $0.text() }) where value.isOf("object") {
          if value[key] == nil { found.append("\(path): no \(key)") }
        }
      case "properties", "patternProperties", "additionalProperties":
        // Once for all of them.
        if name == "properties" || schema["properties"] == nil {
          found += try members(value, schema, path)
        }
      case "items":
        guard case .sequence(let items) = value.value else { break }
        for (index, item) in items.enumerated() {
          found += try faults(item, rule, "\(path)[\(index)]")
        }
      case "minimum":
        if let number = value.scalar?.number, number < (try rule.number()) {
          found.append("\(path): below \(try rule.number())")
        }
      case "maximum":
        if let number = value.scalar?.number, number > (try rule.number()) {
          found.append("\(path): above \(try rule.number())")
        }
      case "minItems":
        if case .sequence(let items) = value.value, items.count < (try rule.integer() as Int) {
          found.append("\(path): too few")
        }
      case "maxItems":
        if case .sequence(let items) = value.value, items.count > (try rule.integer() as Int) {
          found.append("\(path): too many")
        }
      case "maxLength", "minLength", "maxProperties", "minProperties":
        let bound: Int = try rule.integer()
        let count = value.scalar?.text.count ?? (try? value.mapping().entries.count) ?? 0
        if name.hasPrefix("max") ? count > bound : count < bound {
          found.append("\(path): \(name) \(bound)")
        }
      case "uniqueItems":
        if case .sequence(let items) = value.value {
          let texts = items.map { JSONValue($0) }
          if Set(texts).count < texts.count { found.append("\(path): repeated items") }
        }
      case "pattern":
        let regex = try Regex(rule.text())
        if let text = value.scalar?.text, text.firstMatch(of: regex) == nil {
          found.append("\(path): does not match \(try rule.text())")
        }
      case "allOf": for part in try rule.sequence() { found += try faults(value, part, path) }
      case "anyOf", "oneOf":
        let fitting = try rule.sequence().count { try faults(value, $0, path).isEmpty }
        if name == "anyOf" ? fitting == 0 : fitting != 1 { found.append("\(path): \(name)") }
      case "not":
        if try faults(value, rule, path).isEmpty { found.append("\(path): not") }
      default: found.append("\(path): the keyword \(name) is not understood")
      }
    }
    return found
  }

  private func members(_ value: Node, _ schema: Node, _ path: String) throws -> [String] {
    guard case .mapping(let mapping) = value.value else { return [] }
    return try mapping.entries.flatMap { entry in
      let name = entry.key.name
      if let member = schema["properties", name] {
        return try faults(entry.value, member, "\(path).\(name)")
      }
      guard let rest = schema["additionalProperties"] else {
        // What every object has, the definitions do not repeat.
        let isOpen =
          schema["x-kubernetes-preserve-unknown-fields"]?.scalar?.boolean == true
          || path == "$.metadata"
          || (path == "$" && ["apiVersion", "kind", "metadata"].contains(name))
        return refusesUnknownKeys && !isOpen ? ["\(path): \(name) is unknown"] : []
      }
      if rest.scalar?.boolean == true { return [] }
      if rest.scalar?.boolean == false { return ["\(path): \(name) is unknown"] }
      return try faults(entry.value, rest, "\(path).\(name)")
    }
  }

  private func resolve(_ reference: String) throws -> Node {
    var node = root
    for key in reference.split(separator: "/").dropFirst() { node = try node.required(String(key)) }
    return node
  }
}

extension Node {
  fileprivate func isOf(_ type: String) -> Bool {
    switch (value, type) {
    case (.null, "null"), (.mapping, "object"), (.sequence, "array"): true
    case (.scalar(let scalar), _):
      switch scalar.type {
      case .string: type == "string"
      case .boolean: type == "boolean"
      case .integer: type == "integer" || type == "number"
      case .float: type == "number"
      }
    default: false
    }
  }
}
