/// A place in a text: where an editor puts its cursor, and the byte there.
public struct Mark: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let storedLine: UInt32
  private let storedColumn: UInt32
  private let storedOffset: UInt32

  /// From 1. A line ends with LF, CR LF or CR.
  public var line: Int { Int(storedLine) }
  /// From 1, in Unicode scalars.
  public var column: Int { Int(storedColumn) }
  /// In bytes from 0; a byte order mark counts.
  public var offset: Int { Int(storedOffset) }

  /// Kept in 32 bits each, since every node has one; the readers refuse larger texts.
  public init(line: Int, column: Int, offset: Int) {
    storedLine = UInt32(clamping: line)
    storedColumn = UInt32(clamping: column)
    storedOffset = UInt32(clamping: offset)
  }

  public static let start = Mark(line: 1, column: 1, offset: 0)

  public var description: String { "\(line):\(column)" }

  public static func < (a: Self, b: Self) -> Bool { a.storedOffset < b.storedOffset }
}

/// Walks forward through a text and knows line and column of where it is, so that all marks of a
/// document cost one pass.
///
/// Lines and columns are counted here and not taken from libyaml, which also ends a line at NEL, LS
/// and PS, where no editor does.
struct MarkCursor {
  private let bytes: [UInt8]
  private(set) var offset: Int
  private var line: Int
  private var column: Int
  /// Scalars passed since the cursor was made; libyaml's unit.
  private var scalars = 0

  init(_ bytes: [UInt8], at mark: Mark = .start) {
    self.bytes = bytes
    offset = mark.offset
    line = mark.line
    column = mark.column
  }

  var mark: Mark { Mark(line: line, column: column, offset: offset) }

  func byte(at mark: Mark) -> UInt8? { mark.offset < bytes.count ? bytes[mark.offset] : nil }

  /// The place `target` bytes into the text, or where the cursor is already if that is further.
  mutating func mark(atOffset target: Int) -> Mark {
    let target = min(target, bytes.count)
    while offset < target { step() }
    return mark
  }

  /// The place `target` scalars from where the cursor was made, or where it is if that is further.
  mutating func mark(atScalar target: Int) -> Mark {
    while offset < bytes.count, scalars < target || UTF8.isContinuation(bytes[offset]) { step() }
    return mark
  }

  private mutating func step() {
    let byte = bytes[offset]
    offset += 1
    if UTF8.isContinuation(byte) { return }
    scalars += 1
    let endsLine =
      switch byte {
      case .lineFeed: true
      case .carriageReturn: offset == bytes.count || bytes[offset] != .lineFeed
      default: false
      }
    if endsLine {
      line += 1
      column = 1
    } else {
      column += 1
    }
  }
}
