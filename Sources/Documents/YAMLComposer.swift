/// Makes the node of one YAML document from libyaml's events: anchors, aliases, types.
struct YAMLComposer: ~Copyable {
  /// A value that an alias may repeat, and its size with aliases counted as what they stand for.
  private struct Anchored {
    var node: Node
    var weight: Int
  }

  private var events: YAMLEvents
  private let start: MarkCursor
  private var cursor: MarkCursor
  private let limits: DocumentLimits
  private var anchors: [String: Anchored] = [:]
  private var openAnchors: Set<String> = []
  /// The size so far, aliases counted as what they stand for, and the part that came by aliases.
  private var weight = 0
  private var aliasedWeight = 0

  private init(_ events: consuming YAMLEvents, from start: MarkCursor, limits: DocumentLimits) {
    self.events = events
    self.start = start
    cursor = start
    self.limits = limits
  }

  /// The document in `range` of `bytes`, which holds at most one and begins at `mark`; nil when it
  /// holds none.
  static func document(
    _ bytes: [UInt8], in range: Range<Int>, from mark: Mark, limits: DocumentLimits
  ) throws(DocumentError) -> Node? {
    guard !range.isEmpty else { return nil }
    let start = MarkCursor(bytes, at: mark)
    return try bytes.withUnsafeBufferPointer { buffer throws(DocumentError) -> Node? in
      guard let events = YAMLEvents(UnsafeBufferPointer(rebasing: buffer[range])) else {
        throw DocumentError(.limit("libyaml has no memory left"), at: mark)
      }
      var composer = YAMLComposer(events, from: start, limits: limits)
      return try composer.document()
    }
  }

  private mutating func document() throws(DocumentError) -> Node? {
    var root: Node?
    while true {
      let event = try next()
      switch event.kind {
      case .streamEnd: return root
      case .streamStart, .documentStart, .documentEnd: continue
      default:
        // The stream is cut at every document marker; a second root means that libyaml ended the
        // first one where no marker stands.
        guard root == nil else {
          throw DocumentError(.syntax("expected '---' between documents"), at: mark(of: event))
        }
        root = try node(event, depth: 1)
      }
    }
  }

  private mutating func next() throws(DocumentError) -> YAMLEvent {
    do throws(YAMLSyntaxError) {
      return try events.next()
    } catch {
      throw located(error)
    }
  }

  private func located(_ error: YAMLSyntaxError) -> DocumentError {
    func mark(_ place: YAMLSyntaxError.Place) -> Mark {
      var from = start
      return switch place {
      case .scalar(let count): from.mark(atScalar: count)
      case .byte(let count): from.mark(atOffset: start.offset + count)
      }
    }
    let place = mark(error.place)
    if start.byte(at: place) == .tab, case .scalar = error.place {
      return DocumentError(.syntax("a tab does not indent in YAML; expected spaces"), at: place)
    }
    var problem = error.problem
    if let context = error.context {
      let begin = mark(.scalar(context.start))
      problem += " \(context.text)" + (begin < place ? " begun at \(begin)" : "")
    }
    return DocumentError(.syntax(problem), at: place)
  }

  private mutating func mark(of event: YAMLEvent) -> Mark { cursor.mark(atScalar: event.start) }
}

// MARK: - Nodes

extension YAMLComposer {
  private mutating func node(_ event: YAMLEvent, depth: Int) throws(DocumentError) -> Node {
    let mark = mark(of: event)
    guard depth <= limits.depth else {
      throw DocumentError(.limit("nested deeper than \(limits.depth) levels"), at: mark)
    }
    let before = weight
    weight += 1
    switch event.kind {
    case .alias(let name): return try aliased(name, at: mark)
    case .scalar(let scalar):
      weight += scalar.text.utf8.count / 64
      let value = try Self.value(of: scalar, at: mark)
      let node = Node(value, at: mark, end: cursor.mark(atScalar: event.end).offset)
      define(scalar.anchor, node, since: before)
      return node
    case .sequenceStart(let anchor):
      open(anchor)
      let (items, end) = try items(depth: depth)
      let node = Node(.sequence(items), at: mark, end: end)
      define(anchor, node, since: before)
      return node
    case .mappingStart(let anchor):
      open(anchor)
      let (mapping, end) = try mapping(depth: depth)
      let node = Node(.mapping(mapping), at: mark, end: end)
      define(anchor, node, since: before)
      return node
    default: throw DocumentError(.syntax("expected a value"), at: mark)
    }
  }

  private mutating func items(depth: Int) throws(DocumentError) -> ([Node], end: Int) {
    var items: [Node] = []
    while true {
      let event = try next()
      if case .collectionEnd = event.kind { return (items, end(event)) }
      items.append(try node(event, depth: depth + 1))
    }
  }

  private mutating func mapping(depth: Int) throws(DocumentError) -> (Mapping, end: Int) {
    var fields = MappingBuilder()
    while true {
      let event = try next()
      if case .collectionEnd = event.kind { return (fields.mapping, end(event)) }
      let key = try node(event, depth: depth + 1)
      let value = try node(try next(), depth: depth + 1)
      if case .scalar(let scalar) = event.kind, scalar.isMerge {
        try fields.merge(value)
      } else {
        try fields.append(value, for: key)
      }
    }
  }

  /// A flow collection ends with its bracket. A block ends, to libyaml, where the next token starts;
  /// here it ends with its last value, which is where the cursor stands already.
  private mutating func end(_ event: YAMLEvent) -> Int {
    event.start == event.end ? cursor.offset : cursor.mark(atScalar: event.end).offset
  }
}

// MARK: - Anchors and aliases

extension YAMLComposer {
  private mutating func open(_ anchor: String?) {
    guard let anchor else { return }
    openAnchors.insert(anchor)
    anchors[anchor] = nil
  }

  private mutating func define(_ anchor: String?, _ node: Node, since before: Int) {
    guard let anchor else { return }
    openAnchors.remove(anchor)
    anchors[anchor] = Anchored(node: node, weight: weight - before)
  }

  private mutating func aliased(_ name: String, at mark: Mark) throws(DocumentError) -> Node {
    guard let anchored = anchors[name] else {
      let problem =
        openAnchors.contains(name)
        ? "the alias '*\(name.excerpt)' stands inside its own anchor"
        : "the alias '*\(name.excerpt)' has no anchor '&\(name.excerpt)' before it"
      throw DocumentError(.syntax(problem), at: mark)
    }
    weight += anchored.weight
    aliasedWeight += anchored.weight
    guard aliasedWeight <= limits.aliasedNodes else {
      throw DocumentError(
        .limit("aliases repeat more than \(limits.aliasedNodes) values"), at: mark)
    }
    return anchored.node
  }
}

// MARK: - Scalars

extension YAMLComposer {
  private static let tagPrefix = "tag:yaml.org,2002:"

  private static func value(of event: YAMLEvent.Text, at mark: Mark) throws(DocumentError)
    -> Node.Value
  {
    func scalar(_ type: Scalar.ScalarType) -> Node.Value {
      .scalar(Scalar(text: event.text, style: event.style, type: type))
    }
    let plain = { Scalar.plainType(of: event.text) }
    guard let tag = event.tag else {
      guard event.style == .plain else { return scalar(.string) }
      return plain().map(scalar) ?? .null
    }
    // A tag says what the text must be; with an unknown one, and with '!', go-yaml v2 leaves it a
    // string (`resolve.go`, what is no resolvable tag).
    guard tag.hasPrefix(tagPrefix) else { return scalar(.string) }
    let name = String(tag.dropFirst(tagPrefix.count))
    switch (name, plain()) {
    case ("null", nil): return .null
    case ("bool", .boolean?): return scalar(.boolean)
    case ("int", .integer?): return scalar(.integer)
    case ("float", .float?), ("float", .integer?): return scalar(.float)
    case ("null", _), ("bool", _), ("int", _), ("float", _):
      throw DocumentError(
        .expected("a value for !!\(name)", found: "'\(event.text.excerpt)'"), at: mark)
    case ("binary", _):
      throw DocumentError(.expected("a value as text", found: "the tag !!binary"), at: mark)
    default: return scalar(.string)
    }
  }
}

extension YAMLEvent.Text {
  /// A key `<<` that is not quoted.
  fileprivate var isMerge: Bool {
    text == "<<" && (tag == nil ? style == .plain : tag == "tag:yaml.org,2002:merge")
  }
}
