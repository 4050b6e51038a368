public import Planning

/// What happens to an idle connection as time goes by, and its drawing.
public struct Timeline: Hashable, Sendable {
  public enum State: Hashable, Sendable {
    case alive
    /// Dead, and the application's end does not know.
    case forgotten
    case closed
  }

  public struct Event: Hashable, Sendable {
    public var at: Span
    public var text: String
    /// From here on.
    public var state: State
  }

  public var events: [Event]
}

extension IdlePath {
  /// From the last byte to the moment the application's end is closed, or for ever.
  public var timeline: Timeline {
    let first = judgement
    guard case .device(let index) = first.closer else {
      return Timeline(events: closing(first.closer, first.after))
    }
    let device = devices[index]
    let next = device.onExpiry == .drop ? "drops it" : "answers RST"
    let forgets = Timeline.Event(
      at: first.after, text: "\(device.name) forgets the flow; from here on it \(next)",
      state: .forgotten)
    return Timeline(events: [forgets] + discovery(of: device, after: first.after))
  }

  private func closing(_ closer: Judgement.Closer, _ at: Span) -> [Timeline.Event] {
    switch closer {
    case .nobody, .device: []
    case .pool: [.init(at: at, text: "the pool closes it", state: .closed)]
    case .envoy: [.init(at: at, text: "Envoy closes both connections (FIN)", state: .closed)]
    case .server:
      [
        .init(
          at: at, text: "the server closes it (\(server.close.rawValue.uppercased()))",
          state: .closed)
      ]
    }
  }

  /// The end of a forgotten connection. The server's FIN no longer passes the device; Envoy, the
  /// pool, or a probe from this side ends it.
  private func discovery(of device: StatefulDevice, after: Span) -> [Timeline.Event] {
    var ends = closing(.pool, client.retires)
    if let sidecar { ends += closing(.envoy, sidecar.closes) }
    let near = nearEnd
    if let schedule = ProbeSchedule(near.keepalive) {
      let found = device.onExpiry == .reset ? schedule.time : schedule.givesUp
      let text = "\(near.end.name)'s keepalive finds it dead and closes it"
      ends.append(.init(at: found, text: text, state: .closed))
    }
    let first = ends.filter { $0.at < .never && $0.at >= after }.min { $0.at < $1.at }
    return first.map { [$0] } ?? []
  }
}

// MARK: - Drawing

extension Timeline {
  /// A line of time, `-` while it lives and `~` while it is dead unseen, and a legend; no line
  /// longer than `width`. Time is drawn to the square root, so that minutes beside a day show.
  public func drawing(width: Int = 80) -> [String] {
    let bar = max(20, width - 12)
    guard let last = events.last?.at.milliseconds, last > 0 else {
      return ["  0 " + String(repeating: "-", count: bar) + ">"]
    }
    let marks = Array("abcdefgh".unicodeScalars)
    var scalars: [Unicode.Scalar] = []
    var sign: Unicode.Scalar = "-"
    for (index, event) in events.enumerated() {
      let share = (Double(event.at.milliseconds ?? last) / Double(last)).squareRoot()
      let open = events.last?.state != .closed
      let column = max(index + 1, Int(share * Double(open ? bar * 2 / 3 : bar - 1)))
      while scalars.count < column { scalars.append(sign) }
      scalars.append(marks[min(index, marks.count - 1)])
      sign = event.state == .forgotten ? "~" : " "
    }
    if events.last?.state != .closed {
      while scalars.count < bar { scalars.append(sign) }
      scalars.append(">")
    }
    var line = String.UnicodeScalarView()
    line.append(contentsOf: scalars)
    let legend = events.enumerated().map { index, event in
      "  \(marks[min(index, marks.count - 1)])  \(event.at.padded)  \(event.text)"
    }
    return ["  0 " + String(line)] + legend
  }
}

extension Span {
  fileprivate var padded: String {
    let text = description
    return text + String(repeating: " ", count: max(0, 7 - text.count))
  }
}
