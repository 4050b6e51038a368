import Documents
public import Findings

/// A scalar of a manifest and where it stands.
public struct Text: Hashable, Sendable {
  public var text: String
  /// Whether the API server takes it where it wants a string; `3307` without quotes it refuses.
  public var isString: Bool
  /// Its first byte, which may be a quote.
  public var location: Location
  /// The quote it is written in, or nothing; nil where characters cannot be found by counting, as in
  /// block scalars and after escapes.
  private var quote: Int?

  init?(_ node: Node, in file: String) {
    guard let scalar = node.scalar else { return nil }
    text = scalar.text
    isString = scalar.type == .string
    location = Location(node.mark, in: file)
    let quote = scalar.style == .plain ? 0 : 1
    let isPlainly = node.range.count == scalar.text.utf8.count + 2 * quote
    self.quote = isPlainly && scalar.style != .literal && scalar.style != .folded ? quote : nil
  }

  /// Where a character of the text stands, counted from 0.
  public func location(ofCharacter offset: Int) -> Location {
    guard let quote else { return location }
    let scalars = text.prefix(offset).unicodeScalars.count
    return Location(
      file: location.file, line: location.line, column: location.column + quote + scalars)
  }
}

extension Location {
  init(_ mark: Mark, in file: String) {
    self.init(file: file, line: mark.line, column: mark.column)
  }
}
