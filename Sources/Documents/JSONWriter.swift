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
  private var place = Place.first

  /// Where the next value or key comes.
  private enum Place {
    case first, behindKey, further
  }

  public init(_ layout: Layout = .pretty) { self.layout = layout }

  public mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  /// Forgets what was written and keeps the room.
  public mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    place = .first
  }

  public mutating func endLine() {
    bytes.append(.lineFeed)
    place = .first
  }

  // MARK: Values

  public mutating func null() { word("null") }
  public mutating func bool(_ value: Bool) { word(value ? "true" : "false") }
  public mutating func string(_ text: String) {
    separate()
    bytes.appendQuoted(text)
  }

  @inlinable
  public mutating func integer<T: BinaryInteger>(_ number: T) {
    if let small = Int(exactly: number) { decimal(small) } else { word("\(number)") }
  }

  /// A value that is JSON already.
  public mutating func raw(_ value: ArraySlice<UInt8>) {
    separate()
    bytes += value
  }

  @inlinable
  public mutating func object<E: Error>(_ body: (inout Self) throws(E) -> Void) throws(E) {
    let start = open(UInt8(ascii: "{"))
    try body(&self)
    close(UInt8(ascii: "}"), openedAt: start)
  }

  @inlinable
  public mutating func array<E: Error>(_ body: (inout Self) throws(E) -> Void) throws(E) {
    let start = open(UInt8(ascii: "["))
    try body(&self)
    close(UInt8(ascii: "]"), openedAt: start)
  }

  // MARK: Fields

  /// The key of the value written next.
  public mutating func key(_ name: String) {
    separate()
    bytes.appendQuoted(name)
    bytes.append(UInt8(ascii: ":"))
    if layout == .pretty { bytes.append(.space) }
    place = .behindKey
  }

  public mutating func field(_ name: String, _ text: String) {
    key(name)
    string(text)
  }

  @inlinable
  public mutating func field(_ name: String, _ number: some BinaryInteger) {
    key(name)
    integer(number)
  }

  public mutating func field(_ name: String, _ isTrue: Bool) {
    key(name)
    bool(isTrue)
  }

  // MARK: Layout

  @usableFromInline
  mutating func word(_ word: String) {
    separate()
    bytes += word.utf8
  }

  /// What goes before a value or key: nothing behind a key; a comma unless it is the first; and, inside
  /// an array or object, a new line.
  private mutating func separate() {
    switch place {
    case .behindKey: break
    case .first: if depth > 0 { breakLine() }
    case .further:
      bytes.append(UInt8(ascii: ","))
      breakLine()
    }
    place = .further
  }

  private mutating func breakLine() {
    guard layout == .pretty else { return }
    bytes.append(.lineFeed)
    bytes.append(contentsOf: repeatElement(.space, count: 2 * depth))
  }

  /// Where the contents begin, if there are any.
  @usableFromInline
  mutating func open(_ bracket: UInt8) -> Int {
    separate()
    bytes.append(bracket)
    depth += 1
    place = .first
    return bytes.count
  }

  @usableFromInline
  mutating func close(_ bracket: UInt8, openedAt start: Int) {
    depth -= 1
    if bytes.count > start { breakLine() }
    bytes.append(bracket)
    place = .further
  }

  @usableFromInline
  mutating func decimal(_ number: Int) {
    separate()
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    var rest = number.magnitude
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
