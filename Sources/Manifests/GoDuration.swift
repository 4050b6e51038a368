/// A duration as Go's `time.ParseDuration` takes it: `24h`, `1h30m`, `500ms`.
///
/// istiod reads the durations of an EnvoyFilter this way (golang/protobuf's jsonpb, through
/// pkg/util/protomarshal); protobuf's own JSON form, which Envoy insists on, knows only seconds with
/// an `s` behind.
struct GoDuration: Hashable {
  var nanoseconds: Int

  init?(_ text: String) {
    var rest = text[...]
    let isNegative = rest.first == "-"
    if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
    if rest == "0" {
      nanoseconds = 0
      return
    }
    guard !rest.isEmpty else { return nil }
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
      guard let number = Double(digits.hasPrefix(".") ? "0" + digits : String(digits)),
        digits != "."
      else { return nil }
      rest = rest[digits.endIndex...]
      let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
      guard let factor = Self.units[String(unit)] else { return nil }
      rest = rest[unit.endIndex...]
      total += number * factor
    }
    // What a 64-bit count of nanoseconds holds, as Go's type does: some 292 years.
    guard total < 9.2e18 else { return nil }
    nanoseconds = Int(total) * (isNegative ? -1 : 1)
  }

  private static let units: [String: Double] = [
    "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
  ]

  /// In the one form every reader takes.
  var inSeconds: String {
    let magnitude = nanoseconds.magnitude
    let sign = nanoseconds < 0 ? "-" : ""
    var fraction = String(magnitude % 1_000_000_000)
    fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(sign)\(magnitude / 1_000_000_000)" + (fraction.isEmpty ? "" : ".\(fraction)") + "s"
  }

  /// Whether protobuf's JSON form takes the text as it is.
  static func isInSeconds(_ text: String) -> Bool {
    guard text.hasSuffix("s"), let value = GoDuration(text), value.nanoseconds.magnitude < UInt.max
    else { return false }
    let number = text.dropLast().drop { $0 == "-" }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } }
      && (parts.count == 1 || parts[1].count <= 9)
  }
}
