public import Planning

/// Why a text is no keepalive, or one that no socket takes.
public struct KeepaliveError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    /// A bare number.
    case missingUnit
    /// Neither one part nor three.
    case parts(Int)
    case span(SpanError)
    /// Not a whole number of seconds that the kernel takes.
    case seconds(Span)
    case probes(String)
  }

  public var text: String
  public var reason: Reason

  public var description: String {
    switch reason {
    case .missingUnit:
      "'\(text)' has no unit; write \(text)s, or time/interval/probes as in \(text)/10/3"
    case .parts(let count):
      "'\(text)' has \(count) parts; expected off, a time such as 60s, or "
        + "time/interval/probes such as 60/10/3"
    case .span(let error): "keepalive '\(text)': \(error)"
    case .seconds(let span):
      "keepalive '\(text)': \(span) is no time the kernel takes; expected whole seconds from 1 to "
        + "\(ProbeSchedule.longest), or off"
    case .probes(let probes):
      "keepalive '\(text)': \(probes) is no number of probes; expected 1 to "
        + "\(ProbeSchedule.mostProbes)"
    }
  }
}

extension Keepalive {
  /// `off`, `15s`, `60/10/3` or `60s/10s/3`. In the three-part form, which is sysctl's, a bare
  /// number is seconds; alone it could be anything and is refused.
  public init(argument text: String) throws(KeepaliveError) {
    if text == "off" {
      self = .off
      return
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 1 || parts.count == 3 else {
      throw KeepaliveError(text: text, reason: .parts(parts.count))
    }
    if parts.count == 1 {
      let time = try Self.span(parts[0], of: text, bareSeconds: false)
      self = .on(time: time, interval: nil, probes: nil)
    } else {
      guard let probes = Int(parts[2]), parts[2].utf8.allSatisfy(\.isDigit) else {
        throw KeepaliveError(text: text, reason: .probes("'\(parts[2])'"))
      }
      self = .on(
        time: try Self.span(parts[0], of: text, bareSeconds: true),
        interval: try Self.span(parts[1], of: text, bareSeconds: true), probes: probes)
    }
    try ProbeSchedule(self)?.validate(text)
  }

  private static func span(
    _ part: String, of text: String, bareSeconds: Bool
  ) throws(KeepaliveError) -> Span {
    let isBare = !part.isEmpty && part.utf8.allSatisfy(\.isDigit)
    if isBare, part != "0", !bareSeconds { throw KeepaliveError(text: text, reason: .missingUnit) }
    do {
      return try Span(isBare ? part + "s" : part)
    } catch {
      throw KeepaliveError(text: text, reason: .span(error))
    }
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
