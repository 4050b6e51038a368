public import Documents

extension CaptureConfig {
  /// The config a YAML or JSON document holds; a refused key is thrown at its place.
  public init(_ document: Node) throws(DocumentError) {
    let entries = try document.mapping().entries
    do throws(KeyError) {
      try self.init(entries.map { (key: $0.key.name, value: Value($0.value)) })
    } catch {
      let entry = entries[error.index]
      switch error.reason {
      case .unknown:
        let known = CaptureKey.allCases.map(\.rawValue)
        throw DocumentError(
          .unknownKey(error.key, nearest: error.key.nearest(among: known)), at: entry.key.mark)
      case .repeated:
        throw DocumentError(.syntax("\(error)"), at: entry.key.mark)
      case .wrongKind(let expected):
        throw entry.value.mismatch(expected)
      }
    }
  }
}

extension CaptureConfig.Value {
  fileprivate init(_ node: Node) {
    switch node.value {
    case .null: self = .null
    case .mapping: self = .mapping
    case .sequence(let items): self = .list(items.map(Self.init))
    case .scalar(let scalar):
      switch scalar.type {
      case .string: self = .text(scalar.text)
      case .boolean: self = .flag(scalar.boolean ?? false)
      case .integer, .float: self = .number(scalar.text)
      }
    }
  }
}
