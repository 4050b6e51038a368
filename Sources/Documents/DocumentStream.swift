/// The documents of a text, YAML or JSON, one at a time: what `kubectl apply -f` takes.
///
/// Each element is a document or why it is none; after a broken one the stream goes on with the next.
/// A part that begins with `{` or `[` is read as JSON first, several values in a row included, and as
/// YAML's flow style when that fails. An empty document after `---` is a null; comments alone are none.
public struct DocumentStream: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private let limits: DocumentLimits
  private var parts: DocumentParts
  private var cursor: MarkCursor
  /// The JSON values of the part at hand, while there are more.
  private var json: JSONReader?
  private var jsonEnd = 0
  private var refusal: DocumentError?

  public init(_ bytes: [UInt8], limits: DocumentLimits = DocumentLimits()) {
    self.bytes = bytes
    self.limits = limits
    parts = DocumentParts(bytes)
    cursor = MarkCursor(bytes)
    refusal = Self.refusal(of: bytes)
    if refusal != nil { parts = DocumentParts([]) }
  }

  public init(_ text: some StringProtocol, limits: DocumentLimits = DocumentLimits()) {
    self.init(Array(text.utf8), limits: limits)
  }

  public mutating func next() -> Result<Node, DocumentError>? {
    if let error = refusal {
      refusal = nil
      return .failure(error)
    }
    while true {
      if json != nil {
        if let value = nextJSON() { return value }
        json = nil
      }
      guard let part = parts.next() else { return nil }
      let start = cursor.mark(atOffset: part.range.lowerBound)
      guard let content = part.content else {
        if part.isMarked { return .success(Node(.null, at: start, end: part.contentEnd)) }
        continue
      }
      if let document = read(part, content: content, from: start) { return document }
    }
  }

  private mutating func nextJSON() -> Result<Node, DocumentError>? {
    let start = json?.nextOffset ?? jsonEnd
    do throws(DocumentError) {
      return try json?.next().map { .success($0) }
    } catch {
      resumeJSON(after: start)
      return .failure(error)
    }
  }

  /// Goes on behind a broken value: at the next line that begins with an object.
  private mutating func resumeJSON(after start: Int) {
    json = nil
    var index = start
    while index < jsonEnd {
      if bytes[index].isLineEnd, opensObject(at: index + 1) {
        json = JSONReader(
          bytes, in: index + 1..<jsonEnd, from: cursor.mark(atOffset: index + 1), limits: limits)
        return
      }
      index += 1
    }
  }

  /// `{` with a key or a line end behind it: not the `{{` of a template.
  private func opensObject(at index: Int) -> Bool {
    guard index < jsonEnd, bytes[index] == UInt8(ascii: "{") else { return false }
    let next = index + 1
    return next >= jsonEnd || bytes[next].isLineEnd || bytes[next] == UInt8(ascii: "\"")
  }

  private mutating func read(_ part: DocumentParts.Part, content: Int, from start: Mark)
    -> Result<Node, DocumentError>?
  {
    guard Self.opensCollection(bytes[content]) else { return yaml(part, from: start) }
    jsonEnd = part.contentEnd
    var reader = JSONReader(
      bytes, in: content..<part.contentEnd, from: cursor.mark(atOffset: content), limits: limits)
    do throws(DocumentError) {
      let value = try reader.next()
      // Something else than a further value follows: a comment, or `: value` after a flow key.
      if let next = reader.nextByte, !Self.opensCollection(next) { return yaml(part, from: start) }
      json = reader
      return value.map { .success($0) }
    } catch {
      // It may be flow style. If it is neither, whoever got further knows better what was meant.
      let other = yaml(part, from: start)
      if case .failure(let yamlError)? = other, yamlError.mark <= error.mark {
        resumeJSON(after: content)
        return .failure(error)
      }
      if case .failure? = other { resumeJSON(after: content) }
      return other
    }
  }

  private static func opensCollection(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }

  private func yaml(_ part: DocumentParts.Part, from start: Mark) -> Result<Node, DocumentError>? {
    do throws(DocumentError) {
      return try YAMLComposer.document(bytes, in: part.range, from: start, limits: limits)
        .map { .success($0) }
    } catch {
      return .failure(error)
    }
  }

  /// What no reader could make anything of, found without reading it.
  private static func refusal(of bytes: [UInt8]) -> DocumentError? {
    let expected: (String) -> DocumentError = {
      DocumentError(.expected("YAML or JSON in UTF-8", found: $0), at: .start)
    }
    if bytes.first == 0 { return expected("a NUL byte") }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return expected("UTF-16")
    }
    guard bytes.count < UInt32.max else {
      return DocumentError(.limit("the text is larger than 4 GiB"), at: .start)
    }
    return nil
  }
}

// MARK: - One document

extension Node {
  /// The only document of a YAML or JSON text; an empty text is a null.
  public init(reading bytes: [UInt8], limits: DocumentLimits = DocumentLimits())
    throws(DocumentError)
  {
    var stream = DocumentStream(bytes, limits: limits)
    self = try stream.next()?.get() ?? Node(.null, at: .start, end: 0)
    if let second = stream.next() {
      throw DocumentError(
        .expected("one document", found: "a second one"), at: try second.get().mark)
    }
  }

  /// The only value of a JSON text, by RFC 8259 alone; a byte order mark is let pass.
  public init(readingJSON bytes: [UInt8], limits: DocumentLimits = DocumentLimits())
    throws(DocumentError)
  {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let mark = Mark(line: 1, column: 1, offset: start)
    var reader = JSONReader(bytes, in: start..<bytes.count, from: mark, limits: limits)
    guard let value = try reader.next() else {
      throw DocumentError(.expected("a value", found: "an empty text"), at: mark)
    }
    try reader.expectEnd()
    self = value
  }
}
