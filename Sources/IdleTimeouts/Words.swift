import Planning

/// Names for people. Every sentence of this room is put together from these.
extension IdlePath {
  func name(of closer: Judgement.Closer) -> String {
    switch closer {
    case .nobody: "nobody"
    case .pool: "the pool"
    case .envoy: "Envoy"
    case .server: "the server"
    case .device(let index): devices[index].name
    }
  }

  /// What becomes of it now, as the end of a sentence.
  func outcome(_ judgement: Judgement) -> String {
    let who = name(of: judgement.closer)
    return switch (judgement.closer, judgement.verdict) {
    case (.nobody, _): "nothing closes it"
    case (.pool, _): "the pool retires it after \(judgement.after), before anything else ends it"
    case (.device, .recovers):
      "\(who) forgets it after \(judgement.after), and the library replaces it"
        + (judgement.symptomStall.map { " after a stall of \($0)" } ?? "")
    case (.device, _): "\(who) forgets it after \(judgement.after)"
    case (_, .recovers):
      "\(who) closes it in the open after \(judgement.after), and the library replaces it"
    default:
      "\(who) closes it in the open after \(judgement.after), "
        + "which this library does not look for: \(judgement.symptom)"
    }
  }

  /// The app's or the server's keepalive, in words.
  static func words(_ keepalive: Keepalive) -> String {
    ProbeSchedule(keepalive).map { "\($0)" } ?? "off"
  }
}

extension Judgement {
  var symptomStall: Span? { stall.milliseconds == 0 ? nil : stall }
}

extension IdlePath.End {
  var name: String {
    switch self {
    case .app: "the app"
    case .envoy: "Envoy"
    case .server: "the server"
    }
  }
}
