/// Builds JSON bytes: the commas, the escapes and the layout; the caller gives keys and values in order.
///
///     var writer = JSONWriter(.compact)
///     writer.object { writer in
///       writer.field("verdict", "redirect")
///       writer.field("port", 15001)
///     }
///
/// One writer may write many values; between them the caller puts what the format wants (`endLine()`).
public struct JSONWriter {
  public enum Layout: Sendable {
    /// One line, no blanks.
    case compact
    /// Two spaces a level, each field and item on its own line.
    case pretty
  }

  public private(set) var bytes: [UInt8] = []
  private let layout: Layout
  private var depth = 0
  /// Whether what comes next is the first of its array or object, or stands behind its key.
  private var needsNoComma = true

  public init(_ layout: Layout = .pretty) { self.layout = layout }

  public mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  /// Forgets what was written and keeps the room.
  public mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    needsNoComma = true
  }

  public mutating func endLine() {
    bytes.append(.lineFeed)
    needsNoComma = true
  }

  // MARK: Values

  public mutating func null() { word("null") }
  public mutating func bool(_ value: Bool) { word(value ? "true" : "false") }
  public mutating func string(_ text: String) {
    separate()
    bytes.appendQuoted(text)
  }

  public mutating func integer<T: BinaryInteger>(_ number: T) {
    separate()
    guard let small = Int(exactly: number) else {
      bytes += "\(number)".utf8
      return
    }
    appendDecimal(small)
  }

  /// A value that is JSON already.
  public mutating func raw(_ value: some Sequence<UInt8>) {
    separate()
    bytes += value
  }

  public mutating func object<E: Error>(_ body: (inout Self) throws(E) -> Void) throws(E) {
    try nest(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
  }

  public mutating func array<E: Error>(_ body: (inout Self) throws(E) -> Void) throws(E) {
    try nest(UInt8(ascii: "["), UInt8(ascii: "]"), body)
  }

  // MARK: Fields

  /// The key of the value written next.
  public mutating func key(_ name: String) {
    separate()
    bytes.appendQuoted(name)
    bytes.append(UInt8(ascii: ":"))
    if layout == .pretty { bytes.append(.space) }
    needsNoComma = true
  }

  public mutating func field(_ name: String, _ text: String) {
    key(name)
    string(text)
  }

  public mutating func field(_ name: String, _ number: some BinaryInteger) {
    key(name)
    integer(number)
  }

  public mutating func field(_ name: String, _ isTrue: Bool) {
    key(name)
    bool(isTrue)
  }

  // MARK: Layout

  private mutating func word(_ word: String) {
    separate()
    bytes += word.utf8
  }

  private mutating func separate() {
    if needsNoComma {
      needsNoComma = false
      return
    }
    bytes.append(UInt8(ascii: ","))
    breakLine()
  }

  private mutating func breakLine() {
    guard layout == .pretty else { return }
    bytes.append(.lineFeed)
    bytes.append(contentsOf: repeatElement(.space, count: 2 * depth))
  }

  private mutating func nest<E: Error>(
    _ opening: UInt8, _ closing: UInt8, _ body: (inout Self) throws(E) -> Void
  ) throws(E) {
    separate()
    bytes.append(opening)
    depth += 1
    let start = bytes.count
    breakLine()
    let first = bytes.count
    needsNoComma = true
    try body(&self)
    depth -= 1
    if bytes.count == first {
      bytes.removeLast(first - start)
    } else {
      breakLine()
    }
    bytes.append(closing)
    needsNoComma = false
  }

  private mutating func appendDecimal(_ number: Int) {
    var rest = number.magnitude
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }
}

// MARK: - Whole values

extension JSONWriter {
  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let isTrue): bool(isTrue)
    case .number(let digits): word(digits)
    case .string(let text): string(text)
    case .array(let items): array { for item in items { $0.value(item) } }
    case .fields(let fields):
      object {
        for field in fields {
          $0.key(field.key)
          $0.value(field.value)
        }
      }
    }
  }

  public mutating func field(_ name: String, _ value: JSONValue) {
    key(name)
    self.value(value)
  }
}

extension JSONValue {
  /// As JSON, with a line end.
  public func json(_ layout: JSONWriter.Layout = .pretty) -> [UInt8] {
    var writer = JSONWriter(layout)
    writer.value(self)
    writer.endLine()
    return writer.bytes
  }
}
