/// A span of time as users write it: `10m`, `1h30m`, `350s`, `0`, `never`.
///
/// Kept in milliseconds; `never` is a span of its own, longer than every other.
public struct Span: Hashable, Sendable, Comparable {
  /// Absent for `never`.
  public var milliseconds: Int64?

  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  public static let never = Span(forever: ())

  private init(forever: Void) { milliseconds = nil }

  public static func seconds(_ seconds: Int64) -> Span { Span(milliseconds: seconds * 1000) }

  public static func < (a: Self, b: Self) -> Bool {
    (a.milliseconds ?? .max) < (b.milliseconds ?? .max)
  }
}

/// Why a text is no span of time.
public struct SpanError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case missingUnit
    case negative
    case tooLong
    case notASpan
  }

  public var text: String
  public var reason: Reason

  public var description: String {
    switch reason {
    case .missingUnit: "'\(text)' has no unit; write \(text)s, \(text)m or \(text)h"
    case .negative: "'\(text)' is negative; a time span starts at 0"
    case .tooLong: "'\(text)' is longer than 100 years"
    case .notASpan: "'\(text)' is no time span; expected one such as 350s, 10m, 1h30m or never"
    }
  }
}

extension Span {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]
  private static let longest: Int64 = 100 * 366 * 86_400_000

  /// Numbers with units, largest first or not, added up; `0` and `never` alone need none.
  public init(_ text: String) throws(SpanError) {
    func refuse(_ reason: SpanError.Reason) -> SpanError { SpanError(text: text, reason: reason) }
    if text == "never" {
      self = .never
      return
    }
    if text == "0" {
      self.init(milliseconds: 0)
      return
    }
    if text.hasPrefix("-") { throw refuse(.negative) }
    guard !text.isEmpty else { throw refuse(.notASpan) }
    var rest = text[...]
    var total: Int64 = 0
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(number.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard !number.isEmpty, number.filter({ $0 == "." }).count <= 1, number != "." else {
        throw refuse(.notASpan)
      }
      guard !unit.isEmpty else { throw refuse(rest.isEmpty ? .missingUnit : .notASpan) }
      guard let factor = Self.units.first(where: { $0.name == unit })?.milliseconds,
        let value = Double(number)
      else { throw refuse(.notASpan) }
      let part = value * Double(factor)
      guard part <= Double(Self.longest), total + Int64(part) <= Self.longest else {
        throw refuse(.tooLong)
      }
      total += Int64(part.rounded())
    }
    self.init(milliseconds: total)
  }
}

extension Span: CustomStringConvertible {
  /// The largest units that keep it whole and readable: `1h30m`, `350s`, `2m30s` is `150s`.
  public var description: String {
    guard let milliseconds else { return "never" }
    if milliseconds % 1000 != 0 {
      return milliseconds < 1000 ? "\(milliseconds)ms" : "\(Double(milliseconds) / 1000)s"
    }
    let seconds = milliseconds / 1000
    if seconds == 0 { return "0" }
    if seconds % 86_400 == 0, seconds > 86_400 { return "\(seconds / 86_400)d" }
    if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
    if seconds % 60 == 0 {
      let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60)
      return hours > 0 ? "\(hours)h\(minutes)m" : "\(minutes)m"
    }
    return "\(seconds)s"
  }
}
