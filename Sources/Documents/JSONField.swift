/// One key and value of a line of JSON Lines, still bytes.
public struct JSONField {
  /// The number of the key among those the reader knows, or -1.
  @usableFromInline let key: Int
  let nameText: JSONScanner.Text
  let token: JSONScanner.Token
  let range: Range<Int>
  let line: Int
  let lineStart: Int
  let bytes: [UInt8]

  public var name: String { JSONScanner.decode(nameText, in: bytes) }

  /// The value as it is written, checked: what may be copied into other JSON.
  public var text: ArraySlice<UInt8> { bytes[range] }

  public var mark: Mark { mark(at: range.lowerBound) }
  public var keyMark: Mark { mark(at: nameText.content.lowerBound - 1) }

  private func mark(at offset: Int) -> Mark {
    var cursor = MarkCursor(bytes, at: Mark(line: line, column: 1, offset: lineStart))
    return cursor.mark(atOffset: offset)
  }

  public var isNull: Bool {
    if case .null = token { true } else { false }
  }

  public func string() throws(DocumentError) -> String {
    guard case .string(let content) = token else { throw mismatch("a string") }
    return JSONScanner.decode(content, in: bytes)
  }

  /// Whether the value is the string `text`; makes no string.
  public func isString(_ text: StaticString) -> Bool {
    guard case .string(let content) = token else { return false }
    if content.hasEscapes { return JSONScanner.decode(content, in: bytes) == "\(text)" }
    return text.withUTF8Buffer { text in
      guard text.count == content.content.count else { return false }
      let start = content.content.lowerBound
      for index in text.indices where text[index] != bytes[start + index] { return false }
      return true
    }
  }

  public func boolean() throws(DocumentError) -> Bool {
    guard case .boolean(let isTrue) = token else { throw mismatch("true or false") }
    return isTrue
  }

  @inlinable
  public func integer<T: FixedWidthInteger>(
    in range: ClosedRange<T> = T.min...T.max
  ) throws(DocumentError) -> T {
    guard let number, let exact = T(exactly: number), range.contains(exact)
    else { throw mismatch("an integer from \(range.lowerBound) to \(range.upperBound)") }
    return exact
  }

  /// Nil when it is no integer, or one beyond 128 bits.
  @usableFromInline var number: Int128? {
    guard case .integer = token else { return nil }
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    let digits = (isNegative ? range.lowerBound + 1 : range.lowerBound)..<range.upperBound
    var value: Int128 = 0
    for index in digits {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let digit = Int128(bytes[index] &- UInt8(ascii: "0"))
      let (sum, tooLargeAgain) = product.addingReportingOverflow(digit)
      if tooLarge || tooLargeAgain { return nil }
      value = sum
    }
    return isNegative ? -value : value
  }

  /// The error that says `wanted` was expected here.
  public func mismatch(_ wanted: String) -> DocumentError {
    let found =
      switch token {
      case .null: "null"
      case .beginArray: "an array"
      case .beginObject: "an object"
      case .boolean, .integer, .float, .string:
        String(decoding: text, as: UTF8.self).excerpt
      }
    return DocumentError(.expected(wanted, found: found), at: mark)
  }
}
