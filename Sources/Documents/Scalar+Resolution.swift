/// What a text without quotes means.
///
/// Not YAML 1.2's core schema but what Kubernetes and Helm really do: both read through
/// sigs.k8s.io/yaml, whose fork of go-yaml v2 (`resolve.go`) still has YAML 1.1's booleans, `y` and
/// `n` included, and octal `0777`. So `excludeOutboundPorts: on` is no string to kubectl, and none here.
extension Scalar {
  /// The type of a plain text; nil means null.
  static func plainType(of text: String) -> ScalarType? {
    guard let first = text.utf8.first else { return nil }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      if infinities.contains(text) { return .float }
      if integer(text) != nil { return .integer }
      return isFloat(text) ? .float : .string
    case UInt8(ascii: "~"): return text == "~" ? nil : .string
    default:
      // Nearly all texts end here: no word that means something else is long or begins otherwise.
      guard text.utf8.count <= 5, "yYnNtTfFoO".utf8.contains(first) else { return .string }
      if nulls.contains(text) { return nil }
      return boolean(text) == nil ? .string : .boolean
    }
  }

  private static let nulls: Set<String> = ["null", "Null", "NULL"]
  private static let trues: Set<String> = [
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
  ]
  private static let falses: Set<String> = [
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
  ]
  private static let infinities: Set<String> = [
    ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf",
    "-.INF",
  ]

  private static func boolean(_ text: String) -> Bool? {
    trues.contains(text) ? true : falses.contains(text) ? false : nil
  }

  /// Nil unless it was read as a boolean.
  public var boolean: Bool? { type == .boolean ? Self.boolean(text) : nil }

  /// Nil unless it was read as an integer. One beyond 128 bits is clamped, and so in nobody's range.
  public var integer: Int128? { type == .integer ? Self.integer(text) : nil }

  /// Nil unless it was read as a number of any kind, or for `.nan` and `.inf`.
  public var number: Double? {
    switch type {
    case .integer: integer.map(Double.init)
    case .float: Self.integer(text).map(Double.init) ?? Double(text.filter { $0 != "_" })
    case .string, .boolean: nil
    }
  }

  /// How JSON spells a key with this text.
  var keyName: String {
    switch type {
    case .boolean: boolean == true ? "true" : "false"
    case .integer: integer.map { "\($0)" } ?? text
    case .string, .float: text
    }
  }

  /// Go's `strconv.ParseInt(text, 0, …)` with all underscores taken out: a sign, then decimal, or
  /// `0x`, `0o`, `0b`, or octal after a bare zero.
  private static func integer(_ text: String) -> Int128? {
    var digits = text.utf8.filter { $0 != UInt8(ascii: "_") }[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    var base: Int128 = 10
    if digits.first == UInt8(ascii: "0"), let second = digits.dropFirst().first {
      switch second | 0x20 {
      case UInt8(ascii: "x"): base = 16
      case UInt8(ascii: "o"): base = 8
      case UInt8(ascii: "b"): base = 2
      default: base = 8
      }
      digits = digits.dropFirst(second.isDigit ? 1 : 2)
    }
    guard !digits.isEmpty else { return nil }
    var value: Int128 = 0
    var isClamped = false
    for digit in digits {
      guard let next = digit.digitValue, next < base else { return nil }
      let (product, tooLarge) = value.multipliedReportingOverflow(by: base)
      let (sum, tooLargeAgain) = product.addingReportingOverflow(Int128(next))
      isClamped = isClamped || tooLarge || tooLargeAgain
      value = sum
    }
    if isClamped { return isNegative ? .min : .max }
    return isNegative ? -value : value
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, underscores aside, and finite.
  private static func isFloat(_ text: String) -> Bool {
    let plain = text.utf8.filter { $0 != UInt8(ascii: "_") }
    guard text.utf8.first != UInt8(ascii: ".") || plain.count == text.utf8.count else {
      return false
    }
    var rest = plain[...]
    func isSign(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
    func digits() -> Int {
      let run = rest.prefix(while: \.isDigit).count
      rest = rest.dropFirst(run)
      return run
    }
    if isSign(rest.first) { rest.removeFirst() }
    let whole = digits()
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      if digits() + whole == 0 { return false }
    } else if whole == 0 {
      return false
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if isSign(rest.first) { rest.removeFirst() }
      if digits() == 0 { return false }
    }
    return rest.isEmpty && Double(String(decoding: plain, as: UTF8.self))?.isFinite == true
  }
}
