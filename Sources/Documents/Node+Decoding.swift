/// Typed answers. Each throws where the value stands, with what was expected and what was found.
extension Node {
  public var isNull: Bool {
    if case .null = value { true } else { false }
  }

  /// Nil when the value is not a scalar.
  public var scalar: Scalar? {
    if case .scalar(let scalar) = value { scalar } else { nil }
  }

  /// The value of `key`; nil when there is none or this is no mapping.
  public subscript(key: String) -> Node? {
    if case .mapping(let mapping) = value { mapping[key] } else { nil }
  }

  /// The value at the end of `path`; nil when a step is missing.
  public subscript(path: String...) -> Node? {
    var node = self
    for key in path {
      guard let next = node[key] else { return nil }
      node = next
    }
    return node
  }

  public func mapping() throws(DocumentError) -> Mapping {
    guard case .mapping(let mapping) = value else { throw mismatch("a mapping") }
    return mapping
  }

  public func sequence() throws(DocumentError) -> [Node] {
    guard case .sequence(let items) = value else { throw mismatch("a sequence") }
    return items
  }

  /// A string as the API server wants it: `3307` and `yes` without quotes are refused.
  public func string() throws(DocumentError) -> String {
    guard let scalar, scalar.type == .string else { throw mismatch("a string") }
    return scalar.text
  }

  /// The text of any scalar, be it read as a string or not.
  public func text() throws(DocumentError) -> String {
    guard let scalar else { throw mismatch("a string or a number") }
    return scalar.text
  }

  public func boolean() throws(DocumentError) -> Bool {
    guard let boolean = scalar?.boolean else { throw mismatch("true or false") }
    return boolean
  }

  public func integer<T: FixedWidthInteger>(
    in range: ClosedRange<T> = T.min...T.max
  ) throws(DocumentError) -> T {
    guard let number = scalar?.integer, let exact = T(exactly: number), range.contains(exact)
    else { throw mismatch("an integer from \(range.lowerBound) to \(range.upperBound)") }
    return exact
  }

  /// Any finite number.
  public func number() throws(DocumentError) -> Double {
    guard let number = scalar?.number, number.isFinite else { throw mismatch("a number") }
    return number
  }

  /// The value of `key`, which must be there; this must be a mapping.
  public func required(_ key: String) throws(DocumentError) -> Node {
    guard let found = try mapping()[key] else { throw DocumentError(.missingKey(key), at: mark) }
    return found
  }

  /// The value of `key`, or nil when it is missing or null; this must be a mapping.
  public func optional(_ key: String) throws(DocumentError) -> Node? {
    guard let found = try mapping()[key], !found.isNull else { return nil }
    return found
  }

  /// Every key of this mapping that is not in `known`, as the error to throw or report.
  public func unknownKeys(besides known: [String]) throws(DocumentError) -> [DocumentError] {
    try mapping().entries.filter { !known.contains($0.key.name) }.map { entry in
      let nearest = entry.key.name.nearest(among: known)
      return DocumentError(.unknownKey(entry.key.name, nearest: nearest), at: entry.key.mark)
    }
  }

  /// Throws for the first key that is not in `known`.
  public func refuseKeys(besides known: [String]) throws(DocumentError) {
    if let first = try unknownKeys(besides: known).first { throw first }
  }

  /// The error that says `wanted` was expected here.
  public func mismatch(_ wanted: String) -> DocumentError {
    DocumentError(.expected(wanted, found: kind), at: mark)
  }
}
