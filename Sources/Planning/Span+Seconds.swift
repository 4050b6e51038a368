extension Span {
  /// As protobuf's JSON form wants it, which knows no unit but seconds; Envoy refuses `24h`.
  public var inSeconds: String {
    let milliseconds = milliseconds ?? 0
    let fraction = milliseconds % 1000
    guard fraction != 0 else { return "\(milliseconds / 1000)s" }
    let digits = String(fraction)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)s"
  }

  /// What is left of it when a part of a second is dropped; 0 for `never`.
  public var wholeSeconds: Int64 { (milliseconds ?? 0) / 1000 }
}
