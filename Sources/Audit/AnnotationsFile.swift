/// The annotations of a pod as the kubelet's downward API writes them into a file: on each line a
/// key, `=`, and the value in Go's quotes.
///
/// Models `FormatMap` of Kubernetes pkg/fieldpath. Istio mounts the file in every sidecar, as
/// `/etc/istio/pod/annotations`.
public struct AnnotationsFile: Hashable, Sendable {
  public static let path = "/etc/istio/pod/annotations"

  public let values: [String: String]

  public struct Unreadable: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    /// In bytes, from 1.
    public var column: Int
    public var expected: String

    public var description: String { "\(line):\(column): expected \(expected)" }
  }

  public init(_ bytes: [UInt8]) throws(Unreadable) {
    var values: [String: String] = [:]
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      var reader = QuotedLine(line, number: index + 1)
      let (key, value) = try reader.entry()
      values[key] = value
    }
    self.values = values
  }
}

/// One line, read from its start to its end.
private struct QuotedLine {
  private let bytes: ArraySlice<UInt8>
  private let number: Int
  private var place: Int

  init(_ bytes: ArraySlice<UInt8>, number: Int) {
    self.bytes = bytes
    self.number = number
    place = bytes.startIndex
  }

  mutating func entry() throws(AnnotationsFile.Unreadable) -> (String, String) {
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > place else {
      throw refusal("key=\"value\"")
    }
    let key = String(decoding: bytes[place..<equals], as: UTF8.self)
    place = equals + 1
    guard next() == UInt8(ascii: "\"") else { throw refusal("'\"'", back: 1) }
    var value: [UInt8] = []
    while let byte = next() {
      switch byte {
      case UInt8(ascii: "\""):
        guard place == bytes.endIndex else { throw refusal("the end of the line") }
        return (key, String(decoding: value, as: UTF8.self))
      case UInt8(ascii: "\\"): value += try escape()
      default: value.append(byte)
      }
    }
    throw refusal("'\"' after the value")
  }

  /// What stands behind a backslash, as Go's `strconv.Quote` writes it.
  private mutating func escape() throws(AnnotationsFile.Unreadable) -> [UInt8] {
    guard let letter = next() else { throw refusal("an escape") }
    switch letter {
    case UInt8(ascii: "a"): return [0x07]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "v"): return [0x0B]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): return [letter]
    case UInt8(ascii: "x"): return [UInt8(truncatingIfNeeded: try digits(2))]
    case UInt8(ascii: "u"): return try character(4)
    case UInt8(ascii: "U"): return try character(8)
    default: throw refusal("an escape of Go's quotes", back: 1)
    }
  }

  private mutating func character(_ count: Int) throws(AnnotationsFile.Unreadable) -> [UInt8] {
    guard let scalar = Unicode.Scalar(try digits(count)) else {
      throw refusal("a Unicode character", back: count)
    }
    return Array(String(scalar).utf8)
  }

  private mutating func digits(_ count: Int) throws(AnnotationsFile.Unreadable) -> UInt32 {
    let end = min(place + count, bytes.endIndex)
    let text = String(decoding: bytes[place..<end], as: UTF8.self)
    guard text.utf8.count == count, text.allSatisfy(\.isHexDigit),
      let number = UInt32(text, radix: 16)
    else { throw refusal("\(count) hexadecimal digits") }
    place = end
    return number
  }

  private mutating func next() -> UInt8? {
    guard place < bytes.endIndex else {
      place = bytes.endIndex
      return nil
    }
    defer { place += 1 }
    return bytes[place]
  }

  private func refusal(_ expected: String, back: Int = 0) -> AnnotationsFile.Unreadable {
    AnnotationsFile.Unreadable(
      line: number, column: max(1, place - bytes.startIndex + 1 - back), expected: expected)
  }
}
