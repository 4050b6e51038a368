public import IdleTimeouts
public import Planning

/// What became of a connection, as the model says or as it was seen.
public struct LabOutcome: Hashable, Sendable {
  public enum Failure: String, Hashable, Sendable {
    case eof
    case reset
    /// No answer within the application's read timeout.
    case hang
    case wrongAnswer
  }

  public enum Ending: Hashable, Sendable {
    /// It is used again, and answers.
    case answers
    /// The application is told while it idles; counted from its last use, or from the push.
    case closed(ServerKind.Close, after: Span)
    /// The application is told nothing until it uses it again.
    case fails(Failure)
    /// A real client's application is told this; so long after it asked.
    case told(String, after: Span)
    /// The first answer comes so late, or never.
    case begins(after: Span)
    /// What a dump of Envoy's configuration says.
    case dumped(String)
  }

  public var ending: Ending
  /// When the device on the way forgot it.
  public var forgotten: Span?
  /// How much later the server may look for idle connections; 0 for all that is measured.
  public var lateness: Span

  init(
    _ ending: Ending, forgotten: Span? = nil, lateness: Span = Span(milliseconds: 0)
  ) {
    self.ending = ending
    self.forgotten = forgotten
    self.lateness = lateness
  }

  /// Milliseconds between the questions of a busy connection.
  static let busyInterval: Int64 = 500
}

extension LabOutcome {
  /// Whether a measurement is what the model says, within two percent or 0.3 s of its times.
  func agrees(with measured: LabOutcome) -> Bool {
    guard Self.near(forgotten, measured.forgotten) else { return false }
    switch (ending, measured.ending) {
    case (.closed(let how, let expected), .closed(let seen, let after)):
      return how == seen && Self.near(expected, after, lateness)
    case (.begins(let expected), .begins(let after)): return Self.near(expected, after)
    case (.told(let expected, let late), .told(let text, let after)):
      return text.contains(expected) && Self.near(late, after)
    case (let expected, let seen): return expected == seen
    }
  }

  private static func near(
    _ expected: Span?, _ measured: Span?, _ lateness: Span = Span(milliseconds: 0)
  ) -> Bool {
    guard let expected = expected?.milliseconds, let measured = measured?.milliseconds else {
      return expected == measured
    }
    let tolerance = max(300, expected / 50)
    return measured >= expected - tolerance
      && measured <= expected + tolerance + (lateness.milliseconds ?? 0)
  }
}

extension LabOutcome: CustomStringConvertible {
  public var description: String {
    let fate =
      switch ending {
      case .answers: "answers"
      case .closed(let how, let after):
        "\(how == .fin ? "FIN" : "RST") after "
          + (lateness.milliseconds == 0 ? "" : "\(after.inTenths) to ")
          + Span(milliseconds: (after.milliseconds ?? 0) + (lateness.milliseconds ?? 0)).inTenths
      case .fails(.eof): "EOF"
      case .fails(.reset): "reset"
      case .fails(.hang): "hangs"
      case .fails(.wrongAnswer): "wrong answer"
      case .told(let text, let after):
        text + ((after.milliseconds ?? 0) < 500 ? "" : " after \(after.inTenths)")
      case .begins(.never): "no first answer"
      case .begins(let after): "first answer after \(after.inTenths)"
      case .dumped(let text): text
      }
    return fate + (forgotten.map { ", lost at \($0.inTenths)" } ?? "")
  }
}

extension Span {
  /// `3.0 s`: as exact as a measurement here is.
  var inTenths: String {
    guard let milliseconds else { return "never" }
    let tenths = (milliseconds + 50) / 100
    return "\(tenths / 10).\(tenths % 10) s"
  }

  init(seconds: Double) { self.init(milliseconds: Int64((seconds * 1000).rounded())) }
}
