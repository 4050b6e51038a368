import CYaml

/// One thing libyaml saw, copied out of its memory. Places are in scalars from the start of the text.
struct YAMLEvent {
  enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias(String)
    case scalar(Text)
    case sequenceStart(anchor: String?)
    case mappingStart(anchor: String?)
    case collectionEnd
  }

  struct Text {
    var text: String
    var style: Scalar.Style
    var anchor: String?
    var tag: String?
  }

  var kind: Kind
  var start: Int
  var end: Int
}

/// Why libyaml stopped.
struct YAMLSyntaxError: Error {
  enum Place {
    case scalar(Int)
    case byte(Int)
  }

  var problem: String
  var place: Place
  /// What libyaml was reading, and where that begins, in scalars.
  var context: (text: String, start: Int)?
}

/// libyaml's event parser over bytes that outlive it. The only code that touches C here.
struct YAMLEvents: ~Copyable {
  /// On the heap because libyaml keeps a pointer to the parser inside the parser.
  private let parser: UnsafeMutablePointer<yaml_parser_t>

  /// Nil when there is no memory for it.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    // Clean after a failure too: libyaml then leaves nothing but zeros, which `deinit` may delete.
    guard yaml_parser_initialize(parser) == 1 else { return nil }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
    defer { yaml_event_delete(&event) }
    return YAMLEvent(
      kind: Self.kind(of: event), start: event.start_mark.index, end: event.end_mark.index)
  }

  private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
    switch event.type {
    case YAML_STREAM_START_EVENT: .streamStart
    case YAML_DOCUMENT_START_EVENT: .documentStart
    case YAML_DOCUMENT_END_EVENT: .documentEnd
    case YAML_ALIAS_EVENT: .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT: .scalar(scalar(event))
    case YAML_SEQUENCE_START_EVENT: .sequenceStart(anchor: text(event.data.sequence_start.anchor))
    case YAML_MAPPING_START_EVENT: .mappingStart(anchor: text(event.data.mapping_start.anchor))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: .collectionEnd
    default: .streamEnd
    }
  }

  private static func scalar(_ event: yaml_event_t) -> YAMLEvent.Text {
    let scalar = event.data.scalar
    // A value may hold NUL (from "\0"), so its length counts and not its terminator.
    let value = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    let style: Scalar.Style =
      switch scalar.style {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
      case YAML_LITERAL_SCALAR_STYLE: .literal
      case YAML_FOLDED_SCALAR_STYLE: .folded
      default: .plain
      }
    return YAMLEvent.Text(
      text: String(decoding: value, as: UTF8.self), style: style, anchor: text(scalar.anchor),
      tag: text(scalar.tag))
  }

  private static func text(_ pointer: UnsafePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private var failure: YAMLSyntaxError {
    let state = parser.pointee
    let problem = state.problem.map { String(cString: $0) } ?? "libyaml has no memory left"
    let place: YAMLSyntaxError.Place =
      state.error == YAML_READER_ERROR
      ? .byte(state.problem_offset) : .scalar(state.problem_mark.index)
    let context = state.context.map { (String(cString: $0), state.context_mark.index) }
    return YAMLSyntaxError(problem: problem, place: place, context: context)
  }
}
